import type { DocumentTexts, Span, Stream } from '../event.ts'
import { patchedTexts } from './texts.ts'

/** What the wire says of a document beyond its text; always in this order. */
export interface DocumentFlags {
  /** The line does not have its file's format and is shipped whole. */
  readonly unparsed: boolean
  /** The limit cut off the end of the content. */
  readonly truncated: boolean
  /** Written before its last piece came. */
  readonly partial: boolean
  /** No record: the file's end. */
  readonly closed: boolean
}

/** One document, everything decided, nothing serialised. */
export interface DocumentParts {
  /** The file that the record began in: `_id` and log.file.fingerprint. */
  readonly fingerprint: string
  readonly time: string
  /** undefined: plain and unparsed lines. */
  readonly stream: Stream | undefined
  readonly spans: readonly Span[]
  readonly flags: DocumentFlags
  /** Escaped for JSON, valid UTF-8. */
  readonly message: Uint8Array
}

/** A document in its consecutive pieces, named as the kernel's deflate wants them. */
export interface LaidOut {
  /** `{"create":{"_id":"…-`, or the whole action line where it has no id. */
  readonly head: Uint8Array
  /** Decimal offset; empty where the action has no id. */
  readonly idOffset: Uint8Array
  readonly afterId: Uint8Array
  readonly time: Uint8Array
  readonly text: Uint8Array
  readonly offset: Uint8Array
  /** From `,"length":` to `"message":"`. */
  readonly tail: Uint8Array
  readonly message: Uint8Array
  readonly size: number
}

export const DOCUMENT_END = Buffer.from('"}\n')
const FLAG_NAMES = ['unparsed', 'truncated', 'partial', 'closed'] as const
const NOTHING = new Uint8Array(0)

/** `fileFingerprint`: the one that `texts` were made with. */
export const layOut = (parts: DocumentParts, texts: DocumentTexts, fileFingerprint: string): LaidOut => {
  const { head, idOffset, afterId, ...streamTexts } = patchedTexts(texts, fileFingerprint, parts.fingerprint)
  const offset = Buffer.from(String(parts.spans[0]!.offset))
  const pieces = {
    head,
    idOffset: idOffset ? offset : NOTHING,
    afterId,
    time: Buffer.from(parts.time),
    text: streamTexts[parts.stream ?? 'none'],
    offset,
    tail: Buffer.from(
      `,"length":${lengthOf(parts.spans)}${spansField(parts.spans)}${flagsField(parts.flags)}},"message":"`,
    ),
    message: parts.message,
  }
  const size = Object.values(pieces).reduce((sum, piece) => sum + piece.length, DOCUMENT_END.length)
  return { ...pieces, size }
}

/**
 * Writes a laid out document. Returns where its parts begin, and its end:
 * head, idOffset, afterId, time, text, offset, tail, message, document end, end.
 */
export const writeDocument = (target: Uint8Array, at: number, laid: LaidOut): number[] => {
  const { head, idOffset, afterId, time, text, offset, tail, message } = laid
  const places = [at]
  let to = at
  for (const piece of [head, idOffset, afterId, time, text, offset, tail, message, DOCUMENT_END]) {
    target.set(piece, to)
    to += piece.length
    places.push(to)
  }
  return places
}

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + span.length, 0)

/** `"o+n,o+n,<fingerprint>:o+n"`, only where one offset and one length do not say it. */
const spansField = (spans: readonly Span[]): string => {
  if (spans.length === 1) return ''
  const each = spans.map((s) => `${s.fingerprint === undefined ? '' : `${s.fingerprint}:`}${s.offset}+${s.length}`)
  return `,"spans":"${each.join(',')}"`
}

const flagsField = (flags: DocumentFlags): string => {
  const names = FLAG_NAMES.filter((name) => flags[name])
  return names.length === 0 ? '' : `,"flags":${JSON.stringify(names)}`
}
