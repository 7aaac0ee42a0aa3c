import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { backoffMs } from '../../../lib/kube/backoff.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { listWatch } from '../../../lib/kube/list-watch.ts'
import type { ListWatchTuning } from '../../../lib/kube/tuning.ts'
import { eventually } from '../../support/eventually.ts'
import { type FakeApiServer, type Pending, startFakeApiServer } from './fake-api-server.ts'
import { createModelClock, type ModelClock } from './model-clock.ts'

const NONE = { tokenFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined }

/** Lengths that differ, so that a test can tell by its length who sleeps; random is a half. */
const TUNING: Partial<ListWatchTuning> = {
  watchSeconds: 200,
  marginMs: 15_000,
  answerMs: 61_000,
  settledMs: 5_000,
  relistMs: 3_600_000,
  maxLineBytes: 4096,
  backoff: { baseMs: 800, capMs: 30_000 },
}
/** 200 × 1.5. */
const WATCH_SECONDS = 300
const WATCH_LIFE_MS = 315_000

interface Harness {
  readonly server: FakeApiServer
  readonly clock: ModelClock
  /** What the loop told, in order. */
  readonly told: unknown[]
  stop(): Promise<void>
}

const start = async (
  t: TestContext,
  tuning: Partial<ListWatchTuning> = {},
  content: 'full' | 'metadata' = 'full',
): Promise<Harness> => {
  const server = await startFakeApiServer()
  const clock = createModelClock()
  const stopping = new AbortController()
  const told: unknown[] = []
  const done = listWatch(
    {
      client: createKubeClient({ ...NONE, server: server.url }),
      path: '/api/v1/pods',
      query: { fieldSelector: 'spec.nodeName=node-1' },
      content,
      shape: (object) => object.metadata?.name,
      onSnapshot: (names) => told.push(['snapshot', ...names]),
      onEvent: (type, name) => told.push([type, name]),
      onEstablished: () => told.push('established'),
      onFailed: (error, retryInMs) => told.push([`failed: ${error.message}`, retryInMs]),
      tuning: { ...TUNING, ...tuning },
    },
    { clock, random: () => 0.5 },
    stopping.signal,
  )
  const stop = async (): Promise<void> => {
    stopping.abort()
    await done
    await server.close()
  }
  t.after(stop)
  return { server, clock, told, stop }
}

const pod = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })
const list = (resourceVersion: string, names: string[] = [], next?: string) => ({
  metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
  items: names.map((name) => pod(name, '1')),
})
const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }

/** Answers the first list and opens the first watch. */
const established = async ({ server }: Harness): Promise<Pending> => {
  ;(await server.next()).json(list('10', ['a']))
  const watch = await server.next()
  watch.open()
  return watch
}

const toldSoFar = async (harness: Harness, count: number): Promise<unknown[]> => {
  await eventually(`${count} things told, only ${JSON.stringify(harness.told)}`, () => harness.told.length >= count)
  return harness.told
}

test('a list in pages, then a watch from its version, with bookmarks', async (t) => {
  const harness = await start(t)
  const { server } = harness
  const first = await server.next()
  first.json(list('10', ['a', 'b'], 'more'))
  const second = await server.next()
  second.json(list('10', ['c']))
  const watch = await server.next()
  watch.event('ADDED', pod('d', '11'))
  watch.event('MODIFIED', pod('a', '12'))
  watch.event('DELETED', pod('b', '13'))
  watch.event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '20' } })
  const fieldSelector = 'spec.nodeName=node-1'
  assert.deepEqual(
    [first.query, second.query, watch.query],
    [
      { fieldSelector, limit: '500', resourceVersion: '0' },
      { fieldSelector, limit: '500', continue: 'more' },
      {
        fieldSelector,
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: '10',
        timeoutSeconds: String(WATCH_SECONDS),
      },
    ],
  )
  assert.deepEqual(await toldSoFar(harness, 5), [
    ['snapshot', 'a', 'b', 'c'],
    'established',
    ['ADDED', 'd'],
    ['MODIFIED', 'a'],
    ['DELETED', 'b'],
  ])
})

