import type { HeldItem, Outcome, Rejection } from '../../event.ts'
import type { Answer } from './answer.ts'
import { itemFix, wholeFix } from './fixes.ts'

/**
 * What an answer to `_bulk` means: final verdicts, or what to do next. Decided here alone, from the bytes of the answer.
 *
 * Items are matched by position: with filter_path on, `items.*.status` keeps one entry for each item sent.
 */
export type Verdict =
  | Outcome
  /** The server does not know these query parameters: leave them out and send again at once. */
  | { readonly kind: 'unknown_parameters'; readonly names: readonly string[] }
  /** A 400 that may be the body's fault or the request's: only the server can tell which. */
  | { readonly kind: 'doubtful'; readonly reason: string }

interface ServerError {
  readonly type?: unknown
  readonly reason?: unknown
}

interface Item {
  readonly status?: unknown
  readonly error?: ServerError | string
  readonly failure_store?: unknown
}

interface BulkAnswer {
  readonly errors?: unknown
  readonly items?: unknown
}

/** Longest reason that goes into logs and dead letters; a mapping error quotes the document. */
const maxReasonLength = 500

const head = Buffer.from('{"errors":false,"items":[')
const created = Buffer.from('{"create":{"status":201}},')
const tail = Buffer.from(']}')

/**
 * Whether the answer is, byte for byte, `documents` times "created": nearly every answer is, and this costs one memcmp
 * where JSON.parse would make four objects per document. Entries are compared with their predecessor, shifted by one.
 */
export const allCreated = (body: Buffer, documents: number): boolean => {
  const end = body.length - tail.length
  if (documents < 1 || end !== head.length + documents * created.length - 1) return false
  const first = head.length
  return (
    body.compare(head, 0, head.length, 0, first) === 0 &&
    body.compare(created, 0, created.length - 1, first, first + created.length - 1) === 0 &&
    body.compare(tail, 0, tail.length, end) === 0 &&
    (documents === 1 ||
      (body[first + created.length - 1] === created.at(-1) &&
        body.compare(body, first, end - created.length, first + created.length, end) === 0))
  )
}

const cutText = (text: string): string =>
  text.length <= maxReasonLength ? text : `${text.slice(0, maxReasonLength - 1)}…`

const errorOf = (error: ServerError | string | undefined): { type: string; reason: string } =>
  typeof error === 'string'
    ? { type: '', reason: cutText(error) }
    : {
        type: typeof error?.type === 'string' ? error.type : '',
        reason: typeof error?.reason === 'string' ? cutText(error.reason) : '',
      }

const describe = (status: number, type: string, reason: string): string =>
  [`${status}${type ? ` ${type}` : ''}`, reason.replace(/[;.\s]+$/, '')].filter(Boolean).join(': ')

export const again = (
  reason: string,
  hold: boolean,
  retryAfterMs?: number,
): Extract<Outcome, { readonly kind: 'again' }> => ({ kind: 'again', reason, retryAfterMs, hold })

