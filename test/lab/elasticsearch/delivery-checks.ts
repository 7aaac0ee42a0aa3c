import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import zlib from 'node:zlib'
import type { BulkBody, Outcome } from '../../../agent/event.ts'
import { filterPath } from '../../../agent/output/elasticsearch/output.ts'
import { allCreated } from '../../../agent/output/elasticsearch/verdict.ts'
import { eventually } from '../../support/eventually.ts'
import { discover } from './discover.ts'
import { items, labOutput } from './lab-output.ts'
import type { RunningServer } from './start.ts'
import { messageOf, wireLog } from './wire-documents.ts'

const signal = new AbortController().signal
const total = 3000

const numbered = (n: number): Record<string, unknown> => ({ offset: n * 100, message: messageOf(n) })

const foundIn = (hits: readonly { _source: Readonly<Record<string, unknown>> }[]) =>
  hits.map(({ _source: source }) => ({
    offset: (source.log as { offset: number }).offset,
    message: source.message,
  }))

const gzipped = (body: BulkBody): BulkBody => ({ ...body, bytes: zlib.gzipSync(body.bytes), encoding: 'gzip' })

const range = (length: number): number[] => Array.from({ length }, (_, n) => n)

/** Sends until every item has its verdict, as the queue does; returns what came on the way. */
export const deliver = async (
  output: { send(body: BulkBody, signal: AbortSignal): Promise<Outcome> },
  body: BulkBody,
): Promise<{ readonly created: number; readonly duplicates: number }> =>
  eventually(
    'the body has its verdict',
    async () => {
      const outcome = await output.send(body, signal)
      if (outcome.kind !== 'items') throw new Error(outcome.reason)
      if (outcome.retry.length > 0) throw new Error(outcome.retryReason)
      return { created: outcome.created, duplicates: outcome.duplicates }
    },
    120_000,
  )

