import type { DocumentTexts, EncodeContext, EncodeCounts, EncodeResult, Encoder } from '../event.ts'
import { type Bodies, bodiesBytes, createBodies, HEADROOM_BYTES } from './body.ts'
import { type Carry, createCarry } from './carry.ts'
import { layOut } from './document.ts'
import { createFastPath, type FastPath } from './fast-path.ts'
import { instantiateKernel } from './memory-map.ts'
import { type Line, type Plan, planClosing, planLine, planPartial, type TwinRules } from './twin.ts'

export interface EncoderOptions {
  /** build/kernel.wasm */
  readonly wasm: BufferSource | WebAssembly.Module
  /** Content of a record, before escaping; what is longer is cut. */
  readonly maxRecordBytes: number
  readonly compression: 'none' | 'fast'
  /** How many bodies can be on their way at once, the staged one included. */
  readonly slots: number
  /** Of a body, uncompressed; it is full 256 KiB earlier. Default 768 KiB. */
  readonly slotBytes?: number
  /** RFC 3339, ASCII; the time stamp of lines that have none, asked at most once per call. */
  readonly now: () => string
  /** false: every line goes through the plain twin. For tests, which hold one against the other. */
  readonly kernel?: boolean
}

export const DEFAULT_SLOT_BYTES = 786_432

const NEWLINE = 10

/** One call of encode(): where it reads, and what has come of it. */
interface Turn {
  readonly context: EncodeContext
  readonly rules: TwinRules
  /** File offset of input[0]. */
  readonly base: number
  readonly counts: EncodeCounts
  full: boolean
}

export const createEncoder = (options: EncoderOptions): Encoder => {
  const { slotBytes = DEFAULT_SLOT_BYTES, slots, maxRecordBytes } = options
  if (slotBytes <= HEADROOM_BYTES) throw new RangeError(`slotBytes must be above ${HEADROOM_BYTES}, not ${slotBytes}`)
  const bodyOptions = { slots, slotBytes, compression: options.compression }
  const memory = instantiateKernel(options.wasm, bodiesBytes(bodyOptions))
  const { kernel, bytes } = memory
  const bodies = createBodies(memory, bodyOptions)
  const carry = createCarry(memory)
  const input = bytes.subarray(kernel.INPUT, kernel.INPUT + kernel.INPUT_BYTES)
  const fast = createFastPath(memory, bodies)
  const state: State = { input, bodies, carry, fast, kernel: options.kernel ?? true }

  let texts: DocumentTexts | undefined

  const begin = (context: EncodeContext, base: number): Turn => {
    // Documents with other texts have their parts elsewhere; they are no pattern for these.
    if (context.texts !== texts) kernel.packForget()
    texts = context.texts
    carry.load(context.partials, context.fingerprint)
    let time: string | undefined
    const now = (): string => {
      time ??= options.now()
      return time
    }
    const counts = { lines: 0, documents: 0, invalidUtf8: 0, truncated: 0, unparsed: 0 }
    const limit = context.maxRecordBytes ?? maxRecordBytes
    return { context, base, counts, full: false, rules: { format: context.format, maxRecordBytes: limit, now } }
  }

  const finish = (turn: Turn, consumed: number): EncodeResult => {
    Object.assign(turn.context.partials, carry.current())
    return { ...turn.counts, consumed, stop: turn.full ? 'full' : 'starved' }
  }

  return {
    input,
    get stagedBytes() {
      return bodies.usedBytes
    },
    get stagedDocuments() {
      return bodies.documents
    },
    stage: bodies.stage,
    encode: (context, length, offset, atEnd, from = 0) => {
      const turn = begin(context, offset - from)
      return finish(turn, encodeBlock(state, turn, from, length, atEnd) - from)
    },
    encodeLong: (context, content, offset, lineBytes) => {
      const turn = begin(context, offset)
      const whole = content.length === lineBytes
      const text = Buffer.from(
        content.buffer,
        content.byteOffset,
        content.length - (whole && content.at(-1) === NEWLINE ? 1 : 0),
      )
      // What is left of a longer line ends in its newline; a line without one that is a single byte too long does not count as cut.
      const unseenBytes = whole ? 0 : Math.max(0, lineBytes - content.length - 1)
      const line = { bytes: text, unseenBytes, offset, lineBytes, fingerprint: context.fingerprint }
      return finish(turn, encodeLine(state, turn, line) ? lineBytes : 0)
    },
    flushPartial: (context, stream) => {
      const turn = begin(context, 0)
      const record = context.partials[stream]
      if (record) carryOut(state, turn, planPartial(record, stream))
      return finish(turn, 0)
    },
    encodeClosing: (context, size, message) => {
      const turn = begin(context, size)
      carryOut(state, turn, planClosing(context.fingerprint, size, message, turn.rules.now()))
      return finish(turn, 0)
    },
    seal: bodies.seal,
    release: bodies.release,
  }
}