/** RFC 9110, 10.2.3: seconds, or a date. */
export const retryAfterMs = (value: string | undefined, nowMs: number): number | undefined => {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

interface Tally {
  created: number
  duplicates: number
  failureStore: number
  rejected: Rejection[]
  retry: number[]
  readonly held: HeldItem[]
  /** First reason that asks for a human, else first reason to retry. */
  retryReason: string | undefined
  named: boolean
}

const retryItem = (tally: Tally, item: number, what: string, fix: string | undefined): void => {
  tally.retry.push(item)
  if (fix !== undefined) tally.held.push({ item, reason: `${what}; ${fix}` })
  if (tally.retryReason === undefined || (fix !== undefined && !tally.named)) {
    tally.retryReason = fix === undefined ? what : `${what}; ${fix}`
    tally.named = fix !== undefined
  }
}

const judgeItem = (tally: Tally, position: number, status: number, item: Item): void => {
  if (status < 300) {
    if (item.failure_store === 'used') tally.failureStore++
    else tally.created++
    return
  }
  const { type, reason } = errorOf(item.error)
  // A 409 of another kind would not mean that the document is there.
  if (status === 409 && (type === '' || type.startsWith('version_conflict'))) {
    tally.duplicates++
    return
  }
  const what = describe(status, type, reason)
  const fix = itemFix(status, type, reason)
  const passing = status >= 500 || status === 429 || status === 409 || status === 408 || status === 401
  if (fix !== undefined || passing) retryItem(tally, position, what, fix)
  else tally.rejected.push({ item: position, status, type, reason })
}

/** The one member of `{"create":{…}}`. */
const resultOf = (entry: unknown): Item | undefined => {
  if (typeof entry !== 'object' || entry === null) return undefined
  const result: unknown = Object.values(entry)[0]
  return typeof result === 'object' && result !== null ? result : undefined
}

const judgeItems = (items: readonly unknown[]): Outcome => {
  const tally: Tally = {
    created: 0,
    duplicates: 0,
    failureStore: 0,
    rejected: [],
    retry: [],
    held: [],
    retryReason: undefined,
    named: false,
  }
  for (const [position, entry] of items.entries()) {
    const result = resultOf(entry)
    if (!result || typeof result.status !== 'number' || result.status < 200) {
      return again(`an answer without a status for item ${position}`, false)
    }
    judgeItem(tally, position, result.status, result)
  }
  const { named: _, held, ...verdict } = tally
  return { kind: 'items', ...verdict, ...(held.length > 0 && { held }) }
}

const plain = (createdItems: number): Outcome => ({
  kind: 'items',
  created: createdItems,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
})

const judgeSuccess = (answer: Answer, documents: number): Outcome => {
  if (allCreated(answer.body, documents)) return plain(documents)
  const parsed = parse(answer.body) as BulkAnswer | null | undefined
  if (typeof parsed !== 'object' || parsed === null || typeof parsed.errors !== 'boolean') {
    const type = answer.header('content-type') ?? 'no content type'
    return again(
      `answered ${answer.status} with something that is no bulk answer (${type}, ${answer.body.length} bytes): is this Elasticsearch?`,
      false,
    )
  }
  const items = Array.isArray(parsed.items) ? (parsed.items as readonly unknown[]) : []
  // `errors: false` speaks for the request as a whole; some stand-ins apply filter_path more narrowly and leave the items out.
  if (items.length === 0 && parsed.errors === false) return plain(documents)
  if (items.length !== documents) {
    return again(`answered for ${items.length} of ${documents} items`, false)
  }
  return judgeItems(items)
}

/** "contains unrecognized parameters: [a], [b] -> did you mean …" (Elasticsearch and OpenSearch, RestRequest). */
const unknownParameters = (reason: string): string[] =>
  /unrecognized parameter/.test(reason)
    ? [...reason.replace(/^.*?unrecognized parameters?:|-> did you mean .*?\?/g, '').matchAll(/\[(\w+)\]/g)].map(
        (match) => match[1]!,
      )
    : []

const judgeRefusal = (answer: Answer, documents: number, nowMs: number): Verdict => {
  const { status } = answer
  const parsed = parse(answer.body) as { readonly error?: ServerError | string } | null | undefined
  const { type, reason } = errorOf(parsed?.error)
  const what = describe(status, type, reason)
  if (status === 413) {
    return { kind: 'split', reason: `${what}: larger than the server takes (${documents} documents)` }
  }
  if (status === 429 || status >= 500 || status === 408 || status === 425) {
    const fix = wholeFix(status, type, reason)
    const waitMs = retryAfterMs(answer.header('retry-after'), nowMs)
    return again(fix === undefined ? what : `${what}; ${fix}`, fix !== undefined, waitMs)
  }
  const names = unknownParameters(reason)
  if (status === 400 && names.length > 0) return { kind: 'unknown_parameters', names }
  if (status === 400) return { kind: 'doubtful', reason: what }
  const fix = wholeFix(status, type, reason)
  return again(fix === undefined ? what : `${what}; ${fix}`, true)
}

/** `nowMs` is the wall clock, for a Retry-After that is a date. */
export const judge = (answer: Answer, documents: number, nowMs: number): Verdict => {
  const success = answer.status >= 200 && answer.status < 300
  if (!success) return judgeRefusal(answer, documents, nowMs)
  if (answer.cut) return again(`the answer was cut off after ${answer.body.length} bytes`, false)
  return judgeSuccess(answer, documents)
}