export const deliveryChecks = async (context: TestContext, server: RunningServer): Promise<void> => {
  const log = wireLog('delivery')

  await context.test('the template is installed where none matches, and kept afterwards', async () => {
    const first = labOutput(server, log.stream)
    assert.equal((await first.installTemplate(signal)).words, `index template: installed picket-logs for ${log.stream}`)
    const second = labOutput(server, log.stream)
    assert.equal((await second.installTemplate(signal)).words, `index template: picket-logs is used for ${log.stream}`)
    await first.close()
    await second.close()
  })

  await context.test(`${total} documents, plain and compressed: created, then all duplicates`, async () => {
    const plain = labOutput(server, log.stream)
    const fast = labOutput(server, log.stream, { compression: 'fast' })
    const six = labOutput(server, log.stream, { compression: 6 })
    assert.deepEqual(
      [
        await plain.send(log.body(0, 1000), signal),
        await fast.send(gzipped(log.body(1000, 1000)), signal),
        await six.send(log.body(2000, 1000), signal),
        await plain.send(gzipped(log.body(500, 1000)), signal),
        await fast.send(log.body(0, total), signal),
      ],
      [
        items({ created: 1000 }),
        items({ created: 1000 }),
        items({ created: 1000 }),
        items({ duplicates: 1000 }),
        items({ duplicates: total }),
      ],
    )
    for (const output of [plain, fast, six]) await output.close()
  })

  await context.test('the answer is, byte for byte, what the short way of reading it knows', async () => {
    const body = wireLog('answer').body(0, 500)
    const path = `/${wireLog('answer').stream}/_bulk?${filterPath}`
    const { text } = await server.call('POST', path, Buffer.from(body.bytes).toString())
    assert.ok(allCreated(Buffer.from(text), 500), text.slice(0, 200))
  })

  await context.test('a data stream was made, and every line is found, in the order of the log', async () => {
    await server.ask('POST', `/${log.stream}/_refresh`)
    const found = await discover(server, log.stream, '*', total)
    assert.deepEqual([found.total, foundIn(found.hits)], [total, range(total).map(numbered)])
    const resolved = await server.ask<{ data_streams: readonly { name: string }[] }>(
      'GET',
      `/_resolve/index/${log.stream}`,
    )
    assert.deepEqual(
      resolved.data_streams.map(({ name }) => name),
      [log.stream],
    )
  })

  await context.test('queries of the Discover bar: words of the message, fields of the pod', async () => {
    const errors = range(total).filter((n) => n % 3 !== 0)
    const queries = [
      ['message:timeout AND kubernetes.namespace:shop', errors.length],
      ['message:"timeout number 17"', 0],
      ['message:"timeout number 16"', 1],
      ['kubernetes.pod.name:web-* AND stream:stdout', total],
      ['kubernetes.pod.ip:"10.0.0.0/8" AND host.name:node\\-1', total],
      ['kubernetes.labels.app:web AND service.name:web AND log.offset:[0 TO 999]', 10],
      ['data_stream.dataset:kubernetes.container_logs AND orchestrator.cluster.name:lab', total],
      [`log.file.fingerprint:${log.fingerprint}`, total],
      ['kubernetes.container.name:other', 0],
    ] as const
    const found: unknown[] = []
    for (const [query] of queries) found.push([query, (await discover(server, log.stream, query, 0)).total])
    // 17 is no multiple of 3 either: it is an error line.
    assert.deepEqual(
      found,
      queries.map(([query, count]) => [query, query.includes('"timeout number 17"') ? 1 : count]),
    )
  })

  await context.test('labels that would clash as fields, and more of them than the field limit allows', async () => {
    const hostile: Record<string, string> = { app: 'x', 'app.kubernetes.io/name': 'y', location: 'here', end: 'never' }
    for (const n of range(1500)) hostile[`label-${n}`] = 'v'
    const other = wireLog('labels', 'hostile-pod', hostile)
    const output = labOutput(server, other.stream)
    assert.deepEqual(await output.send(other.body(0, 5), signal), items({ created: 5 }))
    await server.ask('POST', `/${other.stream}/_refresh`)
    assert.equal((await discover(server, other.stream, 'kubernetes.labels.label-1499:v', 0)).total, 5)
    await output.close()
  })

  await context.test('a rollover between a try and its retry: that body is there twice, nothing else is', async () => {
    const rolled = wireLog('rollover')
    const output = labOutput(server, rolled.stream)
    assert.deepEqual(await output.send(rolled.body(0, 200), signal), items({ created: 200 }))
    await server.ask('POST', `/${rolled.stream}/_rollover`)
    // As after an answer that was lost: what the older backing index has is not known to the new one.
    assert.deepEqual(
      [
        await output.send(rolled.body(100, 100), signal),
        await output.send(rolled.body(100, 200), signal),
        await output.send(rolled.body(200, 100), signal),
      ],
      [items({ created: 100 }), items({ created: 100, duplicates: 100 }), items({ duplicates: 100 })],
    )
    await server.ask('POST', `/${rolled.stream}/_refresh`)
    const found = await discover(server, rolled.stream, '*', 1000)
    const expected = range(300).flatMap((n) => (n >= 100 && n < 200 ? [numbered(n), numbered(n)] : [numbered(n)]))
    assert.deepEqual([found.total, foundIn(found.hits)], [400, expected])
    assert.equal(new Set(found.hits.map(({ _id: id }) => id)).size, 300, 'the two of a kind have the same _id')
    await output.close()
  })

  await context.test(
    'the server is killed and started again in the middle: nothing lost, nothing doubled',
    async () => {
      const restarted = wireLog('restart')
      const output = labOutput(server, restarted.stream)
      const bodies = range(30).map((n) => restarted.body(n * 100, 100))
      await deliver(output, bodies[0]!)
      const restarting = server.kill().then(() => server.start())
      let created = 0
      for (const body of bodies.slice(1)) created += (await deliver(output, body)).created
      await restarting
      await server.ask('POST', `/${restarted.stream}/_refresh`)
      const found = await discover(server, restarted.stream, '*', 3000)
      assert.deepEqual([found.total, foundIn(found.hits)], [3000, range(3000).map(numbered)])
      assert.ok(created <= 2900)
      await output.close()
    },
  )

  await context.test('a server that hangs runs into the time-out; what it took meanwhile are duplicates', async () => {
    const hung = wireLog('hung')
    const output = labOutput(server, hung.stream, { requestTimeoutMs: 2_000 })
    await deliver(output, hung.body(0, 1))
    server.freeze()
    const outcome = await output.send(hung.body(1, 100), signal)
    server.thaw()
    assert.deepEqual(outcome, {
      kind: 'again',
      reason: 'no answer within 2000 ms',
      retryAfterMs: undefined,
      hold: false,
    })
    const { created, duplicates } = await deliver(output, hung.body(1, 100))
    assert.equal(created + duplicates, 100)
    await server.ask('POST', `/${hung.stream}/_refresh`)
    assert.equal((await discover(server, hung.stream, '*', 0)).total, 101)
    await output.close()
  })
}
