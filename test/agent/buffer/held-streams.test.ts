import assert from 'node:assert/strict'
import test from 'node:test'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { createQueue } from '../../../agent/buffer/queue.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import { STREAMS_MAX } from '../../../agent/buffer/stream-holds.ts'
import type { BulkBody, Outcome } from '../../../agent/event.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { fakeChunk, namesIn, streamOf } from '../../support/fake-chunk.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

/** An output that refuses the streams in `narrow` with a 403 per item, and takes everything else at once. */
const start = (totalLimitBytes = 1 << 20, filesystem = createCrashFilesystem(), refused: readonly string[] = []) => {
  const clock = createModelClock(0)
  const recorded = recordEvents()
  const { events } = recorded
  const narrow = new Set<string>(refused)
  const taken: string[] = []
  const sent: string[][] = []
  const world = { busy: false }
  const send = async (body: BulkBody): Promise<Outcome> => {
    const names = namesIn(body)
    sent.push(names)
    if (world.busy) return { kind: 'again', reason: '503', retryAfterMs: undefined, hold: false }
    const held = names.flatMap((name, item) =>
      narrow.has(streamOf(name) ?? 'own') ? [{ item, reason: `403 ${streamOf(name) ?? 'own'}` }] : [],
    )
    const retry = held.map(({ item }) => item)
    taken.push(...names.filter((_, item) => !retry.includes(item)))
    const created = names.length - retry.length
    const base = { kind: 'items', created, duplicates: 0, failureStore: 0, rejected: [], retry } as const
    return held.length > 0 ? { ...base, retryReason: held[0]!.reason, held } : { ...base, retryReason: undefined }
  }
  const queue = createQueue(
    { maxInFlight: 2, totalLimitBytes, overflow: 'block', spill: defaultSpillLimits, defaultStream: 'own' },
    {
      output: { name: 'es', send, close: async () => {} },
      store: openChunkStore('/queue', 'es', { filesystem, events }),
      deadLetters: openDeadLetters(
        '/dead',
        { output: 'es', limitBytes: 1 << 20, overflow: 'block' },
        { filesystem, events, exclusive: (work) => work() },
      ),
      events,
      clock,
      backoff: (attempt) => attempt * 100,
    },
  )
  const stop = new AbortController()
  const done = queue.run(stop.signal)
  const push = async (...names: string[]) => {
    const chunk = fakeChunk(names)
    queue.push(chunk)
    await clock.advance(0)
    return chunk
  }
  const end = async (): Promise<void> => {
    stop.abort()
    await clock.advance(1000)
    await done
  }
  return { queue, clock, recorded, narrow, taken, sent, world, push, end, filesystem }
}

test('a key too narrow for one data stream (elastic/beats#13844): its documents wait, those beside them and behind them go on', async () => {
  const { narrow, push, taken, recorded, filesystem, queue, clock, sent, end } = start()
  queue.starved(true)
  narrow.add('secret')
  const first = await push('a', 'b@secret', 'c')
  assert.deepEqual(first.calls, ['spilled', 'released'])
  const second = await push('d@other', 'e@secret')
  assert.deepEqual(second.calls, ['spilled', 'released'])
  assert.deepEqual(taken, ['a', 'c', 'd@other'])
  assert.equal(filesystem.readdir('/queue').length, 2)
  assert.deepEqual(recorded.of('held'), [['es', '403 secret', 1, 100, 'secret']])
  assert.equal(queue.stats().hold, undefined)

  await clock.advance(100)
  assert.deepEqual(sent.slice(2), [['b@secret']])
  await push('f')
  assert.deepEqual(taken, ['a', 'c', 'd@other', 'f'])
  assert.deepEqual(sent.slice(3), [['f']])

  narrow.clear()
  await clock.advance(200)
  assert.deepEqual(taken.slice(4).sort(), ['b@secret', 'e@secret'])
  assert.deepEqual(recorded.of('resumed'), [['es', 300, 'secret']])
  assert.deepEqual(filesystem.readdir('/queue'), [])
  await end()
})