test('the server ends a watch after its time: the next goes on from the bookmark, at once and silently', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  watch.event('BOOKMARK', { metadata: { resourceVersion: '20' } })
  watch.event('ADDED', pod('b', '21'))
  watch.event('BOOKMARK', { metadata: { resourceVersion: '30' } })
  await toldSoFar(harness, 3)
  await harness.clock.advance(299_000)
  watch.end()
  assert.equal((await harness.server.next()).query.resourceVersion, '30')
  assert.deepEqual(harness.told, [['snapshot', 'a'], 'established', ['ADDED', 'b']])
})

test('a connection that drops is taken up again from the last version, without a list', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  watch.event('ADDED', pod('b', '21'))
  watch.write('{"type":"ADDED","object":{"metadata":{"name":"half')
  await toldSoFar(harness, 3)
  await harness.clock.advance(10_000)
  watch.drop()
  await harness.clock.sleeper(400)
  await harness.clock.advance(400)
  const next = await harness.server.next()
  assert.deepEqual([next.query.watch, next.query.resourceVersion], ['1', '21'])
  next.event('ADDED', pod('c', '22'))
  assert.deepEqual((await toldSoFar(harness, 4)).slice(1), ['established', ['ADDED', 'b'], ['ADDED', 'c']])
})

test('an API server that restarts: told once it cannot be reached, and when it is back', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  await toldSoFar(harness, 2)
  await harness.clock.advance(10_000)
  const port = Number(new URL(harness.server.url).port)
  await harness.server.close()
  await watch.closed
  await harness.clock.sleeper(400)
  await harness.clock.advance(400)
  const [failed, waitMs] = (await toldSoFar(harness, 3))[2] as [string, number]
  assert.match(failed, /ECONNREFUSED/)
  const server = await startFakeApiServer(port)
  t.after(server.close)
  await harness.clock.advance(waitMs)
  const next = await server.next()
  next.open()
  assert.deepEqual([next.query.resourceVersion, (await toldSoFar(harness, 4))[3]], ['10', 'established'])
})

test('410 as an ERROR event: a new list that is not older, at once after a watch that lasted', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  watch.event('MODIFIED', pod('a', '15'))
  await toldSoFar(harness, 3)
  await harness.clock.advance(60_000)
  watch.event('ERROR', gone)
  const again = await harness.server.next()
  assert.deepEqual(again.query, {
    fieldSelector: 'spec.nodeName=node-1',
    limit: '500',
    resourceVersion: '15',
    resourceVersionMatch: 'NotOlderThan',
  })
  again.json(list('40', ['z']))
  assert.equal((await harness.server.next()).query.resourceVersion, '40')
  assert.deepEqual(harness.told.slice(3), [['snapshot', 'z']])
})

test('410 as the answer: the same', async (t) => {
  const harness = await start(t)
  ;(await harness.server.next()).json(list('10'))
  ;(await harness.server.next()).json(gone, 410)
  assert.deepEqual(await toldSoFar(harness, 2), [['snapshot'], ['failed: too old resource version', 400]])
  await harness.clock.advance(400)
  assert.deepEqual((await harness.server.next()).query.resourceVersion, '10')
})

test('a server whose history was set back is asked for its very latest list', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  await toldSoFar(harness, 2)
  await harness.clock.advance(60_000)
  watch.event('ERROR', gone)
  ;(await harness.server.next()).json({ code: 504, message: 'Too large resource version: 10, current: 3' }, 504)
  await toldSoFar(harness, 3)
  await harness.clock.advance(400)
  const again = await harness.server.next()
  assert.deepEqual(again.query, { fieldSelector: 'spec.nodeName=node-1', limit: '500' })
  again.json(list('3', ['a']))
  assert.equal((await harness.server.next()).query.resourceVersion, '3')
})

test('a continue token that expires starts the list over', async (t) => {
  const harness = await start(t)
  ;(await harness.server.next()).json(list('10', ['a'], 'more'))
  ;(await harness.server.next()).json(gone, 410)
  await toldSoFar(harness, 1)
  await harness.clock.advance(400)
  const again = await harness.server.next()
  assert.deepEqual(again.query, { fieldSelector: 'spec.nodeName=node-1', limit: '500' })
  again.json(list('12', ['b']))
  await harness.server.next()
  assert.deepEqual(harness.told.slice(1), [['snapshot', 'b']])
})

