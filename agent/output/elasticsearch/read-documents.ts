import type { Clock } from '../../../lib/io/clock.ts'
import { type Client, createClient, type Reply } from './client.ts'
import type { ElasticsearchOptions } from './options.ts'

/** Which documents are read; undefined and empty: all. */
export interface Wanted {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  /** Fields and the patterns (`*`, `?`) of which a value must have one. */
  readonly patterns: Readonly<Record<string, readonly string[]>>
}

/** Reading has failed; the message says what the server said. */
export class ReadError extends Error {
  override readonly name = 'ReadError'
}

export interface DocumentReader {
  /** The log documents of every file, file by file, in the order of their offsets, as of one moment. Throws ReadError. */
  documents(wanted: Wanted, signal: AbortSignal): AsyncGenerator<unknown>
  /** Whether backing indices of a data stream are gone (a lifecycle, a hand): its oldest documents went with them. */
  dropped(signal: AbortSignal): Promise<boolean>
  close(): void
}

const PAGE = 2000
const KEEP_ALIVE = '5m'
/** What the audit reads; the message, nine tenths of a document, stays where it is. */
const SOURCE = [
  '@timestamp',
  'log.file',
  'log.offset',
  'log.length',
  'log.spans',
  'log.flags',
  'log.lost',
  'log.skipped',
  'event.reason',
  'host.name',
  'kubernetes.namespace',
  'kubernetes.pod.name',
  'kubernetes.container.name',
]

interface Page {
  readonly pit_id?: string
  readonly hits?: { readonly hits?: readonly { readonly _source?: unknown; readonly sort?: readonly unknown[] }[] }
  readonly _shards?: { readonly failed?: number }
  readonly timed_out?: boolean
}

const reasonOf = (body: unknown): string => {
  const { error } = (body ?? {}) as { readonly error?: { readonly reason?: string; readonly type?: string } | string }
  return typeof error === 'string' ? error : [error?.type, error?.reason].filter(Boolean).join(': ')
}

const bodyOf = (
  reply: Reply,
): { readonly status: number; readonly header: (name: string) => string | undefined; readonly body: unknown } => {
  if (reply.kind !== 'answer') throw new ReadError(reply.reason)
  const { status, cut, header } = reply.answer
  if (cut) throw new ReadError('the answer was cut')
  try {
    return { status, header, body: JSON.parse(reply.answer.body.toString('utf8')) }
  } catch {
    throw new ReadError(`HTTP ${status}, and no JSON: is this Elasticsearch?`)
  }
}

const filtersOf = ({ sinceMs, untilMs, patterns }: Wanted): unknown[] => {
  const bounds = { ...(sinceMs !== undefined && { gte: sinceMs }), ...(untilMs !== undefined && { lt: untilMs }) }
  const isBounded = sinceMs !== undefined || untilMs !== undefined
  const one = (field: string, value: string) => ({ wildcard: { [field]: { value, case_insensitive: true } } })
  return [
    { exists: { field: 'log.file.fingerprint' } },
    ...(isBounded ? [{ range: { '@timestamp': { ...bounds, format: 'epoch_millis' } } }] : []),
    ...Object.entries(patterns)
      .filter(([, values]) => values.length > 0)
      .map(([field, values]) => ({ bool: { should: values.map((v) => one(field, v)), minimum_should_match: 1 } })),
  ]
}

