import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createDocumentReader, ReadError, type Wanted } from '../../../../agent/output/elasticsearch/read-documents.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { baseOptions } from './base-options.ts'
import { json, type Responder, type Seen, startFakeServer } from './fake-server.ts'

/** A server with so many documents, which it gives out page by page as either product does. */

const signal = new AbortController().signal
const everything: Wanted = { sinceMs: undefined, untilMs: undefined, patterns: {} }
const elastic = { 'x-elastic-product': 'Elasticsearch' }

const pageOf =
  (documents: number): Responder =>
  (seen, ...rest) => {
    const { size, search_after: after } = JSON.parse(seen.body) as { size: number; search_after?: [number] }
    const from = after ? after[0] + 1 : 0
    const count = Math.max(0, Math.min(size, documents - from))
    const hits = Array.from({ length: count }, (_, i) => ({ _source: { n: from + i }, sort: [from + i] }))
    json(200, { pit_id: `pit-${from}`, _shards: { failed: 0 }, hits: { hits } })(seen, ...rest)
  }

const serverWith =
  (documents: number, product: 'elasticsearch' | 'opensearch'): Responder =>
  (seen, ...rest) => {
    const own = product === 'elasticsearch'
    const answer = (status: number, body: unknown): void => json(status, body, own ? elastic : {})(seen, ...rest)
    if (seen.path.endsWith('/_field_caps')) answer(200, { fields: { 'log.file.fingerprint': { keyword: {} } } })
    else if (seen.path.endsWith('/_pit') && seen.method === 'POST') answer(own ? 200 : 400, own ? { id: 'first' } : {})
    else if (seen.path.endsWith('/_search/point_in_time') && seen.method === 'POST') answer(200, { pit_id: 'first' })
    else if (seen.path === '/_search') pageOf(documents)(seen, ...rest)
    else answer(200, {})
  }

const setUp = async (context: TestContext, answer: Responder) => {
  const server = await startFakeServer()
  server.other = answer
  const reader = createDocumentReader(baseOptions([server.url]), 'logs-*-*', realClock)
  context.after(async () => {
    reader.close()
    await server.close()
  })
  return { server, reader }
}

const calls = (seen: readonly Seen[]): string[] =>
  seen.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)
const all = (documents: AsyncGenerator<unknown>): Promise<unknown[]> => Array.fromAsync(documents)

for (const [product, tie, close] of [
  ['elasticsearch', '_shard_doc', 'DELETE /_pit'],
  ['opensearch', '_id', 'DELETE /_search/point_in_time'],
] as const)
  test(`${product}: every page of one point in time, which is closed behind the last`, async (t) => {
    const { server, reader } = await setUp(t, serverWith(4500, product))
    const found = await all(reader.documents(everything, signal))
    assert.deepEqual(
      found,
      Array.from({ length: 4500 }, (_, n) => ({ n })),
    )
    const searches = server.seen.filter(({ path }) => path === '/_search').map(({ body }) => JSON.parse(body))
    assert.deepEqual(
      searches.map(({ search_after: after, pit }) => [after, pit.id]),
      [
        [undefined, 'first'],
        [[1999], 'pit-0'],
        [[3999], 'pit-2000'],
      ],
    )
    assert.deepEqual(searches[0].sort, [
      { 'log.file.fingerprint': { order: 'asc', unmapped_type: 'keyword' } },
      { 'log.offset': { order: 'asc', unmapped_type: 'long' } },
      { [tie]: 'asc' },
    ])
    assert.equal(calls(server.seen)[0], 'POST /logs-*-*/_refresh')
    assert.equal(calls(server.seen).at(-1), close)
    assert.match(server.seen.at(-1)!.body, /"pit-4000"/)
  })

test('a period and patterns become filters', async (t) => {
  const { server, reader } = await setUp(t, serverWith(0, 'elasticsearch'))
  const patterns = { 'kubernetes.namespace': ['shop', 'pay*'], 'kubernetes.pod.name': [] }
  assert.deepEqual(await all(reader.documents({ sinceMs: 5, untilMs: 9, patterns }, signal)), [])
  const search = server.seen.find(({ path }) => path === '/_search')!
  const wildcard = (value: string) => ({
    wildcard: { 'kubernetes.namespace': { value, case_insensitive: true } },
  })
  assert.deepEqual(JSON.parse(search.body).query.bool.filter, [
    { exists: { field: 'log.file.fingerprint' } },
    { range: { '@timestamp': { gte: 5, lt: 9, format: 'epoch_millis' } } },
    { bool: { should: [wildcard('shop'), wildcard('pay*')], minimum_should_match: 1 } },
  ])
})

const refusal = { error: { type: 'security_exception', reason: 'action is unauthorized' } }
test('what the server refuses is said in its words, and a shard that does not answer is no empty one', async (t) => {
  const { server, reader } = await setUp(t, json(403, refusal, elastic))
  const reading = (): Promise<unknown[]> => all(reader.documents(everything, signal))
  await assert.rejects(reading, new ReadError('HTTP 403 security_exception: action is unauthorized'))
  const whole = serverWith(10, 'elasticsearch')
  server.other = (seen, ...rest) =>
    seen.path === '/_search'
      ? json(200, { _shards: { failed: 1 }, hits: { hits: [] } })(seen, ...rest)
      : whole(seen, ...rest)
  await assert.rejects(reading, new ReadError('not every shard has answered'))
  assert.equal(calls(server.seen).at(-1), 'DELETE /_pit')
})

test('a data stream with fewer backing indices than it has had has dropped documents', async (t) => {
  const streams = (generation: number) => ({ data_streams: [{ generation, indices: [{}, {}] }] })
  const { server, reader } = await setUp(t, json(200, streams(2)))
  assert.equal(await reader.dropped(signal), false)
  server.other = json(200, streams(3))
  assert.equal(await reader.dropped(signal), true)
  server.other = json(404, {})
  assert.equal(await reader.dropped(signal), false)
})
