import assert from 'node:assert/strict'
import test from 'node:test'
import { createWedgeDetector } from '../../../agent/server/wedge-detector.ts'

const setUp = () => {
  const stage = { pending: false, progressMs: 0 }
  const detector = createWedgeDetector(60_000)
  detector.watch({ name: 'feed', pending: () => stage.pending, lastProgressMs: () => stage.progressMs })
  /** Looks every 5 s from..to and returns the first moment at which the stage was wedged. */
  const lookUntil = (fromMs: number, toMs: number): number | undefined => {
    for (let ms = fromMs; ms <= toMs; ms += 5000) if (detector.observe(ms).length > 0) return ms
    return undefined
  }
  return { stage, detector, lookUntil }
}

test('a stage without work is never wedged', () => assert.equal(setUp().lookUntil(0, 3_600_000), undefined))

test('a stage with work and no progress is wedged after the stated time', () => {
  const { stage, detector } = setUp()
  stage.pending = true
  for (let ms = 0; ms <= 60_000; ms += 5000) assert.deepEqual(detector.observe(ms), [])
  assert.deepEqual(detector.observe(65_000), [{ name: 'feed', stalledMs: 65_000 }])
})

test('work that comes after an idle hour is not held against the hour', () => {
  const { stage, lookUntil } = setUp()
  lookUntil(0, 3_600_000)
  stage.pending = true
  assert.equal(lookUntil(3_605_000, 3_660_000), undefined)
  assert.equal(lookUntil(3_665_000, 3_700_000), 3_670_000)
})

test('progress starts the time anew, and heals', () => {
  const { stage, lookUntil } = setUp()
  stage.pending = true
  lookUntil(0, 50_000)
  stage.progressMs = 50_000
  assert.equal(lookUntil(55_000, 115_000), undefined)
  assert.equal(lookUntil(120_000, 130_000), 120_000)
  stage.progressMs = 130_000
  assert.equal(lookUntil(135_000, 190_000), undefined)
})

test('a process that was stopped for an hour is not wedged when it goes on', () => {
  const { stage, detector, lookUntil } = setUp()
  stage.pending = true
  lookUntil(0, 20_000)
  assert.deepEqual(detector.observe(3_600_000), [])
  assert.equal(lookUntil(3_605_000, 3_700_000), 3_635_000)
})
