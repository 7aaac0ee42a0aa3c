import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import type { Ending } from '../../../agent/event.ts'
import {
  type Bench,
  containersSource,
  createBench,
  createModelClock,
  cri,
  filesSource,
  makeContainer,
  temporaryFolder,
} from './support/bench.ts'
import { Store } from './support/idempotent-store.ts'
import { createMortalFiles, Killed, type MortalFiles } from './support/mortal-files.ts'

/**
 * Everything that is done to logs, and an agent that is killed after any call to the disk. Three laws: what was never destroyed
 * arrives; nothing arrives at two places; where nothing was destroyed, nothing is counted as lost.
 */

type Action =
  | { readonly kind: 'write'; readonly lines: number }
  | { readonly kind: 'look'; readonly ms: number }
  | { readonly kind: 'kill'; readonly calls: number }
  | {
      readonly kind:
        | 'read'
        | 'commit'
        | 'save'
        | 'rotate'
        | 'compress'
        | 'copytruncate'
        | 'truncate'
        | 'delete'
        | 'stop'
    }

/** What happens to a log's files, by what they are. */
interface Rotation {
  readonly log: string
  readonly source: Parameters<typeof createBench>[1][number]
  line(): string
  rotate(): void
  compress(): void
}

const of = <K extends Action['kind']>(kind: K, weight: number) => ({
  weight,
  arbitrary: fc.constant({ kind } as Action),
})

const actions = (...more: ReturnType<typeof of>[]): fc.Arbitrary<Action[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 3 }) }),
      },
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('look' as const), ms: fc.constantFrom(100, 1000, 6000, 11_000) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('kill' as const), calls: fc.integer({ min: 1, max: 120 }) }),
      },
      of('read', 4),
      of('commit', 2),
      of('save', 2),
      of('compress', 2),
      of('stop', 1),
      ...more,
    ),
    { maxLength: 30 },
  )

class World {
  readonly store = new Store()
  readonly written: string[] = []
  readonly destroyed = new Set<string>()
  readonly losses: string[] = []
  readonly closings = new Map<string, Ending>()
  readonly #folder: string
  readonly #rotation: Rotation
  readonly #clock = createModelClock()
  /** Truncated since the last look. */
  #unseen = false
  files: MortalFiles
  bench: Bench

  constructor(folder: string, rotation: Rotation) {
    this.#folder = folder
    this.#rotation = rotation
    this.files = createMortalFiles()
    this.bench = this.#open()
  }

  #open(): Bench {
    this.files = createMortalFiles()
    const options = { closing: ['out'] }
    const bench = createBench(this.#folder, [this.#rotation.source], options, this.files, undefined, this.#clock)
    bench.lane.commits = false
    return bench
  }

  /** Whatever is thrown where the process is dead is not seen by anybody. */
  #alive(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }

  start(): void {
    this.bench = this.#open()
    this.#alive(() => this.bench.tailer.start())
  }

  async end(): Promise<void> {
    if (!this.files.dead) this.losses.push(...this.bench.log.filter((line) => line.startsWith('bytesLost')))
    this.files.bury()
    await this.bench.tailer.close().catch(() => {})
  }

  write(lines: number): void {
    for (let i = 0; i < lines; i++) {
      const text = this.#rotation.line()
      this.written.push(text.slice(0, -1))
      fs.appendFileSync(this.#rotation.log, text)
      this.#touch(this.#rotation.log)
    }
  }

  #truncate(log: string): void {
    fs.truncateSync(log, 0)
    this.#unseen = true
  }