test('a chunk that is all for a held stream keeps its memory only until the lane wants it', async () => {
  const { narrow, push, queue, clock, filesystem, taken, end } = start()
  narrow.add('own')
  const chunk = await push('a', 'b')
  assert.deepEqual([chunk.calls, filesystem.readdir('/queue')], [[], []])
  queue.starved(true)
  await clock.advance(0)
  assert.deepEqual(chunk.calls, ['spilled', 'released'])
  assert.equal(filesystem.readdir('/queue').length, 1)
  await push('c@other')
  assert.deepEqual(taken, ['c@other'])
  narrow.clear()
  await clock.advance(100)
  assert.deepEqual(taken, ['c@other', 'a', 'b'])
  await end()
})

test('a probe that the whole output does not answer leaves its stream held', async () => {
  const { narrow, push, clock, world, recorded, taken, end } = start()
  narrow.add('secret')
  await push('a', 'b@secret')
  world.busy = true
  await clock.advance(100)
  assert.deepEqual(recorded.of('held').at(-1), ['es', '503', 1, 100])
  world.busy = false
  narrow.clear()
  await clock.advance(300)
  assert.deepEqual(taken, ['a', 'b@secret'])
  assert.deepEqual(
    recorded
      .of('resumed')
      .map(([, , stream]) => stream)
      .sort(),
    ['secret', undefined].sort(),
  )
  await end()
})

test('what waits for a stream survives a restart, and is found to wait again', async () => {
  const { narrow, push, end, filesystem } = start()
  narrow.add('secret')
  await push('a', 'b@secret')
  await end()
  const next = start(1 << 20, filesystem.reopened(), ['secret'])
  await next.clock.advance(1)
  assert.deepEqual(next.recorded.of('held'), [['es', '403 secret', 1, 100, 'secret']])
  await next.push('c')
  next.narrow.clear()
  await next.clock.advance(100)
  assert.deepEqual(next.taken, ['c', 'b@secret'])
  await next.end()
})

test('half of total_limit_size is for what waits: then the files of the stream wait, and no other', async () => {
  const { narrow, push, queue, taken, end } = start(600)
  queue.starved(true)
  narrow.add('secret')
  for (let i = 0; !queue.holds('secret') && i < 20; i++) await push(`a${i}`, `b${i}@secret`)
  assert.equal(queue.holds('secret'), true)
  assert.deepEqual([queue.holds('other'), queue.full()], [false, false])
  await push('c@other')
  assert.equal(taken.at(-1), 'c@other')
  await end()
})

test('where nothing can be put aside the documents stay with their chunk, and others go on', async () => {
  const { narrow, push, filesystem, taken, clock, end } = start()
  narrow.add('secret')
  filesystem.fail((call) => (call === 'write' ? 'ENOSPC' : undefined))
  const chunk = await push('a', 'b@secret')
  assert.deepEqual(chunk.calls, [])
  await push('c')
  assert.deepEqual(taken, ['a', 'c'])
  filesystem.fail(() => undefined)
  narrow.clear()
  await clock.advance(400)
  assert.deepEqual(taken, ['a', 'c', 'b@secret'])
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  await end()
})

test('a chunk with documents of two held streams becomes a file for each, and a turn of its own', async () => {
  const { narrow, push, filesystem, taken, clock, end } = start()
  narrow.add('one').add('two')
  const chunk = await push('a@one', 'b@two', 'c', 'd@one')
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  assert.equal(filesystem.readdir('/queue').length, 2)
  narrow.delete('two')
  await clock.advance(100)
  assert.deepEqual(taken, ['c', 'b@two'])
  narrow.delete('one')
  await clock.advance(200)
  assert.deepEqual(taken, ['c', 'b@two', 'a@one', 'd@one'])
  assert.deepEqual(filesystem.readdir('/queue'), [])
  await end()
})

test('more held streams than a person looks at are retried like any other', async () => {
  const { narrow, push, recorded, clock, taken, end } = start()
  for (let i = 0; i <= STREAMS_MAX; i++) narrow.add(`s${i}`)
  const names = Array.from({ length: STREAMS_MAX + 1 }, (_, i) => `d${i}@s${i}`)
  await push(...names)
  assert.equal(recorded.of('held').length, STREAMS_MAX)
  narrow.clear()
  await clock.advance(1000)
  assert.deepEqual([...taken].sort(), [...names].sort())
  await end()
})