interface State {
  readonly input: Buffer
  readonly bodies: Bodies
  readonly carry: Carry
  readonly fast: FastPath
  readonly kernel: boolean
}

/** Lines of input[from…length); returns the position that it came to. */
const encodeBlock = (state: State, turn: Turn, from: number, length: number, atEnd: boolean): number => {
  const { input } = state
  const newline = length === 0 ? -1 : input.lastIndexOf(NEWLINE, length - 1)
  const end = Math.max(from, newline + 1)
  // Also where the body is a document larger than a slot: the kernel would write below it.
  turn.full = length > from && state.bodies.full
  if (turn.full) return from
  const reached =
    state.kernel && turn.context.format !== 'docker'
      ? fastLines(state, turn, from, end)
      : plainLines(state, turn, from, end)
  if (turn.full || !atEnd || reached === length) return reached
  return encodeLine(state, turn, lineOf(state, turn, reached, length, length)) ? length : reached
}

/** Everything in [from, end) by the kernel, and what it leaves by the twin. */
const fastLines = (state: State, turn: Turn, from: number, end: number): number =>
  state.fast.run(turn, from, end, (at) => plainLine(state, turn, at))

const plainLines = (state: State, turn: Turn, from: number, end: number): number => {
  let at = from
  while (at < end && !turn.full) at = plainLine(state, turn, at)
  return at
}

/** One line by the twin; returns where the next begins, or the same place where the body is full. */
const plainLine = (state: State, turn: Turn, at: number): number => {
  const newline = state.input.indexOf(NEWLINE, at)
  return encodeLine(state, turn, lineOf(state, turn, at, newline, newline + 1)) ? newline + 1 : at
}

const lineOf = (state: State, turn: Turn, at: number, contentEnd: number, end: number): Line => ({
  bytes: state.input.subarray(at, contentEnd),
  unseenBytes: 0,
  offset: turn.base + at,
  lineBytes: end - at,
  fingerprint: turn.context.fingerprint,
})

/** false: the body is full, nothing has changed. */
const encodeLine = (state: State, turn: Turn, line: Line): boolean => {
  if (!state.bodies.full && carryOut(state, turn, planLine(line, state.carry.current(), turn.rules)))
    turn.counts.lines++
  else turn.full = true
  return !turn.full
}

const carryOut = (state: State, turn: Turn, plan: Plan): boolean => {
  const { document } = plan
  const { texts, fingerprint } = turn.context
  if (document && !state.bodies.append(layOut(document, texts, fingerprint), document.stream ?? 'none')) {
    turn.full = true
    return false
  }
  if (plan.stream) state.carry.replace(plan.stream, plan.open)
  turn.counts.documents += document ? 1 : 0
  turn.counts.invalidUtf8 += plan.invalidUtf8
  turn.counts.truncated += plan.truncated
  turn.counts.unparsed += plan.unparsed
  return true
}
