import assert from 'node:assert/strict'
import test from 'node:test'
import { createWorkQueue, REQUEUE_LIMITS } from '../../../controller/queue/work-queue.ts'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { createModelClock } from '../../support/model-clock.ts'

const start = () => {
  const clock = createModelClock()
  return { clock, queue: createWorkQueue(clock, createTokenBucket(REQUEUE_LIMITS, clock)) }
}

test('a key that is added many times is worked on once', async () => {
  const { queue } = start()
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
  assert.deepEqual([await queue.take(), await queue.take(), queue.depth], ['a', 'b', 0])
})

test('a key is never in two hands; what comes meanwhile is looked at afterwards', async () => {
  const { queue } = start()
  queue.add('a')
  await queue.take()
  queue.add('a')
  assert.equal(queue.depth, 0)
  queue.done('a')
  assert.deepEqual([queue.depth, await queue.take()], [1, 'a'])
})

test('of two moments for a key the sooner one counts, and it comes once', async () => {
  const { queue, clock } = start()
  queue.addAfter('a', 5000)
  queue.addAfter('a', 1000)
  queue.addAfter('a', 3000)
  await clock.advance(999)
  assert.equal(queue.depth, 0)
  await clock.advance(1)
  assert.equal(await queue.take(), 'a')
  queue.done('a')
  await clock.advance(60_000)
  assert.equal(queue.depth, 0)
})

test('each failure doubles the wait, from 5 ms to 1,000 s; a success begins anew', async () => {
  const { queue, clock } = start()
  const waits: number[] = []
  const wait = async (): Promise<void> => {
    const beganMs = clock.monotonic()
    queue.addRateLimited('a')
    const taken = queue.take()
    while (queue.depth === 0 && clock.sleepers > 0) await clock.advance(5)
    assert.equal(await taken, 'a')
    queue.done('a')
    waits.push(clock.monotonic() - beganMs)
  }
  for (let i = 0; i < 8; i++) await wait()
  queue.forget('a')
  await wait()
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 320, 640, 5])
})

test('many keys that fail together come back 10 a second after the first 100', async () => {
  const { queue, clock } = start()
  for (let i = 0; i < 120; i++) queue.addRateLimited(`${i}`)
  await clock.advance(5)
  assert.equal(queue.depth, 100)
  await clock.advance(1000)
  assert.equal(queue.depth, 110)
  await clock.advance(1000)
  assert.equal(queue.depth, 120)
})

test('when it is shut down whoever waits is told, and nothing comes any more', async () => {
  const { queue, clock } = start()
  const waiting = queue.take()
  queue.addAfter('a', 10)
  queue.shutDown()
  queue.add('b')
  await clock.advance(100)
  assert.deepEqual([await waiting, await queue.take(), clock.sleepers], [undefined, undefined, 0])
})