  /** The files' times are the model's. */
  #touch(file: string): void {
    this.#clock.advance(1)
    const seconds = this.#clock.now() / 1000
    fs.utimesSync(file, seconds, seconds)
  }

  destroy(): void {
    for (const line of fs.readFileSync(this.#rotation.log, 'latin1').split('\n'))
      if (line !== '') this.destroyed.add(line)
  }

  look(ms: number): void {
    this.#unseen = false
    this.#clock.advance(ms)
    this.#alive(() => this.bench.tailer.poll())
  }

  read(): void {
    const { lane } = this.bench
    // What is read of a file that was truncated and refilled before the next look is taken for the old text: a stated limit.
    if (this.#unseen) this.look(100)
    if (this.files.dead) return
    this.#alive(() => lane.turn())
    for (const [file, { start, text }] of lane.texts) this.store.put(file.fingerprint, start, text)
    for (const [fingerprint, ending] of lane.closings) this.closings.set(fingerprint, ending)
  }

  /** Files whose bytes do not add up with what their closing document says, or that have none although they are over. */
  unproved(): string[] {
    const open = new Set(this.bench.lane.files.filter((f) => f.state === 'growing').map((f) => f.fingerprint))
    return [...this.store.bytes].flatMap(([fingerprint, bytes]) => {
      const ending = this.closings.get(fingerprint)
      if (!ending) return open.has(fingerprint) ? [] : [`${fingerprint} has no closing document`]
      const { size, lost, began } = ending
      const read = lost?.from ?? size
      const whole = Array.from({ length: read - began }, (_, i) => bytes[began + i] !== undefined)
      return whole.every(Boolean) && bytes.length <= size
        ? []
        : [`${fingerprint} does not add up: ${JSON.stringify(ending)}`]
    })
  }

  commit(): void {
    const { lane, tailer } = this.bench
    if (!this.files.dead) for (const [file, { at }] of lane.texts) tailer.positions.commit(lane.name, file, at)
  }

  async kill(calls: number): Promise<void> {
    this.files.dieAfter(calls)
    for (let i = 0; i < 4 && !this.files.dead; i++) {
      this.look(i === 1 ? 11_000 : 1000)
      this.read()
      this.commit()
      this.#alive(() => this.bench.tailer.saveCheckpoint())
      await new Promise((resolve) => setImmediate(resolve))
    }
    await this.end()
    this.start()
  }

  async step(action: Action): Promise<void> {
    const { log, rotate, compress } = this.#rotation
    switch (action.kind) {
      case 'write':
        return this.write(action.lines)
      case 'look':
        return this.look(action.ms)
      case 'kill':
        return this.kill(action.calls)
      case 'read':
        return this.read()
      case 'commit':
        return this.commit()
      case 'save':
        return void this.bench.tailer.saveCheckpoint()
      case 'rotate':
        return rotate()
      case 'compress':
        return compress()
      case 'copytruncate': {
        this.look(1000) // Two of these between two looks are a limit that docs/files.md states.
        const text = fs.readFileSync(log)
        rotate()
        // The same names as a rotation has, but the log keeps its inode.
        fs.unlinkSync(log)
        fs.renameSync(`${log}.1`, log)
        fs.writeFileSync(`${log}.1`, text)
        this.#touch(`${log}.1`)
        this.#truncate(log)
        return this.#touch(log)
      }
      case 'truncate':
        this.destroy()
        this.#truncate(log)
        return this.#touch(log)
      case 'delete':
        this.look(1000)
        this.destroy()
        fs.unlinkSync(log)
        fs.writeFileSync(log, '')
        return this.#touch(log)
      case 'stop':
        this.commit()
        this.bench.tailer.saveCheckpoint()
        await this.end()
        return this.start()
    }
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 14; quiet++) {
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

  /** What the laws forbid; all empty. */
  violations(): Record<string, readonly unknown[]> {
    const seen = new Set<string>()
    const doubled = this.store.lines.filter((line) => seen.size === seen.add(line).size)
    const missing = this.written.filter((line) => !seen.has(line) && !this.destroyed.has(line))
    const falseLosses = this.destroyed.size === 0 ? this.losses : []
    const told = [...this.closings.values()].filter(({ lost }) => lost !== undefined)
    const falselyTold = this.destroyed.size === 0 ? told : []
    return { doubled, missing, falseLosses, falselyTold, unproved: this.unproved() }
  }
}

const none = { doubled: [], missing: [], falseLosses: [], falselyTold: [], unproved: [] }

const run = async (folder: string, rotation: Rotation, history: readonly Action[]): Promise<World> => {
  const world = new World(folder, rotation)
  world.start()
  world.write(1)
  world.look(11_000)
  world.read()
  world.commit()
  world.bench.tailer.saveCheckpoint()
  for (const action of history) await world.step(action)
  await world.settle()
  await world.end()
  return world
}

const gzip = (file: string): void => {
  fs.writeFileSync(`${file}.tmp`, zlib.gzipSync(fs.readFileSync(file)))
  fs.renameSync(`${file}.tmp`, `${file}.gz`)
  fs.unlinkSync(file)
}

const containers = (folder: string): Rotation => {
  const { log, dir } = makeContainer(folder)
  let rotations = 0
  return {
    log,
    source: containersSource(folder),
    line: () => cri('text'),
    rotate: () => {
      fs.renameSync(log, `${log}.20261121-${String(60_000 + rotations++).padStart(6, '0')}`)
      fs.writeFileSync(log, '')
    },
    compress: () => {
      const plain = fs.readdirSync(dir).filter((name) => /\.\d{8}-\d{6}$/.test(name))
      for (const name of plain.sort().slice(0, -1)) gzip(path.join(dir, name))
    },
  }
}

let lines = 0

/** logrotate: shifted by number, compressed or not (`compress`, `delaycompress`). */
const plain = (folder: string): Rotation => {
  fs.mkdirSync(folder)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, '')
  return {
    log,
    source: filesSource([log]),
    line: () => `line ${lines++}\n`,
    rotate: () => {
      for (let n = 40; n > 0; n--)
        for (const end of ['', '.gz'])
          if (fs.existsSync(`${log}.${n}${end}`)) fs.renameSync(`${log}.${n}${end}`, `${log}.${n + 1}${end}`)
      fs.renameSync(log, `${log}.1`)
      fs.writeFileSync(log, '')
    },
    compress: () => {
      for (let n = 2; n < 41; n++) if (fs.existsSync(`${log}.${n}`)) gzip(`${log}.${n}`)
    },
  }
}

const numRuns = Number(process.env.MODEL_RUNS ?? 60)

const holds = async (
  t: Parameters<typeof temporaryFolder>[0],
  make: (folder: string) => Rotation,
  histories: fc.Arbitrary<Action[]>,
): Promise<void> => {
  const root = temporaryFolder(t)
  let n = 0
  const property = fc.asyncProperty(histories, async (history) => {
    const folder = path.join(root, `${n++}`)
    const world = await run(folder, make(folder), history)
    assert.deepEqual(world.violations(), none)
  })
  await fc.assert(property, { numRuns, seed: Number(process.env.MODEL_SEED ?? 20_261_121) })
}

test('containers: rotated, compressed, truncated, deleted, the agent killed after any call', (t) =>
  holds(t, containers, actions(of('rotate', 2), of('truncate', 1), of('delete', 1))))

test('plain files: rotated by number, compressed, the agent killed after any call', (t) =>
  holds(t, plain, actions(of('rotate', 2))))

test('plain files: copied and truncated, truncated, deleted, the agent killed after any call', (t) =>
  holds(t, plain, actions(of('copytruncate', 2), of('truncate', 1), of('delete', 1))))
