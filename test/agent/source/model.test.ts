import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import {
  type Bench,
  containersSource,
  createBench,
  cri,
  filesSource,
  makeContainer,
  temporaryFolder,
} from './support/bench.ts'
import { Store } from './support/idempotent-store.ts'

/**
 * Random histories of a log and of the agent beside it. The lane ships what it reads and commits at random; a crash forgets
 * what was not saved. Delivered is what an idempotent store would hold: one byte per (fingerprint, offset). The law: every
 * line that was written, and was never destroyed unread, is there exactly once, at one place.
 */

type Action =
  | { readonly kind: 'write'; readonly lines: number }
  | { readonly kind: 'look'; readonly ms: number }
  | { readonly kind: 'read' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'save' }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'compress' }
  | { readonly kind: 'restart'; readonly crash: boolean }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('look' as const), ms: fc.constantFrom(100, 1000, 6000, 11_000) }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'read' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'commit' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'save' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'rotate' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compress' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), crash: fc.boolean() }) },
)

class World {
  readonly store = new Store()
  readonly written: string[] = []
  readonly start: () => Bench
  readonly write: (lines: number) => void
  readonly rotate: () => void
  readonly compress: () => void
  bench: Bench

  constructor(log: string, line: () => string, start: () => Bench, newName: (n: number) => string, shift: boolean) {
    this.start = start
    this.write = (lines) => {
      for (let i = 0; i < lines; i++) {
        const text = line()
        this.written.push(text.slice(0, -1))
        fs.appendFileSync(log, text)
      }
    }
    let rotations = 0
    this.rotate = () => {
      if (shift)
        for (let n = 30; n > 0; n--) if (fs.existsSync(`${log}.${n}`)) fs.renameSync(`${log}.${n}`, `${log}.${n + 1}`)
      fs.renameSync(log, shift ? `${log}.1` : newName(rotations++))
      fs.writeFileSync(log, '')
    }
    this.compress = () => {
      const plain = fs
        .readdirSync(path.dirname(log))
        .filter((name) => /\.\d{8}-\d{6}$/.test(name))
        .sort()
      for (const name of plain.slice(0, -1)) {
        const file = path.join(path.dirname(log), name)
        fs.writeFileSync(`${file}.gz`, zlib.gzipSync(fs.readFileSync(file)))
        fs.unlinkSync(file)
      }
    }
    this.bench = start()
  }

  /** The lane's reading is shipping; what it ships is stored once and for all. */
  read(): void {
    const { lane } = this.bench
    lane.turn()
    for (const [file, { start, text }] of lane.texts) this.store.put(file.fingerprint, start, text)
  }

  async restart(crash: boolean): Promise<void> {
    if (!crash) {
      this.commit()
      this.bench.tailer.saveCheckpoint()
    }
    await this.bench.tailer.close()
    this.bench = this.start()
  }

  commit(): void {
    const { lane, tailer } = this.bench
    for (const [file, { at }] of lane.texts) tailer.positions.commit(lane.name, file, at)
  }

  async step(action: Action): Promise<void> {
    if (action.kind === 'write') this.write(action.lines)
    else if (action.kind === 'look') this.look(action.ms)
    else if (action.kind === 'read') this.read()
    else if (action.kind === 'commit') this.commit()
    else if (action.kind === 'save') this.bench.tailer.saveCheckpoint()
    else if (action.kind === 'rotate') this.rotate()
    else if (action.kind === 'compress') this.compress()
    else await this.restart(action.crash)
  }

  look(ms: number): void {
    this.bench.clock.advance(ms)
    this.bench.tailer.poll()
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 12; quiet++) {
      this.look(11_000)
      await new Promise((resolve) => setImmediate(resolve))
      while (this.bench.tailer.stats().archivesWaiting > 0) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        this.read()
        this.bench.tailer.poll()
      }
      this.read()
      this.commit()
    }
  }
}

const stamp = (n: number): string => `20261121-${String(60_000 + n).padStart(6, '0')}`

const runs = Number(process.env.MODEL_RUNS ?? 60)

test('containers: every line arrives once, whatever the log and the agent went through', async (t) => {
  const root = temporaryFolder(t)
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const folder = path.join(root, `${run++}`)
      const { log } = makeContainer(folder)
      const world = new World(
        log,
        () => cri('text'),
        () => start(createBench(folder, [containersSource(folder)])),
        (n) => `${log}.${stamp(n)}`,
        false,
      )
      for (const one of actions) await world.step(one)
      await world.settle()
      const losses = world.bench.log.filter((line) => line.startsWith('bytesLost'))
      await world.bench.tailer.close()
      assert.deepEqual({ lines: world.store.lines.sort(), losses }, { lines: world.written.sort(), losses: [] })
    }),
    { numRuns: runs },
  )
})

test('plain files: every line arrives, rotated by number, with equal headers', async (t) => {
  const root = temporaryFolder(t)
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const folder = path.join(root, `${run++}`)
      fs.mkdirSync(folder)
      const log = path.join(folder, 'app.log')
      fs.writeFileSync(log, 'same header\n')
      let n = 0
      const line = (): string => (fs.statSync(log).size === 0 ? 'same header\n' : `line ${n++}\n`)
      const begin = (): Bench => start(createBench(folder, [filesSource([log])]))
      const world = new World(log, line, begin, () => '', true)
      world.written.push('same header')
      // What is there before the agent's first checkpoint is not found again when it is rotated while nobody runs.
      world.read()
      world.commit()
      world.bench.tailer.saveCheckpoint()
      for (const one of actions) if (one.kind !== 'compress') await world.step(one)
      await world.settle()
      await world.bench.tailer.close()
      assert.deepEqual(world.store.lines.sort(), world.written.sort())
    }),
    { numRuns: runs },
  )
})

const start = (bench: Bench): Bench => {
  bench.lane.commits = false
  bench.tailer.start()
  return bench
}
