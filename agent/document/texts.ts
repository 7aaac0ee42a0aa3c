import type { DocumentTexts, Facts, TailedFile } from '../event.ts'
import { sanitizeDataStreamPart } from './data-stream-name.ts'
import { expandDots, type Fields, isFields, mergeFields } from './merge-fields.ts'
import { RESERVED, RESERVED_LOG } from './reserved-fields.ts'

/** What one output (and the file's source) says of documents. */
export interface DocumentOptions {
  /** data_stream.dataset where the pod does not ask for another: kubernetes.container_logs, or the source's. */
  readonly dataset: string
  /** data_stream.namespace where the pod does not ask for another. */
  readonly namespace: string
  /** A plain index (or alias) that takes every document, instead of data streams. */
  readonly plainIndex: string | undefined
  /** The index in the path of the output's requests; documents for another one carry `_index`. undefined: all carry it. */
  readonly requestIndex: string | undefined
  /** true: `_id` is made of the file's fingerprint and the record's offset; false: Elasticsearch makes it. */
  readonly idempotent: boolean
  /** Fields of every document, nested or dotted. They win over facts; null takes a field out. Reserved ones are passed over. */
  readonly staticFields: Readonly<Fields>
  /** Whether a container's documents carry log.file.path; a plain file's do unless it is false. */
  readonly filePath: 'auto' | boolean
  readonly hostName: string
  readonly clusterName: string | undefined
}

export type DescribedFile = Pick<TailedFile, 'origin' | 'tag' | 'path' | 'fingerprint'>

const utf8 = new TextEncoder()

interface Target {
  readonly index: string
  /** undefined where a plain index takes the documents. */
  readonly dataStream: { readonly type: 'logs'; readonly dataset: string; readonly namespace: string } | undefined
  readonly dataset: string
}

const wished = (wish: string | undefined, own: string): string =>
  (wish === undefined ? undefined : sanitizeDataStreamPart(wish)) ?? own

const targetOf = (facts: Facts, options: DocumentOptions): Target => {
  const dataset = wished(facts.dataset, options.dataset)
  if (options.plainIndex !== undefined) return { index: options.plainIndex, dataStream: undefined, dataset }
  const namespace = wished(facts.namespace, options.namespace)
  return { index: `logs-${dataset}-${namespace}`, dataStream: { type: 'logs', dataset, namespace }, dataset }
}

const without = (fields: Fields, keys: readonly string[]): Fields => {
  const rest: Fields = Object.assign(Object.create(null), fields)
  for (const key of keys) delete rest[key]
  return rest
}

const commonFields = (file: DescribedFile, target: Target, options: DocumentOptions): Fields => ({
  // The dataset is searched as data_stream.dataset; event.dataset says it again, so only where there is no data stream.
  ...(target.dataStream ? { data_stream: target.dataStream } : { event: { dataset: target.dataset } }),
  host: { name: options.hostName },
  ...(options.clusterName === undefined ? {} : { orchestrator: { cluster: { name: options.clusterName } } }),
  ...(file.origin.kind === 'plain' ? { tags: [file.tag] } : {}),
})

/** The members of an object, as JSON with a leading comma: `,"a":1,"b":2`, or nothing. */
const members = (fields: Fields): string => {
  const json = JSON.stringify(fields)
  return json === '{}' ? '' : `,${json.slice(1, -1)}`
}

/**
 * Encoders find the fingerprint of a text by its bytes, to put another in its place. Nothing else may look like it, whatever a
 * file's name or a label holds: a further occurrence gets one character as an escape. The ninth, because the first
 * five may be the end of an escape that JSON.stringify wrote.
 */
const hideFingerprint = (json: string, fingerprint: string): string => {
  if (fingerprint.length < 9) return json
  const hidden = `\\u00${fingerprint.charCodeAt(8).toString(16).padStart(2, '0')}`
  return json.replaceAll(fingerprint, fingerprint.slice(0, 8) + hidden + fingerprint.slice(9))
}

const actionLine = (
  file: DescribedFile,
  target: Target,
  options: DocumentOptions,
  idMark: string,
): { head: string; afterId: string } => {
  const index = target.index === options.requestIndex ? '' : `"_index":${JSON.stringify(target.index)}`
  const document = '{"@timestamp":"'
  if (!options.idempotent) return { head: `{"create":{${index}}}\n${document}`, afterId: '' }
  return {
    head: `{"create":{${index}${index === '' ? '' : ','}"_id":"${file.fingerprint}-${idMark}`,
    afterId: `"}}\n${document}`,
  }
}

/** What a closing document has that others have not: fields of its own, a mark in its `_id`, the bytes that are in no document. */
export interface ClosingTexts {
  readonly fields: Readonly<Fields>
  readonly idMark: string
  readonly log: Readonly<Record<string, string>>
}

/** The constant bytes around a file's documents; the layout is drawn at DocumentTexts, the fields in docs/documents.md. */
export const documentTexts = (
  file: DescribedFile,
  facts: Facts,
  options: DocumentOptions,
  closing?: ClosingTexts,
): DocumentTexts => {
  const target = targetOf(facts, options)
  const fixed = expandDots(options.staticFields)
  const fixedLog = isFields(fixed.log) ? mergeFields({}, without(fixed.log, RESERVED_LOG)) : {}
  const found = without(mergeFields(commonFields(file, target, options), without(facts.fields, RESERVED)), ['log'])
  const open = mergeFields(mergeFields(found, without(fixed, [...RESERVED, 'log'])), closing?.fields ?? {})
  const withPath = options.filePath === 'auto' ? file.origin.kind === 'plain' : options.filePath
  const path = withPath ? `"path":${hideFingerprint(JSON.stringify(file.path), file.fingerprint)},` : ''
  const before = hideFingerprint(`${members(open)},"log":{${members(fixedLog).slice(1)}`, file.fingerprint)
  const comma = before.endsWith('{') ? '' : ','
  const log = `${comma}"file":{${path}"fingerprint":"${file.fingerprint}"}${members(closing?.log ?? {})},"offset":`
  const stream = (name: string): Uint8Array => utf8.encode(`"${name}${before}${log}`)
  const action = actionLine(file, target, options, closing?.idMark ?? '')
  return {
    head: utf8.encode(action.head),
    idOffset: options.idempotent,
    afterId: utf8.encode(action.afterId),
    stdout: stream(',"stream":"stdout"'),
    stderr: stream(',"stream":"stderr"'),
    none: stream(''),
    stream: target.index,
  }
}
