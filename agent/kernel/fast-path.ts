import { isUtf8 } from 'node:buffer'
import type { DocumentTexts, EncodeContext, EncodeCounts } from '../event.ts'
import { isTimestamp } from '../parse/timestamp.ts'
import type { Bodies } from './body.ts'
import type { KernelMemory } from './memory-map.ts'

/** What the fast path needs of a turn. */
export interface FastTurn {
  readonly context: EncodeContext
  /** File offset of input[0]. */
  readonly base: number
  readonly counts: EncodeCounts
  readonly rules: { readonly now: () => string; readonly maxRecordBytes: number }
  full: boolean
}

/** The kernel's half of a turn. */
export interface FastPath {
  /**
   * Encodes the lines of input[from, end), each with its newline; what the kernel leaves is given to `rare`, which does one line
   * and returns where the next begins. Returns the position that it came to: `end` unless the turn is full.
   */
  run(turn: FastTurn, from: number, end: number, rare: (at: number) => number): number
}

const NEWLINE = 10
const MINUTE_BYTES = 16
/** What the kernel copies of a time stamp. */
const LONGEST_TIME = 40
const ZONE_BYTES = 6
/** What no line can hold. */
const NO_MINUTE = '\n'.repeat(MINUTE_BYTES)
const NO_ZONE = '\n'.repeat(ZONE_BYTES)

/** The beginning of a line whose minute and zone can be remembered. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(?:\.\d{1,9})?(?:Z|([+-]\d\d:\d\d)) /

export const createFastPath = (memory: KernelMemory, bodies: Bodies): FastPath => {
  const { kernel, bytes, view } = memory
  const texts = createTexts(memory)
  const learnStamp = createStamps(memory)

  let limitBytes = -1
  const setLimit = (maxRecordBytes: number): void => {
    if (maxRecordBytes === limitBytes) return
    limitBytes = maxRecordBytes
    kernel.setLimit(Math.min(maxRecordBytes, 2 ** 31 - 1))
  }
  const setPlainTime = (time: string): boolean => {
    if (time.length > LONGEST_TIME) return false
    bytes.write(time, kernel.PLAIN_TIME, 'latin1')
    view.setUint32(kernel.PLAIN_TIME_LENGTH, time.length, true)
    return true
  }

  /** One run of the kernel; returns where it stopped; STOP says why. */
  const runKernel = (turn: FastTurn, from: number, end: number): number => {
    const limit = bodies.slotEnd - 2 * kernel.INPUT_BYTES - kernel.SLACK
    const base = BigInt(turn.base)
    const run = turn.context.format === 'plain' ? kernel.runPlain : kernel.run
    const at = run(kernel.INPUT + from, kernel.INPUT + end, base, bodies.at, bodies.fullAt, limit) - kernel.INPUT
    const documents = view.getUint32(kernel.COUNT_DOCUMENTS, true)
    bodies.grown(view.getUint32(kernel.OUT_END, true), documents)
    turn.counts.lines += view.getUint32(kernel.COUNT_LINES, true)
    turn.counts.documents += documents
    return at
  }

  const runValid = (turn: FastTurn, from: number, end: number, rare: (at: number) => number): number => {
    let at = from
    while (at < end && !turn.full) {
      at = runKernel(turn, at, end)
      const stop = view.getUint32(kernel.STOP, true)
      if (stop === kernel.STOP_FULL) turn.full = true
      else if (stop === kernel.STOP_RARE || (stop === kernel.STOP_STAMP && !learnStamp(kernel.INPUT + at)))
        at = rare(at)
    }
    return at
  }

  /** Halves of a block, down to the lines, until what is not UTF-8 is alone and left to the twin. */
  const runAny = (turn: FastTurn, from: number, end: number, rare: (at: number) => number): number => {
    const [start, stop] = [kernel.INPUT + from, kernel.INPUT + end]
    if (isUtf8(bytes.subarray(start, stop))) return runValid(turn, from, end, rare)
    const middle = splitLines(bytes, start, stop) - kernel.INPUT
    if (middle === from) return rare(from)
    const reached = runAny(turn, from, middle, rare)
    return turn.full ? reached : runAny(turn, middle, end, rare)
  }

  return {
    run: (turn, from, end, rare) => {
      let at = from
      setLimit(turn.rules.maxRecordBytes)
      if (texts(turn.context.texts) && (turn.context.format === 'cri' || setPlainTime(turn.rules.now())))
        return runAny(turn, from, end, rare)
      while (at < end && !turn.full) at = rare(at)
      return at
    },
  }
}

/** Where a line begins, as near as may be to the middle of [start, end); `start` where it is a single line. */
const splitLines = (bytes: Buffer, start: number, end: number): number => {
  const middle = start + ((end - start) >> 1)
  const before = bytes.lastIndexOf(NEWLINE, middle) + 1
  if (before > start && before < end) return before
  const after = bytes.indexOf(NEWLINE, middle) + 1
  return after > start && after < end ? after : start
}

/** Puts a file's texts into the kernel's memory, when they are others than before; false: they do not fit. */
const createTexts = ({ kernel, bytes }: KernelMemory) => {
  let last: DocumentTexts | undefined
  let fits = false

  const put = (texts: DocumentTexts): boolean => {
    const { head, afterId, stdout, stderr, none } = texts
    // At every turn of every file: no tuples, no closures.
    const afterIdAt = kernel.TEXTS + head.length + kernel.SLACK
    const stdoutAt = afterIdAt + afterId.length + kernel.SLACK
    const stderrAt = stdoutAt + stdout.length + kernel.SLACK
    const noneAt = stderrAt + stderr.length + kernel.SLACK
    if (noneAt + none.length + kernel.SLACK > kernel.TEXTS + kernel.TEXTS_BYTES) return false
    bytes.set(head, kernel.TEXTS)
    bytes.set(afterId, afterIdAt)
    bytes.set(stdout, stdoutAt)
    bytes.set(stderr, stderrAt)
    bytes.set(none, noneAt)
    kernel.setHead(kernel.TEXTS, head.length, texts.idOffset, afterIdAt, afterId.length)
    kernel.setTexts(stdoutAt, stdout.length, stderrAt, stderr.length, noneAt, none.length)
    return true
  }

  return (texts: DocumentTexts): boolean => {
    if (texts !== last) {
      fits = put(texts)
      last = texts
    }
    return fits
  }
}

/** Tells the kernel the minute and zone of the line at `at`, once they are found to be real; false: nothing new, or not real. */
const createStamps = ({ kernel, bytes }: KernelMemory) => {
  let known = ''
  bytes.write(NO_MINUTE + NO_ZONE, kernel.STAMP_MINUTE, 'latin1')
  return (at: number): boolean => {
    const found = STAMP.exec(bytes.toString('latin1', at, at + 40))
    if (!found || !isTimestamp(found[0].trimEnd())) return false
    const zone = found[2] ?? NO_ZONE
    const next = `${found[1]}${zone}`
    if (next === known) return false
    known = next
    bytes.write(found[1]!, kernel.STAMP_MINUTE, 'latin1')
    bytes.write(zone, kernel.STAMP_ZONE, 'latin1')
    return true
  }
}
