import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { AgentEvents, Ending, FileListener, TailedFile } from '../../../../agent/event.ts'
import {
  type ContainersSource,
  type FilesSource,
  type Source,
  type Tailer,
  type TailerOptions,
  tailerDefaults,
} from '../../../../agent/source/options.ts'
import { createTailer } from '../../../../agent/source/tailer.ts'
import type { Clock } from '../../../../lib/io/clock.ts'
import { type Filesystem, realFilesystem } from '../../../../lib/io/filesystem.ts'

/** A folder that is removed when the test is over. */
export const temporaryFolder = (t: { after(done: () => void): void }): string => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'picket-source-')))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Time that the test moves; sleepers wait until it has passed. */
export interface ModelClock extends Clock {
  advance(ms: number): void
}

export const createModelClock = (): ModelClock => {
  let ms = 0
  const sleepers = new Set<{ until: number; done: () => void }>()
  return {
    now: () => Date.now() + ms,
    monotonic: () => ms,
    sleep: (forMs, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: ms + forMs, done: resolve }
        if (signal?.aborted) resolve()
        else sleepers.add(sleeper)
        signal?.addEventListener('abort', () => resolve(), { once: true })
      }),
    after: (inMs, call) => {
      const sleeper = { until: ms + inMs, done: call }
      sleepers.add(sleeper)
      return () => sleepers.delete(sleeper)
    },
    advance: (by) => {
      ms += by
      for (const sleeper of sleepers) {
        if (sleeper.until > ms) continue
        sleepers.delete(sleeper)
        sleeper.done()
      }
    },
  }
}

/** Events as text, in order. */
export const createEventLog = (): { readonly lines: string[]; readonly events: AgentEvents } => {
  const lines: string[] = []
  const record = (name: string, args: unknown[]): void => {
    const say = (value: unknown): string =>
      value instanceof Error
        ? value.message
        : typeof value === 'object' && value !== null
          ? 'fingerprint' in value
            ? path.basename((value as TailedFile).path)
            : ((value as { kind?: string }).kind ?? '')
          : String(value)
    lines.push([name, ...args.map(say)].join(' '))
  }
  const events = new Proxy(
    {},
    {
      get:
        (_, name: string) =>
        (...args: unknown[]) =>
          record(name, args),
    },
  ) as AgentEvents
  return { lines, events }
}

/** A lane that reads everything at once; commits when it is told to. */
export class TestLane implements FileListener {
  readonly name: string
  readonly tailer: Tailer
  readonly files: TailedFile[] = []
  readonly texts = new Map<TailedFile, { start: number; text: string; at: number }>()
  readonly finished = new Set<TailedFile>()
  /** What its closing documents would say, by fingerprint. */
  readonly closings = new Map<string, Ending>()
  /** Files that it has reason to read: as the real lane, it comes back only when it is told of a change. */
  readonly ready = new Set<TailedFile>()
  reading = true
  commits = true

  constructor(name: string, tailer: Tailer) {
    this.name = name
    this.tailer = tailer
    tailer.listen(this)
  }

  appeared(file: TailedFile): void {
    const start = this.tailer.positions.start(this.name, file)
    this.files.push(file)
    this.texts.set(file, { start, text: '', at: start })
    this.ready.add(file)
  }

  changed(file: TailedFile): void {
    if (!this.texts.has(file)) throw new Error(`changed before it appeared: ${file.path}`)
    this.ready.add(file)
  }

  #gone(error: unknown): boolean {
    if ((error as { code?: string }).code === 'FILE_GONE') return true
    throw error
  }

  #read(file: TailedFile): void {
    const seen = this.texts.get(file)!
    const block = Buffer.alloc(1000)
    try {
      for (let got = file.read(block, seen.at); got > 0; got = file.read(block, seen.at)) {
        seen.text += block.toString('latin1', 0, got)
        seen.at += got
      }
    } catch (error) {
      if (!this.#gone(error)) return
      this.finish(file)
      return
    }
    if (this.commits) this.tailer.positions.commit(this.name, file, seen.at)
    if (file.state === 'final' && seen.at >= file.size) this.finish(file)
  }

  /** Its predecessor is to be read to its present end first. */
  #mustWait({ predecessor }: TailedFile): boolean {
    return predecessor !== undefined && !this.finished.has(predecessor) && this.ready.has(predecessor)
  }

  finish(file: TailedFile): void {
    const ending = this.tailer.positions.ending(this.name, file, this.texts.get(file)!.at)
    if (ending) this.closings.set(file.fingerprint, ending)
    this.finished.add(file)
    this.tailer.positions.finish(this.name, file)
  }

  turn(): void {
    if (!this.reading) return
    for (const file of this.files) {
      if (!this.ready.has(file) || this.finished.has(file) || this.#mustWait(file)) continue
      this.ready.delete(file)
      this.#read(file)
    }
  }

  /** What was read of each file, in the order in which they appeared. */
  get read(): string[] {
    return this.files.map((file) => this.texts.get(file)!.text)
  }
}

