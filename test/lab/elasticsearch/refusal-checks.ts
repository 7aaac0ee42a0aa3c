import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BulkBody, Outcome } from '../../../agent/event.ts'
import { eventually } from '../../support/eventually.ts'
import { discover } from './discover.ts'
import { items, labOutput } from './lab-output.ts'
import type { RunningServer } from './start.ts'
import { wireLog } from './wire-documents.ts'

const signal = new AbortController().signal

/** `body` with a text put for another in one document. */
const spoiled = (body: BulkBody, from: string, to: string): BulkBody => {
  const bytes = Buffer.from(Buffer.from(body.bytes).toString().replace(from, to))
  return { ...body, bytes, plainBytes: bytes.length }
}

const rejectedOf = (outcome: Outcome) =>
  outcome.kind === 'items' ? outcome.rejected.map(({ item, status }) => ({ item, status })) : outcome
const retryOf = (outcome: Outcome) =>
  outcome.kind === 'items' ? { retry: outcome.retry.length, reason: outcome.retryReason ?? '' } : outcome
const count = (outcome: Outcome): number => (outcome.kind === 'items' ? outcome.created : -1)

export const refusalChecks = async (context: TestContext, server: RunningServer): Promise<void> => {
  const log = wireLog('refusals')
  const output = labOutput(server, log.stream)
  context.after(() => output.close())
  await output.send(log.body(0, 10), signal)

  await context.test('a document that does not fit the mapping is rejected alone', async () => {
    const body = spoiled(log.body(100, 3), '"host":{"name":"node-1"}', '"host":"node-1"')
    const outcome = await output.send(body, signal)
    assert.deepEqual([count(outcome), rejectedOf(outcome)], [2, [{ item: 0, status: 400 }]])
    const reason = outcome.kind === 'items' ? outcome.rejected[0]!.reason : ''
    assert.ok(!reason.includes('web-7d4b9c'), `the reason does not quote the document: ${reason}`)
  })

  await context.test('a document line that is no JSON is rejected alone', async () => {
    const outcome = await output.send(spoiled(log.body(200, 3), '"stream":"stdout"', '"stream":stdout'), signal)
    assert.deepEqual([count(outcome), rejectedOf(outcome)], [2, [{ item: 0, status: 400 }]])
  })

  await context.test('an action line that the server cannot read makes it a matter of halves', async () => {
    const outcome = await output.send(spoiled(log.body(300, 3), '{"create":', '{"crate":'), signal)
    assert.deepEqual(
      [outcome.kind, outcome.kind === 'split' && outcome.reason.startsWith('400 ')],
      ['split', true],
      JSON.stringify(outcome),
    )
  })

  await context.test('so it does for a plain index', async () => {
    const plain = labOutput(server, 'unused', { target: { kind: 'index', name: 'halved' } })
    const outcome = await plain.send(spoiled(log.body(300, 3), '{"create":', '{"crate":'), signal)
    await plain.close()
    assert.equal(outcome.kind, 'split', JSON.stringify(outcome))
  })

  await context.test('a request that is too large is a matter of halves', async () => {
    const large = spoiled(log.body(400, 2), 'timeout', 'x'.repeat(5_000_000))
    // Elasticsearch 9 sometimes closes the connection before the answer can be read: the next try gets it.
    await eventually('the server says that it is too large', async () => {
      const outcome = await output.send(large, signal)
      return outcome.kind === 'split' || Promise.reject(new Error(JSON.stringify(outcome)))
    })
  })

  await context.test('an index that is full (read_only_allow_delete) holds until the block is lifted', async () => {
    const block = (value: boolean | null) =>
      server.ask('PUT', `/${log.stream}/_settings`, { 'index.blocks.read_only_allow_delete': value })
    await block(true)
    const held = retryOf(await output.send(log.body(500, 10), signal))
    await block(null)
    assert.ok('retry' in held)
    assert.deepEqual(
      [held.retry, /cluster_block_exception.*disk is nearly full/.test(held.reason)],
      [10, true],
      held.reason,
    )
    assert.deepEqual(await output.send(log.body(500, 10), signal), items({ created: 10 }))
  })

  await context.test('a write block (403) holds until it is lifted', async () => {
    const block = (value: boolean | null) =>
      server.ask('PUT', `/${log.stream}/_settings`, { 'index.blocks.write': value })
    await block(true)
    const held = retryOf(await output.send(log.body(600, 10), signal))
    await block(null)
    assert.ok('retry' in held)
    assert.deepEqual([held.retry, /^403 cluster_block_exception.*remove the block/.test(held.reason)], [10, true])
    assert.deepEqual(await output.send(log.body(600, 10), signal), items({ created: 10 }))
  })

  await context.test('a cluster that is read-only holds the whole request', async () => {
    const block = (value: boolean | null) =>
      server.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.blocks.read_only': value } })
    await block(true)
    const held = await output.send(log.body(700, 10), signal)
    await block(null)
    assert.deepEqual(
      [held.kind, held.kind === 'again' && held.hold && /remove the block/.test(held.reason)],
      ['again', true],
      JSON.stringify(held),
    )
    assert.deepEqual(await output.send(log.body(700, 10), signal), items({ created: 10 }))
  })

  await context.test('a pipeline that does not exist holds', async () => {
    const piped = labOutput(server, log.stream, { pipeline: 'not-there' })
    const held = retryOf(await piped.send(log.body(800, 5), signal))
    await piped.close()
    assert.ok('retry' in held, JSON.stringify(held))
    assert.deepEqual([held.retry, /create the ingest pipeline/.test(held.reason)], [5, true])
  })

  // OpenSearch 3.6 makes the data stream all the same.
  const limited = server.product === 'elasticsearch'
  if (limited)
    await context.test('a cluster without room for another shard holds', async () => {
      const limit = (value: number | null) =>
        server.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': value } })
      const crowded = wireLog('crowded')
      const other = labOutput(server, crowded.stream)
      await limit(1)
      const held = retryOf(await other.send(crowded.body(0, 5), signal))
      await limit(null)
      assert.ok('retry' in held, JSON.stringify(held))
      assert.deepEqual([held.retry, /shard limit/.test(held.reason)], [5, true], held.reason)
      assert.deepEqual(await other.send(crowded.body(0, 5), signal), items({ created: 5 }))
      await other.close()
    })

  await context.test('without a template nothing becomes a plain index unnoticed', async () => {
    const name = 'other-kubernetes.container_logs-refusals'
    const other = labOutput(server, name, { manageTemplate: 'never' })
    const outcome = retryOf(await other.send(log.body(900, 5), signal))
    await other.close()
    if (server.product === 'opensearch') {
      // It has no require_data_stream: documented, and why a template is installed there.
      assert.deepEqual(outcome, { retry: 0, reason: '' })
      return
    }
    assert.ok('retry' in outcome, JSON.stringify(outcome))
    assert.deepEqual([outcome.retry, /no index template/.test(outcome.reason)], [5, true], outcome.reason)
  })

  await context.test('a plain index takes documents, with the same identity', async () => {
    const plain = labOutput(server, 'unused', { target: { kind: 'index', name: 'plain-logs' } })
    assert.deepEqual(
      [await plain.send(log.body(0, 10), signal), await plain.send(log.body(0, 10), signal)],
      [items({ created: 10 }), items({ duplicates: 10 })],
    )
    await server.ask('POST', '/plain-logs/_refresh')
    assert.equal((await discover(server, 'plain-logs', '*', 0)).total, 10)
    await plain.close()
  })

  await context.test('a closed index holds until it is opened', async () => {
    const plain = labOutput(server, 'unused', { target: { kind: 'index', name: 'plain-logs' } })
    await server.ask('POST', '/plain-logs/_close')
    const held = retryOf(await plain.send(log.body(10, 5), signal))
    await server.ask('POST', '/plain-logs/_open?wait_for_active_shards=1')
    assert.ok('retry' in held, JSON.stringify(held))
    assert.deepEqual([held.retry, /index_closed_exception.*open it/.test(held.reason)], [5, true], held.reason)
    assert.deepEqual(await plain.send(log.body(10, 5), signal), items({ created: 5 }))
    await plain.close()
  })

  await context.test('an address that is no Elasticsearch root holds', async () => {
    const astray = labOutput(server, log.stream, { hosts: [`${server.url}/prefix`], manageTemplate: 'never' })
    const held = await astray.send(log.body(1000, 1), signal)
    await astray.close()
    assert.ok(held.kind === 'again' && held.hold, JSON.stringify(held))
  })
}
