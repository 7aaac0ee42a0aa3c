import assert from 'node:assert/strict'
import test from 'node:test'
import { createPace } from '../../../agent/source/pace.ts'
import { createWaker } from '../../../lib/io/waker.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('everything is looked at in its interval, busy logs in between, and all at once when something moved', async () => {
  const clock = createModelClock()
  const waker = createWaker()
  const stop = new AbortController()
  const looks: string[] = []
  let [busy, moved] = [false, false]
  const note = (what: string) => (): void => {
    moved = false
    looks.push(`${what} ${clock.monotonic()}`)
  }
  const deps = { clock, waker, pollMs: 1000, poll: note('all'), followBusy: note('busy'), someBusy: () => busy }
  const pace = createPace({ ...deps, moved: () => moved })
  const running = pace.run(stop.signal)
  await clock.advance(2500)
  assert.deepEqual(looks.splice(0), ['all 0', 'all 1000', 'all 2000'])
  busy = true
  await clock.advance(800)
  assert.deepEqual(looks.splice(0), ['all 3000', 'busy 3100', 'busy 3200', 'busy 3300'])
  moved = true
  waker.wake()
  await clock.advance(0)
  assert.deepEqual([looks.splice(0), pace.lastMs(), pace.running], [['all 3300'], 3300, true])
  stop.abort()
  await running
  assert.equal(pace.running, false)
})

test('a look that takes long is followed by a pause three times as long, whatever wakes it meanwhile; its end is not waited for', async () => {
  const clock = createModelClock()
  const waker = createWaker()
  const stop = new AbortController()
  const looks: number[] = []
  let lookingMs = 0
  const monotonic = (): number => clock.monotonic() + lookingMs
  const poll = (): void => {
    looks.push(monotonic())
    lookingMs += 400
  }
  const deps = {
    clock: { ...clock, monotonic },
    waker,
    pollMs: 1000,
    poll,
    followBusy: poll,
    someBusy: () => false,
    moved: () => true,
  }
  const running = createPace(deps).run(stop.signal)
  for (let i = 0; i < 30; i++) {
    waker.wake()
    await clock.advance(100)
  }
  assert.deepEqual(looks, [0, 1600, 3200])
  stop.abort()
  await running
})
