import type { DocumentId } from '../../store/document-id.ts'
import { type Fields, isFields, sharedFields } from '../../store/fields.ts'
import { itemId } from '../bulk-items.ts'

/**
 * A document as the encoder writes it (event.ts, DocumentTexts), taken apart without parsing it:
 *
 *   {"@timestamp":"  stamp  head…"offset":  offset  rest  },"message":"  message  "}
 */
export interface SplitDocument {
  readonly stamp: string
  /** From the quote after the stamp up to and including `"offset":`. The same for all lines of one stream of one file. */
  readonly head: string
  readonly offset: number
  /** `,"length":…` and what else the log object has. */
  readonly rest: string
  readonly message: string
}

const start = '{"@timestamp":"'
const offsetKey = '"offset":'
const messageKey = '},"message":"'

const digits = (text: string, at: number): number => {
  let end = at
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
  return end
}

const unescaped = (text: string): string => (text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text)

/**
 * undefined where the text does not have that form. `known` is a head to be tried first (neighbours mostly share theirs).
 * The form alone does not prove the meaning: the first document of each head is checked against a real parse.
 */
export const splitDocument = (line: string, known: string | undefined): SplitDocument | undefined => {
  if (!line.startsWith(start) || !line.endsWith('"}')) return undefined
  const stampEnd = line.indexOf('"', start.length)
  if (stampEnd < 0) return undefined
  const shared = known !== undefined && line.startsWith(known, stampEnd)
  // A quote inside the message is escaped, so the last occurrence is the key itself.
  const messageAt = shared ? line.indexOf(messageKey, stampEnd + known.length) : line.lastIndexOf(messageKey)
  const headEnd = shared ? stampEnd + known.length : line.lastIndexOf(offsetKey, messageAt) + offsetKey.length
  if (messageAt < 0 || headEnd <= stampEnd || headEnd > messageAt) return undefined
  const offsetEnd = digits(line, headEnd)
  if (offsetEnd === headEnd) return undefined
  return {
    stamp: line.slice(start.length, stampEnd),
    head: shared ? known : line.slice(stampEnd, headEnd),
    offset: Number(line.slice(headEnd, offsetEnd)),
    rest: line.slice(offsetEnd, messageAt),
    message: unescaped(line.slice(messageAt + messageKey.length, -2)),
  }
}

/** Does a real parse of the line see what the split saw? */
export const splitIsTrue = (line: string, split: SplitDocument): boolean => {
  const document: unknown = JSON.parse(line)
  if (!isFields(document) || !isFields(document.log)) return false
  return (
    document['@timestamp'] === split.stamp && document.message === split.message && document.log.offset === split.offset
  )
}

const idForm = /^(.+)-(0|[1-9]\d{0,14})$/
/** The id of an action line; undefined where it has none. Throws on what is no action line. */
export const actionId = (line: string): DocumentId | undefined => {
  const id = itemId(line)
  if (id === undefined) return undefined
  const dash = id.lastIndexOf('-')
  const form = dash > 0 ? idForm.exec(id) : null
  return form ? { identity: id.slice(0, dash), offset: Number(form[2]) } : { identity: id, offset: -1 }
}

/** What stays in a shape of a document that is stored whole. */
export const sharedPart = (document: Fields): Fields => {
  const shared: Record<string, unknown> = {}
  for (const name of sharedFields) if (document[name] !== undefined) shared[name] = document[name]
  return isFields(document.log) && document.log.file !== undefined
    ? { ...shared, log: { file: document.log.file } }
    : shared
}
