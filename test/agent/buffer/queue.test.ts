import assert from 'node:assert/strict'
import test from 'node:test'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { type ChunkQueue, createQueue } from '../../../agent/buffer/queue.ts'
import type { QueueOptions } from '../../../agent/buffer/queue-options.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import type { BulkBody, Outcome, Output } from '../../../agent/event.ts'
import { type CrashFilesystem, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { fakeChunk, namesIn } from '../../support/fake-chunk.ts'
import { createModelClock, type ModelClock } from '../../support/model-clock.ts'
import { type RecordedEvents, recordEvents } from '../../support/record-events.ts'

const taken = (body: BulkBody): Outcome => items(body, {})
const items = (
  body: BulkBody,
  given: Partial<Pick<Extract<Outcome, { kind: 'items' }>, 'rejected' | 'retry' | 'duplicates'>>,
): Outcome => {
  const { rejected = [], retry = [], duplicates = 0 } = given
  const created = body.documents - rejected.length - retry.length - duplicates
  return {
    kind: 'items',
    created,
    duplicates,
    failureStore: 0,
    rejected,
    retry,
    retryReason: retry.length > 0 ? '429' : undefined,
  }
}
const again = (reason = 'connection refused', retryAfterMs?: number): Outcome => ({
  kind: 'again',
  reason,
  retryAfterMs,
  hold: false,
})

interface Request {
  readonly names: readonly string[]
  readonly body: BulkBody
  readonly signal: AbortSignal
  answer(outcome: Outcome): Promise<void>
  take(): Promise<void>
}

interface Bench {
  readonly queue: ChunkQueue
  readonly clock: ModelClock
  readonly filesystem: CrashFilesystem
  readonly recorded: RecordedEvents
  /** Requests that wait for an answer. */
  readonly requests: Request[]
  readonly sent: string[]
  readonly rooms: number[]
  files(): string[]
  deadLetters(): unknown[]
  readonly done: Promise<void>
  readonly stop: AbortController
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const start = (
  options: Partial<QueueOptions> = {},
  filesystem = createCrashFilesystem(),
  limitBytes = 1 << 20,
): Bench => {
  const clock = createModelClock(0)
  const recorded = recordEvents()
  const { events } = recorded
  const requests: Request[] = []
  const sent: string[] = []
  const send = (body: BulkBody, signal: AbortSignal): Promise<Outcome> => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const names = namesIn(body)
    sent.push(names.join(' '))
    const answer = async (outcome: Outcome): Promise<void> => {
      requests.splice(requests.indexOf(request), 1)
      resolve(outcome)
      await settle()
    }
    const request: Request = { names, body, signal, answer, take: () => answer(taken(body)) }
    requests.push(request)
    signal.addEventListener('abort', () => resolve(again('aborted')))
    return promise
  }
  const output: Output = { name: 'es', send, close: async () => {} }
  const rooms: number[] = []
  const queue = createQueue(
    { maxInFlight: 2, totalLimitBytes: 1 << 20, overflow: 'block', spill: defaultSpillLimits, ...options },
    {
      output,
      store: openChunkStore('/queue/es', 'es', { filesystem, events }),
      deadLetters: openDeadLetters(
        '/dead/es',
        { output: 'es', limitBytes, overflow: 'drop_oldest' },
        { filesystem, events, exclusive: (work) => work() },
      ),
      events,
      clock,
      backoff: (attempt) => attempt * 100,
      onRoom: () => rooms.push(clock.monotonic()),
    },
  )
  const stop = new AbortController()
  const done = queue.run(stop.signal)
  const files = (): string[] => filesystem.readdir('/queue/es').sort()
  const deadLetters = (): unknown[] =>
    filesystem
      .readdir('/dead/es')
      .sort()
      .flatMap((name) =>
        filesystem
          .bytesOf(`/dead/es/${name}`)!
          .toString()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      )
  return { queue, clock, filesystem, recorded, requests, sent, rooms, files, deadLetters, done, stop }
}

test('a chunk that is taken costs no disk write, is settled, then released', async () => {
  const { queue, requests, filesystem, recorded, stop, done } = start()
  const before = filesystem.calls
  const chunk = fakeChunk(['a', 'b'])
  queue.push(chunk)
  await settle()
  await requests[0]!.take()
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  assert.equal(filesystem.calls, before)
  assert.deepEqual(recorded.of('delivered'), [['es', 2, 0]])
  stop.abort()
  await done
})

test('no more requests than allowed are on their way, the oldest first', async () => {
  const { queue, requests, sent, stop, done } = start()
  for (const name of ['a', 'b', 'c', 'd']) queue.push(fakeChunk([name]))
  await settle()
  assert.deepEqual(sent, ['a', 'b'])
  await requests[1]!.take()
  assert.deepEqual(sent, ['a', 'b', 'c'])
  stop.abort()
  await done
})

test('only the documents that were told to come again are sent again, after a backoff, and the chunk is settled when all are final', async () => {
  const { queue, requests, clock, sent, stop, done } = start()
  const chunk = fakeChunk(['a', 'b', 'c', 'd'])
  queue.push(chunk)
  await settle()
  await requests[0]!.answer(items(requests[0]!.body, { retry: [1, 3] }))
  await clock.advance(99)
  assert.deepEqual(sent, ['a b c d'])
  await clock.advance(1)
  assert.deepEqual(sent, ['a b c d', 'b d'])
  await requests[0]!.answer(items(requests[0]!.body, { retry: [1] }))
  assert.deepEqual(chunk.calls, [])
  await clock.advance(200)
  assert.deepEqual(sent, ['a b c d', 'b d', 'd'])
  await requests[0]!.take()
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  stop.abort()
  await done
})

test('a chunk that waits for its retry does not hold up those behind it', async () => {
  const { queue, requests, sent, stop, done } = start({ maxInFlight: 1 })
  queue.push(fakeChunk(['a', 'b']))
  queue.push(fakeChunk(['c']))
  await settle()
  await requests[0]!.answer(items(requests[0]!.body, { retry: [0] }))
  assert.deepEqual(sent, ['a b', 'c'])
  stop.abort()
  await done
})

test('a rejected document is in the dead letters before its chunk is settled', async () => {
  const bench = start()
  let onDisk: unknown[] = []
  const chunk = fakeChunk(['a', 'b'], {
    told: (call) => {
      if (call === 'delivered') onDisk = bench.deadLetters()
    },
  })
  bench.queue.push(chunk)
  await settle()
  const rejection = { item: 1, status: 400, type: 'document_parsing_exception', reason: 'no' }
  await bench.requests[0]!.answer(items(bench.requests[0]!.body, { rejected: [rejection] }))
  const { item: _, ...rest } = rejection
  assert.deepEqual(onDisk, [
    { time: '1970-01-01T00:00:00.000Z', output: 'es', ...rest, action: { create: { _id: 'b' } }, document: { m: 'b' } },
  ])
  assert.deepEqual(bench.recorded.of('deadLettered'), [['es', rejection]])
  assert.deepEqual(bench.recorded.of('delivered'), [['es', 1, 0]])
  bench.stop.abort()
  await bench.done
})

test('a rejected document that cannot be written as a dead letter is not forgotten', async () => {
  const { queue, requests, filesystem, clock, sent, recorded, deadLetters, stop, done } = start()
  const chunk = fakeChunk(['a', 'b'])
  queue.push(chunk)
  await settle()
  filesystem.fail((call) => (call === 'write' ? 'ENOSPC' : undefined))
  const rejected = [{ item: 1, status: 400, type: 't', reason: 'r' }]
  await requests[0]!.answer(items(requests[0]!.body, { rejected }))
  assert.deepEqual(chunk.calls, [])
  assert.equal(recorded.of('spillFailed').length, 1)
  filesystem.fail(() => undefined)
  await clock.advance(100)
  assert.deepEqual(sent, ['a b', 'b'])
  await requests[0]!.answer(items(requests[0]!.body, { rejected: [{ ...rejected[0]!, item: 0 }] }))
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  assert.equal(deadLetters().length, 1)
  stop.abort()
  await done
})

test('a body that is too large is sent in halves, and a single document that is too large is a dead letter', async () => {
  const { queue, requests, sent, deadLetters, stop, done } = start({ maxInFlight: 1 })
  const chunk = fakeChunk(['a', 'b', 'c'])
  queue.push(chunk)
  await settle()
  const split: Outcome = { kind: 'split', reason: 'request entity too large' }
  await requests[0]!.answer(split)
  await requests[0]!.answer(split)
  await requests[0]!.take()
  assert.deepEqual(sent, ['a b c', 'a', 'b c'])
  assert.deepEqual(deadLetters(), [
    {
      time: '1970-01-01T00:00:00.000Z',
      output: 'es',
      status: 413,
      type: 'document_too_large',
      reason: 'request entity too large',
      action: { create: { _id: 'a' } },
      document: { m: 'a' },
    },
  ])
  assert.deepEqual(chunk.calls, ['delivered', 'released'])
  stop.abort()
  await done
})

test('an output that takes nothing is held: one request at a time, told once, resumed by the first that is taken', async () => {
  const { queue, requests, clock, sent, recorded, stop, done } = start()
  for (const name of ['a', 'b', 'c']) queue.push(fakeChunk([name]))
  await settle()
  await requests[0]!.answer(again())
  await requests[0]!.answer(again())
  await clock.advance(99)
  assert.deepEqual(sent, ['a', 'b'])
  await clock.advance(1)
  assert.deepEqual(sent, ['a', 'b', 'a'])
  await requests[0]!.answer(again())
  await clock.advance(200)
  assert.deepEqual(sent, ['a', 'b', 'a', 'b'])
  await requests[0]!.take()
  assert.deepEqual(sent, ['a', 'b', 'a', 'b', 'a', 'c'])
  assert.deepEqual(recorded.of('held'), [['es', 'connection refused', 1, 100]])
  assert.deepEqual(recorded.of('resumed'), [['es', 300]])
  stop.abort()
  await done
})

test('Retry-After is honoured where it is longer than the backoff', async () => {
  const { queue, requests, clock, sent, stop, done } = start()
  queue.push(fakeChunk(['a']))
  await settle()
  await requests[0]!.answer(again('429', 7000))
  await clock.advance(6999)
  assert.deepEqual(sent, ['a'])
  await clock.advance(1)
  assert.deepEqual(sent, ['a', 'a'])
  stop.abort()
  await done
})

test('a chunk that the output can never answer does not stop those behind it', async () => {
  const { queue, requests, clock, sent, stop, done } = start({ maxInFlight: 1 })
  const others = Array.from({ length: 30 }, (_, i) => fakeChunk([`${i}`]))
  queue.push(fakeChunk(['poison']))
  for (const chunk of others) queue.push(chunk)
  await settle()
  for (let i = 0; i < 200 && others.some((chunk) => chunk.calls.length === 0); i++) {
    const request = requests[0]
    if (request) await (request.names[0] === 'poison' ? request.answer(again('500')) : request.take())
    else await clock.advance(50)
  }
  assert.deepEqual(
    others.map((chunk) => chunk.calls.join()),
    others.map(() => 'delivered,released'),
  )
  assert.ok(sent.filter((names) => names === 'poison').length < 15)
  stop.abort()
  await done
})

test('while the output is held and the lane is starved, chunks go to disk and their slots are free', async () => {
  const { queue, requests, clock, files, recorded, stop, done } = start()
  const chunks = ['a', 'b', 'c'].map((name) => fakeChunk([name]))
  for (const chunk of chunks) queue.push(chunk)
  queue.starved(true)
  await settle()
  await requests[0]!.answer(again())
  await requests[0]!.answer(again())
  assert.deepEqual(
    chunks.map((chunk) => chunk.calls),
    [['spilled', 'released'], ['spilled', 'released'], []],
  )
  await clock.advance(50)
  await clock.advance(50)
  await requests[0]!.answer(again())
  await clock.advance(900)
  assert.deepEqual(chunks[2]!.calls, ['spilled', 'released'])
  assert.equal(files().length, 3)
  assert.deepEqual(
    recorded.of('spilled').map(([, , documents]) => documents),
    [1, 1, 1],
  )
  stop.abort()
  await done
})

test('what is on disk is sent first, in order, and deleted when it is final', async () => {
  const first = start()
  for (const name of ['a', 'b', 'c']) first.queue.push(fakeChunk([name, `${name}2`]))
  await settle()
  first.stop.abort()
  await first.done
  assert.equal(first.files().length, 3)
  const second = start({ maxInFlight: 1 }, first.filesystem.reopened())
  second.queue.push(fakeChunk(['d']))
  await settle()
  while (second.requests.length > 0) await second.requests[0]!.take()
  assert.deepEqual(second.sent, ['a a2', 'b b2', 'c c2', 'd'])
  assert.deepEqual(second.files(), [])
  assert.deepEqual(
    second.recorded.of('recovered').map(([output, chunks]) => [output, chunks]),
    [['es', 3]],
  )
  second.stop.abort()
  await second.done
})

test('a chunk whose file is deleted is fsynced after a second without an answer, while it is being sent', async () => {
  const { queue, requests, clock, files, stop, done } = start()
  const chunk = fakeChunk(['a'], { vanishing: true })
  queue.push(chunk)
  await settle()
  await clock.advance(999)
  assert.deepEqual(chunk.calls, [])
  await clock.advance(1)
  assert.deepEqual(chunk.calls, ['spilled'])
  assert.equal(files().length, 1)
  await requests[0]!.take()
  assert.deepEqual(chunk.calls, ['spilled', 'released'])
  assert.deepEqual(files(), [])
  stop.abort()
  await done
})

test('a file that is deleted while its chunk is being sent has it fsynced a second later, not when the request ends', async () => {
  const { queue, requests, clock, files, stop, done } = start()
  const deleted = { vanishing: false }
  const chunk = fakeChunk(['a'])
  queue.push(Object.defineProperty(chunk, 'vanishing', { get: () => deleted.vanishing }))
  await settle()
  await clock.advance(5000)
  deleted.vanishing = true
  queue.look()
  await settle()
  assert.deepEqual([chunk.calls, files().length], [['spilled'], 1])
  await requests[0]!.take()
  assert.deepEqual([chunk.calls, files()], [['spilled', 'released'], []])
  stop.abort()
  await done
})

test('close flushes what it can, spills the rest at the deadline, and releases what is being sent only when its request has ended', async () => {
  const { queue, requests, clock, files, done } = start()
  const chunks = ['a', 'b', 'c'].map((name) => fakeChunk([name]))
  for (const chunk of chunks) queue.push(chunk)
  await settle()
  const closed = queue.close(1000)
  await requests[0]!.take()
  await clock.advance(1000)
  await Promise.all([closed, done])
  assert.deepEqual(
    chunks.map((chunk) => chunk.calls),
    [
      ['delivered', 'released'],
      ['spilled', 'released'],
      ['spilled', 'released'],
    ],
  )
  assert.equal(files().length, 2)
})

test('close does not wait for an output that takes nothing', async () => {
  const { queue, requests, clock, files, done } = start()
  queue.push(fakeChunk(['a']))
  queue.push(fakeChunk(['b']))
  await settle()
  await requests[0]!.answer(again())
  await requests[0]!.answer(again())
  const closed = queue.close(25_000)
  await clock.advance(0)
  await Promise.all([closed, done])
  assert.equal(clock.monotonic(), 0)
  assert.equal(files().length, 2)
})

test('an answer that comes after the end settles nothing', async () => {
  const bench = start()
  const late = Promise.withResolvers<Outcome>()
  const { events } = bench.recorded
  const filesystem = createCrashFilesystem()
  const queue = createQueue(
    { maxInFlight: 1, totalLimitBytes: 1 << 20, overflow: 'block', spill: defaultSpillLimits },
    {
      output: { name: 'es', send: () => late.promise, close: async () => {} },
      store: openChunkStore('/q', 'es', { filesystem, events }),
      deadLetters: openDeadLetters(
        '/d',
        { output: 'es', limitBytes: 1000, overflow: 'block' },
        { filesystem, events, exclusive: (work) => work() },
      ),
      events,
      clock: bench.clock,
      backoff: () => 100,
    },
  )
  const chunk = fakeChunk(['a'])
  const done = queue.run(new AbortController().signal)
  queue.push(chunk)
  await settle()
  queue.abort()
  assert.deepEqual(chunk.calls, ['spilled'])
  await bench.clock.advance(1000)
  await done
  late.resolve(taken(chunk.body))
  await settle()
  assert.deepEqual(chunk.calls, ['spilled', 'released'])
  assert.deepEqual(filesystem.readdir('/q'), ['0000000000000001.chunk'])
  bench.stop.abort()
  await bench.done
})

test('at total_limit_size nothing more is spilled, reading waits, and goes on when there is room', async () => {
  const { queue, requests, clock, rooms, recorded, files, stop, done } = start({ totalLimitBytes: 250, maxInFlight: 1 })
  const chunks = ['a', 'b', 'c'].map((name) => fakeChunk([name]))
  for (const chunk of chunks) queue.push(chunk)
  queue.starved(true)
  await settle()
  await requests[0]!.answer(again())
  await clock.advance(100)
  await requests[0]!.answer(again())
  await clock.advance(900)
  await requests[0]!.answer(again())
  assert.deepEqual(
    chunks.map((chunk) => chunk.calls[0]),
    ['spilled', undefined, 'spilled'],
  )
  assert.equal(queue.full(), true)
  assert.deepEqual(
    recorded.of('queueFull').map(([, , action]) => action),
    ['block'],
  )
  await clock.advance(300)
  await requests[0]!.take()
  assert.deepEqual(files(), ['0000000000000002.chunk', '0000000000000003.chunk'])
  assert.equal(queue.full(), false)
  assert.deepEqual(rooms, [1300])
  stop.abort()
  await done
})

test('drop_oldest_chunk makes room with the oldest, and counts its documents', async () => {
  const { queue, requests, clock, recorded, files, stop, done } = start({
    totalLimitBytes: 250,
    overflow: 'drop_oldest_chunk',
    maxInFlight: 1,
  })
  for (const name of ['a', 'b', 'c']) queue.push(fakeChunk([name]))
  queue.starved(true)
  await settle()
  await requests[0]!.answer(again())
  await clock.advance(99)
  await clock.advance(0)
  await requests[0]?.answer(again())
  queue.abort()
  await clock.advance(1000)
  await done
  assert.deepEqual(recorded.of('dropped'), [['es', 1, 'total_limit_size']])
  assert.deepEqual(files(), ['0000000000000002.chunk', '0000000000000003.chunk'])
  stop.abort()
})

test('where the disk is full the chunk stays in memory, is tried again later, and nothing half written is left', async () => {
  const { queue, requests, clock, filesystem, recorded, files, rooms, stop, done } = start({ maxInFlight: 1 })
  const chunk = fakeChunk(['a'])
  queue.push(chunk)
  queue.starved(true)
  await settle()
  filesystem.fail((call) => (call === 'fsync' ? 'ENOSPC' : undefined))
  await requests[0]!.answer(again())
  assert.deepEqual(chunk.calls, [])
  assert.equal(queue.full(), true)
  assert.deepEqual(queue.stats().full, 'disk')
  assert.equal(recorded.of('spillFailed').length, 1)
  assert.deepEqual(files(), [])
  filesystem.fail(() => undefined)
  await clock.advance(100)
  await requests[0]!.answer(again())
  assert.deepEqual(chunk.calls, ['spilled', 'released'])
  assert.equal(queue.full(), false)
  assert.equal(rooms.length, 1)
  stop.abort()
  await done
})

test('the memory of a chunk that is retried in part is free again when the rest of it is spilled', async () => {
  const { queue, requests, clock, sent, files, stop, done } = start({ maxInFlight: 1 })
  const chunk = fakeChunk(['a', 'b', 'c'])
  queue.push(chunk)
  queue.starved(true)
  await settle()
  await requests[0]!.answer(items(requests[0]!.body, { retry: [0, 2] }))
  assert.deepEqual(chunk.calls, ['spilled', 'released'])
  await clock.advance(100)
  assert.deepEqual(sent, ['a b c', 'a c'])
  await requests[0]!.take()
  assert.deepEqual(files(), [])
  stop.abort()
  await done
})

test('an answer that does not cover every document settles nothing', async () => {
  const { queue, requests, recorded, stop, done } = start()
  const chunk = fakeChunk(['a', 'b'])
  queue.push(chunk)
  await settle()
  const outcome = taken({ ...chunk.body, documents: 1 })
  await requests[0]!.answer(outcome)
  assert.deepEqual(chunk.calls, [])
  assert.deepEqual(
    recorded.of('held').map(([, reason]) => reason),
    ['the answer does not have a verdict for each document'],
  )
  stop.abort()
  await done
})

test('stats tell what is where', async () => {
  const { queue, requests, stop, done } = start({ maxInFlight: 1 })
  queue.push(fakeChunk(['a'], { oldestMs: 5 }))
  queue.push(fakeChunk(['b'], { oldestMs: 7 }))
  await settle()
  const bytes = fakeChunk(['a']).body.bytes.length
  const none = { chunks: 0, bytes: 0 }
  assert.deepEqual(queue.stats(), {
    sealed: { chunks: 1, bytes },
    sending: { chunks: 1, bytes },
    retrying: none,
    spilled: none,
    oldestMs: 5,
    hold: undefined,
    full: 'no',
    inFlight: 1,
  })
  while (requests.length > 0) await requests[0]!.take()
  assert.deepEqual(queue.stats(), {
    sealed: none,
    sending: none,
    retrying: none,
    spilled: none,
    oldestMs: undefined,
    hold: undefined,
    full: 'no',
    inFlight: 0,
  })
  stop.abort()
  await done
})
