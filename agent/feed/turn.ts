import type { AgentEvents, EncodeResult, Encoder, TailedFile } from '../event.ts'
import type { Cursor, TurnContext } from './cursor.ts'

/**
 * How one file's turn ended. 'full': the staged body is, and there is no room for another. 'budget': others are due. 'end': everything up to the present end is
 * taken. 'unfinished': so it is, but for a line without its newline. 'gone': it can no longer be read.
 */
export type TurnEnd = 'full' | 'budget' | 'end' | 'unfinished' | 'gone'

export interface TurnDeps {
  readonly encoder: Encoder
  readonly events: AgentEvents
  /** Seals the full body and stages the next, whose first line is given for its time; false: there is no room now. */
  readonly nextBody: (cursor: Cursor, bytes: Uint8Array) => boolean
  /** Told the head of the turn's first block, for its time. */
  readonly firstBlock: (cursor: Cursor, bytes: Uint8Array) => void
}

/** Room for a time stamp, stream and tag before an overlong line's content. */
const HEADER_BYTES = 256
/** Enough for a time stamp. */
const HEAD_BYTES = 64
const NEWLINE = 10

const take = (cursor: Cursor, result: EncodeResult, deps: TurnDeps): void => {
  cursor.read += result.consumed
  if (cursor.scanned < cursor.read) cursor.scanned = cursor.read
  deps.events.encoded(cursor.file.source, result.consumed, result)
}

const readOrGone = (file: TailedFile, target: Uint8Array, at: number): number | undefined => {
  try {
    return file.read(target, at)
  } catch {
    // The source knows why, and counts what is lost; for the lane the file is over.
    return undefined
  }
}

const endsHere = (file: TailedFile, end: number): boolean => file.state === 'final' && end >= file.size

/** Encodes what stands in input[0…got); where the body is full, the next one takes the rest without reading it again. */
const encodeBlock = (
  cursor: Cursor,
  context: TurnContext,
  deps: TurnDeps,
  got: number,
): { readonly consumed: number; readonly full: boolean } => {
  const { encoder } = deps
  const atEnd = endsHere(cursor.file, cursor.read + got)
  for (let from = 0; ; ) {
    const result = encoder.encode(context, got, cursor.read, atEnd, from)
    take(cursor, result, deps)
    from += result.consumed
    if (result.stop !== 'full') return { consumed: from, full: false }
    if (!deps.nextBody(cursor, encoder.input.subarray(from, Math.min(got, from + HEAD_BYTES))))
      return { consumed: from, full: true }
  }
}

/** Reads and encodes blocks of one file until its budget is spent, its end is reached or there is no room for more. */
export const takeTurn = (cursor: Cursor, context: TurnContext, deps: TurnDeps, budgetBytes: number): TurnEnd => {
  const { encoder } = deps
  for (let left = budgetBytes; ; ) {
    if (cursor.scanned > cursor.read) return longLine(cursor, context, deps, left)
    const got = readOrGone(cursor.file, encoder.input, cursor.read)
    if (got === undefined) return 'gone'
    if (got === 0) return 'end'
    if (left === budgetBytes) deps.firstBlock(cursor, encoder.input.subarray(0, Math.min(got, HEAD_BYTES)))
    const { consumed, full } = encodeBlock(cursor, context, deps, got)
    left -= consumed
    if (full) return 'full'
    if (got < encoder.input.length) return consumed === got ? 'end' : 'unfinished'
    if (consumed === 0) cursor.scanned = cursor.read + got
    if (left <= 0) return 'budget'
  }
}

/**
 * A line longer than a block: search for its end over as many turns as it takes, then read only as much of it as may be
 * shipped. Nothing is kept in memory meanwhile, and after a crash the search begins again at the line's start.
 */
const longLine = (cursor: Cursor, context: TurnContext, deps: TurnDeps, budgetBytes: number): TurnEnd => {
  const { encoder } = deps
  for (let left = budgetBytes; left > 0; ) {
    const got = readOrGone(cursor.file, encoder.input, cursor.scanned)
    if (got === undefined) return lineGone(cursor, encoder.input)
    const newline = encoder.input.subarray(0, got).indexOf(NEWLINE)
    if (newline >= 0) return shipLongLine(cursor, context, deps, cursor.scanned + newline + 1)
    if (endsHere(cursor.file, cursor.scanned + got)) return shipLongLine(cursor, context, deps, cursor.scanned + got)
    if (got === 0) return 'unfinished'
    cursor.scanned += got
    left -= got
  }
  return 'budget'
}

/** What was searched was read, and is lost with the rest: the source counts from the first byte that it is asked for. */
const lineGone = ({ file, read }: Cursor, target: Uint8Array): TurnEnd => {
  readOrGone(file, target, read)
  return 'gone'
}

const shipLongLine = (cursor: Cursor, context: TurnContext, deps: TurnDeps, end: number): TurnEnd => {
  const lineBytes = end - cursor.read
  const content = Buffer.allocUnsafe(Math.min(lineBytes, context.maxRecordBytes + HEADER_BYTES))
  const got = readOrGone(cursor.file, content, cursor.read)
  if (got === undefined) return 'gone'
  if (got < content.length) return 'unfinished' // It cannot be read for now; the source tells when it can.
  const result = deps.encoder.encodeLong(context, content, cursor.read, lineBytes)
  take(cursor, result, deps)
  if (result.consumed > 0) cursor.scanned = cursor.read
  return result.stop === 'full' ? 'full' : 'budget'
}