test('pods with so huge annotations that a page of them is too large are listed in smaller pages', async (t) => {
  const harness = await start(t, { maxPageBytes: 300, pageSize: 5, listsFrom: 'storage' })
  const fits = Array.from({ length: 2 }, (_, i) => `small-${i}`)
  ;(await harness.server.next()).json(list('10', fits, 'second'))
  ;(await harness.server.next()).json(list('10', ['x'.repeat(400)], 'third'))
  const smaller = await harness.server.next()
  smaller.json(list('10', ['y'.repeat(400)], 'third'))
  const smallest = await harness.server.next()
  smallest.json(list('10', ['b'], 'third'))
  const last = await harness.server.next()
  last.json(list('10', ['c']))
  await harness.server.next()
  assert.deepEqual(
    [smaller.query, smallest.query, last.query].map(({ limit, continue: place }) => [limit, place]),
    [
      ['3', 'second'],
      ['2', 'second'],
      ['2', 'third'],
    ],
  )
  assert.deepEqual(harness.told, [['snapshot', 'small-0', 'small-1', 'b', 'c']])
})

test('one object that is too large for a page of its own is said, and tried again later', async (t) => {
  const harness = await start(t, { maxPageBytes: 300, pageSize: 2, listsFrom: 'storage' })
  for (const limit of ['2', '1']) {
    const request = await harness.server.next()
    assert.equal(request.query.limit, limit)
    request.json(list('10', ['x'.repeat(400)]))
  }
  assert.deepEqual(await toldSoFar(harness, 1), [['failed: an answer of more than 300 bytes', 400]])
})

test('a server that ends every watch at once is asked ever less often', async (t) => {
  const harness = await start(t)
  ;(await harness.server.next()).json(list('10'))
  const waits = [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]
  for (const [turn, waitMs] of waits.entries()) {
    ;(await harness.server.next()).end()
    const told = await toldSoFar(harness, 3 + 2 * turn)
    assert.deepEqual(told.slice(1 + 2 * turn), ['established', ['failed: the watch was ended after 0 ms', waitMs]])
    await harness.clock.advance(waitMs)
  }
})

test('401 after a token expired, 403 without rights, 429 with Retry-After: waits, and tells why', async (t) => {
  const harness = await start(t)
  ;(await harness.server.next()).json({ message: 'Unauthorized', code: 401 }, 401)
  assert.deepEqual((await toldSoFar(harness, 1))[0], ['failed: Unauthorized', 400])
  await harness.clock.advance(400)
  ;(await harness.server.next()).json({ message: 'pods is forbidden', code: 403 }, 403)
  assert.deepEqual((await toldSoFar(harness, 2))[1], ['failed: pods is forbidden', 800])
  await harness.clock.advance(800)
  ;(await harness.server.next()).json({ message: 'too many requests' }, 429, { 'retry-after': '9' })
  assert.deepEqual((await toldSoFar(harness, 3))[2], ['failed: too many requests', 9000])
  await harness.clock.advance(9000)
  await established(harness)
  assert.deepEqual((await toldSoFar(harness, 5)).slice(3), [['snapshot', 'a'], 'established'])
})

test('a watch that says nothing beyond its time is a dead connection', async (t) => {
  const harness = await start(t)
  const watch = await established(harness)
  await harness.clock.sleeper(WATCH_LIFE_MS)
  await toldSoFar(harness, 2)
  await harness.clock.advance(WATCH_LIFE_MS)
  await watch.closed
  await harness.clock.sleeper(400)
  await harness.clock.advance(400)
  assert.equal((await harness.server.next()).query.resourceVersion, '10')
})

test('a list and a watch that are never answered are given up', async (t) => {
  const harness = await start(t)
  const unanswered = await harness.server.next()
  await harness.clock.sleeper(61_000)
  await harness.clock.advance(61_000)
  await unanswered.closed
  assert.deepEqual((await toldSoFar(harness, 1))[0], ['failed: not answered within 61000 ms', 400])
  await harness.clock.advance(400)
  ;(await harness.server.next()).json(list('10'))
  const silent = await harness.server.next()
  await harness.clock.sleeper(61_000)
  await harness.clock.advance(61_000)
  await silent.closed
  await harness.clock.sleeper(400)
  await harness.clock.advance(400)
  assert.equal((await harness.server.next()).query.resourceVersion, '10')
})

