import type { PartialRecord, Span } from '../event.ts'
import { endsInEscapedReturn, escapedLength, writeEscaped } from './json-escape.ts'
import { incompleteTail } from './utf8.ts'

/** What one physical line adds to a record. */
export interface Piece {
  readonly time: string
  readonly content: Uint8Array
  /** Bytes of content that exist in the file but are not in `content`: the line was too long to be held. */
  readonly unseenBytes: number
  readonly offset: number
  readonly lineBytes: number
  /** The file that the line is in. */
  readonly fingerprint: string
}

/** The open record with one piece more, at most `limitBytes` of content in all. The open one stays as it was. */
export const appendPiece = (open: PartialRecord | undefined, piece: Piece, limitBytes: number): PartialRecord =>
  append(open, piece, limitBytes, extend)

type Extend = (escaped: Uint8Array, content: Uint8Array) => Uint8Array

const append = (open: PartialRecord | undefined, piece: Piece, limitBytes: number, extendBy: Extend): PartialRecord => {
  const rawBefore = open?.rawBytes ?? 0
  const room = open && open.cutBytes > 0 ? 0 : limitBytes - rawBefore
  const kept = piece.content.length > room ? piece.content.subarray(0, room) : piece.content
  const fingerprint = open?.fingerprint ?? piece.fingerprint
  return {
    time: open?.time ?? piece.time,
    escaped: extendBy(open?.escaped ?? EMPTY, kept),
    rawBytes: rawBefore + kept.length,
    cutBytes: (open?.cutBytes ?? 0) + piece.content.length - kept.length + piece.unseenBytes,
    spans: addSpan(open?.spans ?? [], spanOf(piece, fingerprint)),
    fingerprint,
  }
}

/** The last piece: a carriage return at the record's very end belongs to the newline, not to the content. */
export const appendLastPiece = (open: PartialRecord | undefined, piece: Piece, limitBytes: number): PartialRecord => {
  const { content } = piece
  if (content.at(-1) === 13 && piece.unseenBytes === 0)
    return append(open, { ...piece, content: content.subarray(0, -1) }, limitBytes, open ? extend : escapeAll)
  const record = append(open, piece, limitBytes, open ? extend : escapeAll)
  const returnInPieceBefore = content.length === 0 && record.cutBytes === 0 && endsInEscapedReturn(record.escaped)
  if (!returnInPieceBefore) return record
  return { ...record, escaped: record.escaped.subarray(0, -2), rawBytes: record.rawBytes - 1 }
}

/** What of a record goes into the message: where the limit cut it, no half character at the end. */
export const messageOf = (record: PartialRecord): Uint8Array => {
  if (record.cutBytes === 0) return record.escaped
  return record.escaped.subarray(0, record.escaped.length - incompleteTail(record.escaped))
}

const spanOf = (piece: Piece, recordFingerprint: string): Span => ({
  offset: piece.offset,
  length: piece.lineBytes,
  fingerprint: piece.fingerprint === recordFingerprint ? undefined : piece.fingerprint,
})

const addSpan = (spans: readonly Span[], next: Span): readonly Span[] => {
  const last = spans.at(-1)
  if (!last || last.fingerprint !== next.fingerprint || last.offset + last.length !== next.offset)
    return [...spans, next]
  return [...spans.slice(0, -1), { ...last, length: last.length + next.length }]
}

const EMPTY = new Uint8Array(0)

/**
 * How much of each growing buffer is written. A record of 16 MiB comes in a thousand pieces; copying it for each would be
 * quadratic. Bytes behind a view's end are free as long as nobody else has appended there.
 */
const written = new WeakMap<ArrayBufferLike, number>()

const extend = (escaped: Uint8Array, content: Uint8Array): Uint8Array => {
  const end = escaped.byteOffset + escaped.length
  const total = escaped.length + escapedLength(content)
  if (written.get(escaped.buffer) === end && escaped.byteOffset + total <= escaped.buffer.byteLength)
    return appendAt(new Uint8Array(escaped.buffer, escaped.byteOffset, total), escaped.length, content)
  const capacity = escaped.length === 0 ? total : total * 2
  const grown = new Uint8Array(new ArrayBuffer(capacity), 0, total)
  grown.set(escaped)
  return appendAt(grown, escaped.length, content)
}

/** A record of one piece is never extended: most lines, and an ArrayBuffer for each would cost more than the rest of their way. */
const escapeAll = (_: Uint8Array, content: Uint8Array): Uint8Array => {
  const escaped = Buffer.allocUnsafe(escapedLength(content))
  writeEscaped(escaped, 0, content)
  return escaped
}

const appendAt = (target: Uint8Array, at: number, content: Uint8Array): Uint8Array => {
  writeEscaped(target, at, content)
  written.set(target.buffer, target.byteOffset + target.length)
  return target
}
