import { isUtf8 } from 'node:buffer'
import type { LineFormat, PartialRecord, Partials, Stream } from '../event.ts'
import { parseCri } from '../parse/cri.ts'
import { parseDockerJson } from '../parse/docker-json.ts'
import { appendLastPiece, appendPiece, messageOf, type Piece } from '../parse/partial.ts'
import { replaceInvalid } from '../parse/utf8.ts'
import type { DocumentParts } from './document.ts'

/** One physical line of a file. */
export interface Line {
  /** Without its newline; only the beginning where `unseenBytes` says so. */
  readonly bytes: Buffer
  readonly unseenBytes: number
  readonly offset: number
  /** In the file, with the newline where there is one. */
  readonly lineBytes: number
  readonly fingerprint: string
}

/** What holds for every line of a turn. */
export interface TwinRules {
  readonly format: LineFormat
  readonly maxRecordBytes: number
  /** RFC 3339; the time stamp of lines that have none. */
  readonly now: () => string
}

/** What a line comes to; nothing has happened yet. */
export interface Plan {
  readonly document: DocumentParts | undefined
  /** The stream whose open record is to be replaced by `open`; undefined: the open records stay as they are. */
  readonly stream: Stream | undefined
  readonly open: PartialRecord | undefined
  readonly invalidUtf8: number
  readonly truncated: number
  readonly unparsed: number
}

/** As many places of a file, at most, go into one record; with more (tiny pieces of two streams in turn) it is written as it is. */
export const MAX_SPANS = 1024

interface Fields {
  readonly time: string
  readonly stream: Stream | undefined
  readonly partial: boolean
  readonly content: Buffer
}

/** The plain way through a line: slow, complete, and what the kernel is held against. */
export const planLine = (line: Line, partials: Readonly<Partials>, rules: TwinRules): Plan => {
  const fields = fieldsOf(line, rules.format)
  if (!fields) return planWhole(line, rules)
  const { stream } = fields
  const open = stream && partials[stream]
  const piece = pieceOf(line, fields.time, fields.content)
  if (!fields.partial)
    return { ...written(appendLastPiece(open, piece, rules.maxRecordBytes), stream, false), stream, open: undefined }
  const record = appendPiece(open, piece, rules.maxRecordBytes)
  if (record.spans.length >= MAX_SPANS) return planPartial(record, stream!)
  return { document: undefined, stream, open: record, invalidUtf8: 0, truncated: 0, unparsed: 0 }
}

/** An open record written as it is. */
export const planPartial = (record: PartialRecord, stream: Stream): Plan => ({
  ...written(record, stream, true),
  stream,
  open: undefined,
})

/** The document that closes a file. */
export const planClosing = (fingerprint: string, size: number, message: string, time: string): Plan => {
  const flags = { unparsed: false, truncated: false, partial: false, closed: true }
  const spans = [{ offset: size, length: 0, fingerprint: undefined }]
  const document = { fingerprint, time, stream: undefined, spans, flags, message: Buffer.from(message) }
  return { document, stream: undefined, open: undefined, invalidUtf8: 0, truncated: 0, unparsed: 0 }
}

const fieldsOf = (line: Line, format: LineFormat): Fields | undefined => {
  if (format === 'plain') return undefined
  if (format === 'docker') return line.unseenBytes > 0 ? undefined : parseDockerJson(line.bytes)
  const found = parseCri(line.bytes)
  return found && { ...found, content: line.bytes.subarray(found.contentStart) }
}

const pieceOf = (line: Line, time: string, content: Buffer): Piece => ({ ...line, time, content })

/** A line of a plain file, or one that is not what its file's lines are. */
const planWhole = (line: Line, rules: TwinRules): Plan => {
  const record = appendLastPiece(undefined, pieceOf(line, rules.now(), line.bytes), rules.maxRecordBytes)
  const unparsed = rules.format !== 'plain'
  const plan = written(record, undefined, false, unparsed)
  return { ...plan, stream: undefined, open: undefined, unparsed: unparsed ? 1 : 0 }
}

const written = (record: PartialRecord, stream: Stream | undefined, partial: boolean, unparsed = false) => {
  const escaped = messageOf(record)
  const truncated = record.cutBytes > 0
  const document: DocumentParts = {
    fingerprint: record.fingerprint,
    time: record.time,
    stream,
    spans: record.spans,
    flags: { unparsed, truncated, partial, closed: false },
    message: replaceInvalid(escaped),
  }
  return { document, invalidUtf8: isUtf8(escaped) ? 0 : 1, truncated: truncated ? 1 : 0, unparsed: 0 }
}