/** `indices`: data streams, indices or patterns, with commas between them. */
export const createDocumentReader = (options: ElasticsearchOptions, indices: string, clock: Clock): DocumentReader => {
  const client: Client = createClient(options, clock)
  const target = indices.split(',').map(encodeURIComponent).join(',')

  const ask = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    query: string,
    body: unknown,
    signal: AbortSignal,
  ) => {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const request = { method, path, query, body: bytes, contentType: 'application/json', encoding: 'identity' } as const
    return bodyOf(await client.request(request, signal))
  }
  const must = async (...args: Parameters<typeof ask>) => {
    const answer = await ask(...args)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw new ReadError(`HTTP ${answer.status} ${reasonOf(answer.body)}`)
  }

  /** Of either product, told by the header that only one of them sends; `tie`: what orders documents of one place. */
  const openPointInTime = async (signal: AbortSignal) => {
    const query = `keep_alive=${KEEP_ALIVE}&ignore_unavailable=true`
    const first = await ask('POST', `/${target}/_pit`, query, undefined, signal)
    if (first.header('x-elastic-product') === 'Elasticsearch') {
      if (first.status !== 200) throw new ReadError(`HTTP ${first.status} ${reasonOf(first.body)}`)
      const { id } = first.body as { readonly id: string }
      const close = (last: string) => ask('DELETE', '/_pit', '', { id: last }, signal)
      return { id, tie: '_shard_doc', close }
    }
    const path = `/${target}/_search/point_in_time`
    const { body } = await must('POST', path, `keep_alive=${KEEP_ALIVE}`, undefined, signal)
    const close = (last: string) => ask('DELETE', '/_search/point_in_time', '', { pit_id: [last] }, signal)
    return { id: (body as { readonly pit_id: string }).pit_id, tie: '_id', close }
  }

  /** Dynamic mappings of plain indices make a text of it, with a keyword below. */
  const fingerprintField = async (signal: AbortSignal): Promise<string> => {
    const fields = 'fields=log.file.fingerprint,log.file.fingerprint.keyword&ignore_unavailable=true'
    const { status, body } = await ask('GET', `/${target}/_field_caps`, fields, undefined, signal)
    const known = (body as { readonly fields?: Readonly<Record<string, object>> }).fields ?? {}
    const isText = status === 200 && 'text' in (known['log.file.fingerprint'] ?? {})
    return isText && known['log.file.fingerprint.keyword'] ? 'log.file.fingerprint.keyword' : 'log.file.fingerprint'
  }

  async function* documents(wanted: Wanted, signal: AbortSignal): AsyncGenerator<unknown> {
    // What was taken a moment ago is to be found; where the key may not ask for it, it comes within the refresh interval.
    await ask('POST', `/${target}/_refresh`, 'ignore_unavailable=true', undefined, signal)
    const field = await fingerprintField(signal)
    const point = await openPointInTime(signal)
    let { id } = point
    try {
      for (let after: readonly unknown[] | undefined, more = true; more; ) {
        const sort = [
          { [field]: { order: 'asc', unmapped_type: 'keyword' } },
          { 'log.offset': { order: 'asc', unmapped_type: 'long' } },
          { [point.tie]: 'asc' },
        ]
        const query = { bool: { filter: filtersOf(wanted) } }
        const search = {
          size: PAGE,
          track_total_hits: false,
          pit: { id, keep_alive: KEEP_ALIVE },
          sort,
          query,
          _source: SOURCE,
        }
        const page = (await must('POST', '/_search', '', { ...search, search_after: after }, signal)).body as Page
        if ((page._shards?.failed ?? 0) > 0 || page.timed_out) throw new ReadError('not every shard has answered')
        const hits = page.hits?.hits ?? []
        for (const hit of hits) yield hit._source
        after = hits.at(-1)?.sort
        id = page.pit_id ?? id
        more = hits.length === PAGE
      }
    } finally {
      // It would end by itself; what it costs the server until then is no reason to fail.
      await point.close(id).catch(() => {})
    }
  }

  const dropped = async (signal: AbortSignal): Promise<boolean> => {
    const { status, body } = await ask('GET', `/_data_stream/${target}`, '', undefined, signal)
    if (status !== 200) return false
    const { data_streams: streams = [] } = body as {
      readonly data_streams?: readonly { readonly generation: number; readonly indices: readonly unknown[] }[]
    }
    return streams.some(({ generation, indices: left }) => left.length < generation)
  }

  return { documents, dropped, close: () => client.close() }
}
