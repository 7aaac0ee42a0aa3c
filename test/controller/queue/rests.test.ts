import assert from 'node:assert/strict'
import test from 'node:test'
import { createRests } from '../../../controller/queue/rests.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('what is refused rests for twice as long each time, up to five minutes', async () => {
  const clock = createModelClock()
  const rests = createRests(clock)
  const waits: (number | undefined)[] = []
  for (let times = 1; times <= 10; times++) {
    assert.equal(rests.refused('a', undefined), times)
    waits.push(rests.soonestMs)
    await clock.advance((rests.soonestMs ?? 0) - 1)
    assert.equal(rests.isResting('a', '1'), true)
    await clock.advance(1)
    assert.equal(rests.isResting('a', '1'), false)
  }
  assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000])
})

test('what was outdated rests only as long as nothing newer is known; what has gone well or is no longer wanted, not at all', () => {
  const rests = createRests(createModelClock())
  rests.refused('outdated', '7')
  rests.refused('well', undefined)
  rests.refused('unwanted', undefined)
  rests.over('well')
  rests.keep(new Set(['outdated', 'well']))
  const resting = [
    ['outdated', '7'] as const,
    ['outdated', '8'] as const,
    ['well', '1'] as const,
    ['unwanted', '1'] as const,
  ]
  assert.deepEqual(
    resting.map(([name, version]) => rests.isResting(name, version)),
    [true, false, false, false],
  )
})