export interface Bench {
  readonly tailer: Tailer
  readonly lane: TestLane
  readonly clock: ModelClock
  readonly log: string[]
  /** Time passes, the tailer looks, the lane reads. */
  round(ms?: number): void
  /** So many seconds, a round each. */
  rounds(count: number): void
}

let nonces = 0

export const createBench = (
  folder: string,
  sources: readonly Source[],
  options: Partial<TailerOptions> = {},
  files: Filesystem = realFilesystem,
  wants?: (lane: string, tag: string) => boolean,
  time?: Clock,
): Bench => {
  const stateDir = path.join(folder, 'state')
  fs.mkdirSync(stateDir, { recursive: true })
  const clock = createModelClock()
  const { lines, events } = createEventLog()
  const all = { ...tailerDefaults, sources, lanes: ['out'], stateDir, ...options }
  const tailer = createTailer(all, {
    files,
    clock: time ?? clock,
    events,
    nonce: () => `n${++nonces}`,
    ...(wants && { wants }),
  })
  const lane = new TestLane(all.lanes[0]!, tailer)
  const round = (ms = 1000): void => {
    clock.advance(ms)
    tailer.poll()
    lane.turn()
  }
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) round()
  }
  return { tailer, lane, clock, log: lines, round, rounds }
}

/** Starts it and lets it go when the test is over. */
export const startBench = (
  t: { after(done: () => Promise<void>): void },
  ...args: Parameters<typeof createBench>
): Bench => {
  const bench = createBench(...args)
  t.after(() => bench.tailer.close())
  bench.tailer.start()
  bench.lane.turn()
  return bench
}

/** As the agent does it: positions are saved every now and then. */
export const savingRounds = (bench: Bench, count: number): void => {
  for (let i = 0; i < count; i++) {
    bench.round()
    bench.tailer.saveCheckpoint()
  }
}

export const containersSource = (folder: string, more: Partial<ContainersSource> = {}): ContainersSource => ({
  kind: 'containers',
  name: 'pods',
  path: path.join(folder, 'containers'),
  podsPath: undefined,
  allowedRoots: [path.join(folder, 'pods')],
  include: {},
  exclude: {},
  excludeSelf: undefined,
  ...more,
})

export const filesSource = (paths: readonly string[], more: Partial<FilesSource> = {}): FilesSource => ({
  kind: 'files',
  name: 'plain',
  paths,
  exclude: [],
  tag: 'syslog',
  allowedRoots: undefined,
  ...more,
})

export const uid = '11111111-2222-4333-8444-555555555555'
export const containerId = 'c0ffee00'.repeat(8)

/** Waits for a condition, not for a time. */
export const until = async (condition: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 5000; !condition(); ) {
    if (Date.now() > deadline) throw new Error(`it did not come true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A container's folder and link as kubelet makes them. */
export const makeContainer = (
  folder: string,
  pod = 'web-1',
  container = 'app',
  namespace = 'shop',
): { log: string; link: string; dir: string } => {
  const dir = path.join(folder, 'pods', `${namespace}_${pod}_${uid}`, container)
  const link = path.join(folder, 'containers', `${pod}_${namespace}_${container}-${containerId}.log`)
  fs.mkdirSync(dir, { recursive: true })
  fs.mkdirSync(path.dirname(link), { recursive: true })
  const log = path.join(dir, '0.log')
  fs.writeFileSync(log, '')
  fs.symlinkSync(log, link)
  return { log, link, dir }
}

let lineNumber = 0

/** A CRI line like no other. */
export const cri = (text: string): string =>
  `2026-11-21T06:00:00.${String(++lineNumber).padStart(9, '0')}Z stdout F ${text}\n`
