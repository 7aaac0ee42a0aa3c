import assert from 'node:assert/strict'
import test from 'node:test'
import { createRateLimiter } from '../../../lib/log/rate-limiter.ts'
import { createModelClock } from '../../support/model-clock.ts'

const setUp = () => {
  const clock = createModelClock()
  const reports: [string, number][] = []
  const limiter = createRateLimiter({ burst: 2, windowMs: 10_000 }, clock, (kind, n) => reports.push([kind, n]))
  return {
    clock,
    reports,
    limiter,
    offer: (kind: string, n: number) => Array.from({ length: n }, () => limiter.admit(kind)),
  }
}

test('a burst passes, the rest of the window is counted and reported at its end', async () => {
  const { clock, reports, offer } = setUp()
  assert.deepEqual(offer('a', 5), [true, true, false, false, false])
  await clock.advance(9_999)
  assert.deepEqual(reports, [])
  await clock.advance(1)
  assert.deepEqual(reports, [['a', 3]])
  assert.deepEqual(offer('a', 3), [true, true, false])
})

test('kinds do not take from each other', () => {
  const { offer } = setUp()
  offer('a', 9)
  assert.deepEqual(offer('b', 3), [true, true, false])
})

test('a window that suppressed nothing ends in silence and leaves no timer', async () => {
  const { clock, reports, offer } = setUp()
  offer('a', 2)
  assert.equal(clock.sleepers, 0)
  await clock.advance(20_000)
  assert.deepEqual(offer('a', 2), [true, true])
  assert.deepEqual(reports, [])
})

test('a late timer does not swallow or repeat a report', async () => {
  const { clock, reports, offer, limiter } = setUp()
  offer('a', 4)
  await clock.advance(10_000)
  offer('a', 4)
  limiter.close()
  assert.deepEqual(reports, [
    ['a', 2],
    ['a', 2],
  ])
})

test('close reports at once and leaves no timer that would keep the process', () => {
  const { clock, reports, offer, limiter } = setUp()
  offer('a', 3)
  limiter.close()
  assert.deepEqual(reports, [['a', 1]])
  assert.equal(clock.sleepers, 0)
})
