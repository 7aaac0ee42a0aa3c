import assert from 'node:assert/strict'
import test from 'node:test'
import { fileBytes } from '../../../agent/buffer/chunk-format.ts'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { createQueue } from '../../../agent/buffer/queue.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import type { BulkBody, Outcome } from '../../../agent/event.ts'
import { createMetricFeed } from '../../../agent/feed/metric-feed.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { bulkLines, namesIn } from '../../support/fake-chunk.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

const PERIOD_MS = 10_000
const looksOf = (length: number): string[] => Array.from({ length }, (_, n) => `look-${100 + n}`)

/** A queue whose disk holds so many looks, and an output that is down until it is told otherwise. */
const start = (looksOnDisk: number, filesystem = createCrashFilesystem()) => {
  const clock = createModelClock(0)
  const { events, of } = recordEvents()
  const state = { down: true }
  const arrived: string[] = []
  const send = async (body: BulkBody): Promise<Outcome> => {
    if (state.down) return { kind: 'again', reason: 'down', retryAfterMs: undefined, hold: false }
    arrived.push(...namesIn(body))
    const verdicts = { created: body.documents, duplicates: 0, failureStore: 0, rejected: [], retry: [] }
    return { kind: 'items', ...verdicts, retryReason: undefined }
  }
  const dead = { output: 'es', limitBytes: 1 << 20, overflow: 'drop_oldest' } as const
  const queue = createQueue(
    {
      maxInFlight: 2,
      totalLimitBytes: looksOnDisk * fileBytes(bulkLines(looksOf(1)).length),
      overflow: 'block',
      spill: defaultSpillLimits,
    },
    {
      output: { name: 'es', send, close: async () => {} },
      store: openChunkStore('/queue/es', 'es', { filesystem, events }),
      deadLetters: openDeadLetters('/dead/es', dead, { filesystem, events, exclusive: (work) => work() }),
      events,
      clock,
      backoff: () => 1000,
    },
  )
  const stop = new AbortController()
  const done = queue.run(stop.signal)
  const feed = createMetricFeed(
    { name: 'es', compression: 'none', chunkLimitBytes: 1 << 20 },
    { queue, starved: (yes) => queue.starved(yes), events },
  )
  const look = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      feed.push([{ stream: 'metrics', lines: bulkLines([name]) }], clock.now())
      await clock.advance(PERIOD_MS)
    }
  }
  const end = async (): Promise<void> => {
    stop.abort()
    await done
  }
  return { arrived, clock, end, filesystem, look, of, state }
}

test('an outage is spilled to disk as that of logs is, and delivered in order when it is over', async () => {
  const { arrived, clock, end, look, of, state } = start(100)
  const names = looksOf(20)
  await look(names)
  state.down = false
  await clock.advance(60_000)
  await end()
  assert.deepEqual([arrived, of('dropped')], [names, []])
  assert.ok(of('spilled').length > 10)
})

test('where the disk’s limit is reached, looks are dropped and counted, and the next ones are taken again', async () => {
  const { arrived, clock, end, look, of, state } = start(5)
  const names = looksOf(20)
  await look(names)
  const dropped = of('dropped').length
  state.down = false
  await clock.advance(60_000)
  await look(['later'])
  await end()
  // On disk and in memory: the oldest, because what is there is kept.
  assert.deepEqual(arrived, [...names.slice(0, names.length - dropped), 'later'])
  assert.ok(dropped > 10 && dropped < 16, `${dropped} dropped`)
  assert.deepEqual(of('dropped')[0], ['es', 1, 'queue_full'])
})

test('what waits when the agent is stopped is delivered by the next one', async () => {
  const { end, filesystem, look } = start(100)
  const names = looksOf(7)
  await look(names)
  await end()
  const next = start(100, filesystem)
  next.state.down = false
  await next.clock.advance(0)
  await next.clock.advance(60_000)
  await next.end()
  assert.deepEqual(next.arrived, names)
})
