import assert from 'node:assert/strict'
import test from 'node:test'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('a burst passes at once, the rest steadily, and what was not used is kept up to the burst', async () => {
  const clock = createModelClock()
  const bucket = createTokenBucket({ perSecond: 20, burst: 3 }, clock)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => bucket.reserve()),
    [0, 0, 0, 50, 100],
  )
  await clock.advance(3_600_000)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => bucket.reserve()),
    [0, 0, 0, 50],
  )
})

test('who waits is let go by the signal', async () => {
  const clock = createModelClock()
  const bucket = createTokenBucket({ perSecond: 1, burst: 1 }, clock)
  const stop = new AbortController()
  await bucket.take(stop.signal)
  const waiting = bucket.take(stop.signal)
  stop.abort()
  await waiting
})
