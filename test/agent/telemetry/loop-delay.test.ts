import assert from 'node:assert/strict'
import test from 'node:test'
import { createLoopDelay } from '../../../agent/telemetry/loop-delay.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('the longest delay of the last minute is told and then forgotten', async () => {
  const model = createModelClock()
  // A clock whose timers fire late by lateMs, as they do when the loop was busy.
  let lateMs = 0
  const clock = { ...model, after: (ms: number, call: () => void) => model.after(ms + lateMs, call) }
  const delay = createLoopDelay(clock)
  const stop = new AbortController()
  const running = delay.run(stop.signal)
  await model.advance(1000)
  assert.equal(delay.longestMs(), 0)
  lateMs = 250
  await model.advance(2250)
  assert.equal(delay.longestMs(), 250)
  lateMs = 0
  await model.advance(62_000)
  assert.equal(delay.longestMs(), 0)
  stop.abort()
  await running
  assert.equal(model.sleepers, 0)
})

test('one that is to end before it begins leaves no timer behind', async () => {
  const model = createModelClock()
  await createLoopDelay(model).run(AbortSignal.abort())
  assert.equal(model.sleepers, 0)
})
