import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Chunk } from '../../../agent/event.ts'
import { createMetricFeed } from '../../../agent/feed/metric-feed.ts'
import { createStarvation } from '../../../agent/feed/starvation.ts'

const line = (name: string): string => `{"create":{}}\n{"m":"${name}"}\n`
const item = (name: string, stream = 'metrics') => ({ stream, lines: line(name) })

const setUp = (compression: 'none' | 'fast' = 'none') => {
  const chunks: Chunk[] = []
  const told: string[] = []
  const state = { full: false, held: '' }
  const feed = createMetricFeed(
    { name: 'out', compression, chunkLimitBytes: 60 },
    {
      queue: {
        push: (chunk) => void chunks.push(chunk),
        full: () => state.full,
        holds: (stream) => stream === state.held,
      },
      starved: (yes) => void told.push(`starved ${yes}`),
      events: {
        chunkSealed: (output, { documents }, reason) => void told.push(`sealed ${output} ${documents} ${reason}`),
        dropped: (output, documents, cause) => void told.push(`dropped ${output} ${documents} ${cause}`),
      },
    },
  )
  return { chunks, told, state, feed }
}

test('a look is a chunk, or several where it does not fit into one', () => {
  const { chunks, feed, told } = setUp()
  feed.push([item('a'), item('b'), item('c')], 1000)
  assert.deepEqual(
    chunks.map(({ body, oldestMs, vanishing }) => ({ ...body, bytes: String(body.bytes), oldestMs, vanishing })),
    [
      {
        bytes: line('a') + line('b'),
        encoding: 'identity',
        plainBytes: 48,
        documents: 2,
        oldestMs: 1000,
        vanishing: false,
      },
      { bytes: line('c'), encoding: 'identity', plainBytes: 24, documents: 1, oldestMs: 1000, vanishing: false },
    ],
  )
  assert.deepEqual(told, ['sealed out 2 age', 'sealed out 1 age', 'starved false'])
})

test('a look without documents is none', () => {
  const { feed, told } = setUp()
  feed.push([], 0)
  assert.deepEqual(told, [])
})

test('bodies of a compressed output are gzip: what is spilled takes no more room than a log’s', () => {
  const { chunks, feed } = setUp('fast')
  feed.push([item('a')], 0)
  assert.deepEqual([chunks[0]!.body.encoding, String(gunzipSync(chunks[0]!.body.bytes))], ['gzip', line('a')])
})

test('a queue that is full: the look is dropped and counted', () => {
  const { chunks, feed, state, told } = setUp()
  state.full = true
  feed.push([item('a'), item('b')], 0)
  assert.deepEqual([chunks.length, told], [0, ['dropped out 2 queue_full']])
})

test('a held data stream that uses half of the disk’s limit: its documents are dropped, the others’ are taken', () => {
  const { chunks, feed, state, told } = setUp()
  state.held = 'closed'
  feed.push([item('a', 'closed'), item('b'), item('c', 'closed')], 0)
  feed.push([item('d', 'closed')], 0)
  assert.deepEqual(
    [chunks.map(({ body }) => String(body.bytes)), told],
    [[line('b')], ['dropped out 2 stream_held', 'sealed out 1 age', 'starved false', 'dropped out 1 stream_held']],
  )
})

test('three looks in memory: the queue is told to make room, the next look is dropped, and after a release one is taken', () => {
  const { chunks, feed, told } = setUp()
  for (const name of ['a', 'b', 'c', 'd']) feed.push([item(name)], 0)
  chunks[0]!.settled('spilled')
  chunks[0]!.release()
  feed.push([item('e')], 0)
  const sealed = 'sealed out 1 age'
  assert.deepEqual(told, [
    ...[sealed, 'starved false', sealed, 'starved false', sealed, 'starved true'],
    ...['dropped out 1 no_memory', 'starved false', sealed, 'starved true'],
  ])
})

test('a queue is starved while one of its feeders is', () => {
  const told: boolean[] = []
  const starvation = createStarvation({ starved: (yes) => void told.push(yes) })
  const [lane, metrics] = [starvation(), starvation()]
  lane(false)
  metrics(true)
  lane(true)
  lane(true)
  metrics(false)
  lane(false)
  assert.deepEqual(told, [true, true, true, false])
})