const garbage: [what: string, send: (watch: Pending) => void, message: RegExp][] = [
  ['no JSON', (watch) => watch.write('<html>busy</html>\n'), /not JSON/],
  [
    'no event',
    (watch) => watch.write('{"type":"SURPRISE","object":{"metadata":{"resourceVersion":"99"}}}\n'),
    /not an event/,
  ],
  ['null', (watch) => watch.write('null\n'), /not an event/],
  ['no version', (watch) => watch.event('ADDED', { metadata: { name: 'x' } }), /not an event/],
  ['an endless line', (watch) => watch.write('x'.repeat(10_000)), /a line of more than 4096 bytes/],
  ['an error of the server', (watch) => watch.event('ERROR', { code: 500, message: 'etcd is away' }), /etcd is away/],
]

for (const [what, send, message] of garbage) {
  test(`a watch that sends ${what}: a new list`, async (t) => {
    const harness = await start(t)
    const watch = await established(harness)
    send(watch)
    const [failed, waitMs] = (await toldSoFar(harness, 3))[2] as [string, number]
    assert.match(failed, message)
    await harness.clock.advance(waitMs)
    const again = await harness.server.next()
    assert.deepEqual([again.query.watch, again.query.resourceVersion], [undefined, '10'])
  })
}

test('a list that is no list is tried again, with patience', async (t) => {
  const harness = await start(t)
  for (const [turn, body] of [{}, [], 'text', { metadata: { resourceVersion: '1' }, items: {} }].entries()) {
    ;(await harness.server.next()).json(body)
    const told = await toldSoFar(harness, turn + 1)
    assert.deepEqual(told[turn], ['failed: not a list', 400 * 2 ** turn])
    await harness.clock.advance(400 * 2 ** turn)
  }
  await established(harness)
  assert.deepEqual((await toldSoFar(harness, 6)).slice(4), [['snapshot', 'a'], 'established'])
})

test('after an hour a new list is made, whatever the watch says', async (t) => {
  const harness = await start(t, { relistMs: 400_000 })
  let watch = await established(harness)
  await toldSoFar(harness, 2)
  await harness.clock.advance(300_000)
  watch.end()
  watch = await harness.server.next()
  watch.open()
  await eventually('the watch is answered', () => !harness.clock.sleeping.includes(61_000))
  await harness.clock.advance(300_000)
  watch.end()
  const again = await harness.server.next()
  assert.deepEqual([again.query.watch, again.query.resourceVersion], [undefined, '10'])
})

test('metadata only is asked for in the words of the API', async (t) => {
  const { server } = await start(t, {}, 'metadata')
  const first = await server.next()
  first.json(list('10'))
  const watch = await server.next()
  assert.deepEqual(
    [first.headers.accept, watch.headers.accept],
    [
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    ],
  )
})

test('the loop ends with its signal: while it lists, watches or waits', async (t) => {
  const listing = await start(t)
  const request = await listing.server.next()
  await listing.stop()
  await request.closed
  const watching = await start(t)
  const watch = await established(watching)
  await toldSoFar(watching, 2)
  await watching.stop()
  await watch.closed
  const waiting = await start(t)
  ;(await waiting.server.next()).json({}, 500)
  await toldSoFar(waiting, 1)
  await waiting.stop()
  assert.deepEqual([listing.told, watching.told.length, waiting.told.length], [[], 2, 1])
})

test('a wait is anything up to a bound that doubles, and never nothing', () => {
  const backoff = { baseMs: 800, capMs: 30_000 }
  assert.deepEqual(
    [0, 1, 5, 6, 1000].map((failures) => backoffMs(failures, backoff, () => 0.999999)),
    [800, 1600, 25_600, 30_000, 30_000],
  )
  assert.equal(
    backoffMs(3, backoff, () => 0),
    50,
  )
})
