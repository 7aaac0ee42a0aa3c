import { type CriLines, createCriLines } from './cri-lines.ts'
import { createLogFolder, type LogFile, type LogFolder } from './log-folder.ts'
import type { FileNote } from './messages.ts'
import type { Random } from './random.ts'

/** What a container is like. */
export interface Traits {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly container: string
  readonly linesPerSecond: number
  readonly rotateBytes: number
  /** Rotated files that kubelet keeps. */
  readonly keep: number
  /** Between crashes; undefined: it does not crash. */
  readonly restartMs: number | undefined
  /** How long the pod lives; undefined: to the end. */
  readonly lifeMs: number | undefined
}

export interface ContainerDeps {
  readonly root: string
  readonly random: Random
  readonly fillings: readonly string[]
  readonly note: (note: FileNote) => void
  readonly count: (what: string) => void
  /** Whether nobody needs the file any more, or whether it may be deleted though somebody does. */
  readonly mayGo: (file: LogFile) => boolean
}

/** One container that writes, is rotated, crashes and goes. */
export interface Container {
  readonly traits: Traits
  /** Where each stream ends by now. */
  readonly ends: Readonly<Record<string, number>>
  /** 'gone': its pod is deleted. */
  readonly state: 'running' | 'ended' | 'gone'
  tick(elapsedMs: number): number
  /** Ends what it has begun and closes its log. */
  end(): void
}

/** Kubelet's names have the second: no two rotations of one log within one. The second would take the first one's name, and its archive's. */
const LEAST_ROTATE_MS = 1_100

type Stream = 'stdout' | 'stderr'

export const createContainer = (traits: Traits, deps: ContainerDeps): Container => {
  const { random, count } = deps
  const folder: LogFolder = createLogFolder({ ...traits, root: deps.root, note: deps.note })
  const lines: CriLines = createCriLines(random, deps.fillings)
  const keyOf = (stream: Stream): string => `${traits.pod}/${traits.container}/${stream}`
  const sequences: Record<Stream, number> = { stdout: 0, stderr: 0 }
  const bornMs = Date.now()
  let state: Container['state'] = 'running'
  /** Pieces of begun records that are yet to be written. */
  const held: Record<Stream, string[]> = { stdout: [], stderr: [] }
  const heldSequence: Record<Stream, number> = { stdout: 0, stderr: 0 }
  let torn: Uint8Array | undefined
  let budget = 0
  let lastRecordFile: LogFile | undefined
  let rotatedMs = 0
  let reopenMs: number | undefined
  let restartMs = traits.restartMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + traits.restartMs
  let rate = 1

  const remember = (stream: Stream, sequence: number): void => {
    const { streams } = folder.live
    const range = streams[keyOf(stream)]
    if (range) range[1] = sequence
    else streams[keyOf(stream)] = [sequence, sequence]
  }

  const append = (text: string, whole: boolean): void => {
    const fresh = Buffer.from(text, 'latin1')
    const bytes = torn ? Buffer.concat([torn, fresh]) : fresh
    torn = undefined
    if (bytes.length === 0) return
    const tear = !whole && random.chance(0.03) ? random.integer(0, bytes.length - 1) : 0
    if (tear > 0) torn = bytes.subarray(tear)
    folder.append(tear > 0 ? bytes.subarray(0, tear) : bytes)
  }

  const takeHeld = (): string => {
    let text = ''
    for (const stream of ['stdout', 'stderr'] as const) {
      if (held[stream].length === 0) continue
      remember(stream, heldSequence[stream])
      text += held[stream].join('')
      held[stream] = []
    }
    return text
  }

  const oneRecord = (): string => {
    const stream: Stream = random.chance(0.25) ? 'stderr' : 'stdout'
    if (held[stream].length > 0) return ''
    const sequence = sequences[stream]++
    const record = lines.record(stream, keyOf(stream), sequence, lastRecordFile === folder.live)
    lastRecordFile = folder.live
    remember(stream, sequence)
    if (record.length === 1 || random.chance(0.7)) return record.join('')
    // The rest comes later: behind lines of the other stream, or in the next file.
    held[stream] = record.slice(1)
    heldSequence[stream] = sequence
    return record[0]!
  }

  const write = (elapsedMs: number): number => {
    if (random.chance(0.01)) rate = random.spread(0.2, 5) // Quiet and loud times.
    budget += (traits.linesPerSecond * Math.min(rate, 3) * elapsedMs) / 1000
    const before = sequences.stdout + sequences.stderr
    let text = takeHeld()
    for (; budget >= 1; budget--) text += oneRecord()
    append(text, false)
    return sequences.stdout + sequences.stderr - before
  }

  /** Files that only go together; undefined where the last of them has to stay. */
  const togetherFrom = (files: readonly LogFile[], from: number): readonly LogFile[] | undefined => {
    const end = files.findIndex((file, i) => i >= from && !file.goesOn)
    return end < 0 ? undefined : files.slice(from, end + 1)
  }

  const letGo = (): void => {
    const { rotated } = folder
    const surplus = rotated.slice(0, Math.max(0, rotated.length - traits.keep))
    for (let i = 0; i < surplus.length; ) {
      const group = togetherFrom(surplus, i)
      if (!group?.every(deps.mayGo)) return // Older ones go first.
      for (const file of group) folder.remove(file)
      i += group.length
    }
  }

  const rotate = (nowMs: number): void => {
    if (reopenMs !== undefined && nowMs >= reopenMs) {
      append('', true)
      folder.live.goesOn = held.stdout.length + held.stderr.length > 0
      folder.reopen()
      reopenMs = undefined
    } else if (
      reopenMs === undefined &&
      folder.live.bytes > traits.rotateBytes &&
      nowMs - rotatedMs > LEAST_ROTATE_MS
    ) {
      count('rotations')
      rotatedMs = folder.rename() // Compressing the one before takes time.
      reopenMs = nowMs + random.integer(0, 300)
    }
  }

  const crash = (nowMs: number): void => {
    if (nowMs < restartMs || reopenMs !== undefined) return
    restartMs = nowMs + traits.restartMs! * random.spread(0.5, 2)
    count('container restarts')
    append(takeHeld(), true)
    folder.restart()
  }

  const end = (): void => {
    if (state !== 'running') return
    append(takeHeld(), true)
    folder.close()
    state = 'ended'
  }

  const goWhenAllowed = (): void => {
    if (!folder.rotated.every(deps.mayGo)) return
    folder.removeAll()
    count('pods deleted')
    state = 'gone'
  }

  return {
    traits,
    get ends() {
      return { [keyOf('stdout')]: sequences.stdout, [keyOf('stderr')]: sequences.stderr }
    },
    get state() {
      return state
    },
    tick: (elapsedMs) => {
      const nowMs = Date.now()
      if (state === 'ended') goWhenAllowed()
      if (state !== 'running') return 0
      const written = write(elapsedMs)
      rotate(nowMs)
      crash(nowMs)
      letGo()
      if (traits.lifeMs !== undefined && nowMs - bornMs > traits.lifeMs && reopenMs === undefined) end()
      return written
    },
    end,
  }
}
