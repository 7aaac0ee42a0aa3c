import type { Range } from './ranges.ts'

/** Where a file's lines come from, for those who read the report. */
export interface Origin {
  readonly path: string | undefined
  readonly node: string | undefined
  readonly namespace: string | undefined
  readonly pod: string | undefined
  readonly container: string | undefined
}

/** Bytes of a file that a document stands for. */
export interface Stretch extends Range {
  readonly fingerprint: string
}

/** What one document of Picket's says of the files it was made of. */
export interface Evidence {
  /** The file that the record began in. */
  readonly fingerprint: string
  readonly offset: number
  /** The record's time, ms since the epoch; NaN where it cannot be read. */
  readonly ms: number
  readonly stretches: readonly Stretch[]
  /** Of a closing document. */
  readonly closing: Closing | undefined
  readonly origin: Origin
}

export interface Closing {
  readonly size: number
  readonly skipped: readonly Range[]
  readonly lost: readonly Range[]
  readonly cause: string
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (document: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), document)

const textAt = (document: unknown, ...path: readonly string[]): string | undefined => {
  const value = at(document, ...path)
  return typeof value === 'string' ? value : undefined
}

const STRETCH = /^(?:([\w-]{16}):)?(\d{1,15})\+(\d{1,15})$/

/** `o+n,o+n,<fingerprint>:o+n`; undefined where it is of another make. */
const stretchesOf = (text: string, fingerprint: string): Stretch[] | undefined => {
  const found = text.split(',').map((part) => STRETCH.exec(part))
  if (found.some((match) => match === null)) return undefined
  return found.map((match) => {
    const [, other, offset, length] = match as RegExpExecArray
    const from = Number(offset)
    return { fingerprint: other ?? fingerprint, from, to: from + Number(length) }
  })
}

const originOf = (document: Fields): Origin => ({
  path: textAt(document, 'log', 'file', 'path'),
  node: textAt(document, 'host', 'name'),
  namespace: textAt(document, 'kubernetes', 'namespace'),
  pod: textAt(document, 'kubernetes', 'pod', 'name'),
  container: textAt(document, 'kubernetes', 'container', 'name'),
})

const closingOf = (document: Fields, fingerprint: string, size: number): Closing | undefined => {
  const flags = at(document, 'log', 'flags')
  if (!(Array.isArray(flags) ? flags : [flags]).includes('closed')) return undefined
  const ranges = (field: string): readonly Range[] =>
    stretchesOf(textAt(document, 'log', field) ?? '', fingerprint) ?? []
  const cause = textAt(document, 'event', 'reason') ?? 'unknown'
  return { size, skipped: ranges('skipped'), lost: ranges('lost'), cause }
}

/** undefined: not a document of a log file, or none of Picket's. */
export const evidenceOf = (document: unknown): Evidence | undefined => {
  if (!isFields(document)) return undefined
  const fingerprint = textAt(document, 'log', 'file', 'fingerprint')
  const [offset, length] = [at(document, 'log', 'offset'), at(document, 'log', 'length')]
  if (fingerprint === undefined || !Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return undefined
  const from = offset as number
  const whole = [{ fingerprint, from, to: from + (length as number) }]
  const spans = textAt(document, 'log', 'spans')
  return {
    fingerprint,
    offset: from,
    ms: Date.parse(String(document['@timestamp'])),
    stretches: (spans === undefined ? undefined : stretchesOf(spans, fingerprint)) ?? whole,
    closing: closingOf(document, fingerprint, from),
    origin: originOf(document),
  }
}
