import assert from 'node:assert/strict'
import test from 'node:test'
import { runHealthRounds } from '../../../controller/health/health-rounds.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('agents of rollouts are looked at every quarter of a minute, all others every five', async () => {
  const clock = createModelClock()
  const looks: string[] = []
  let woken = 0
  const stop = new AbortController()
  const ended = runHealthRounds(
    {
      clock,
      watch: {
        look: async (targets) => void looks.push(targets.map(({ uid }) => uid).join()),
        health: () => new Map(),
      },
      urgent: () => [{ uid: 'canary', url: '' }],
      all: () => [{ uid: 'everyone', url: '' }],
      looked: () => {
        woken += 1
      },
    },
    stop.signal,
  )
  await clock.advance(0)
  await clock.advance(5 * 60_000)
  stop.abort()
  await ended
  assert.equal(looks.filter((who) => who === 'canary').length, 21)
  assert.equal(looks.filter((who) => who === 'everyone').length, 2)
  assert.equal(woken, 23)
})

test('nobody is woken where there was nobody to look at', async () => {
  const clock = createModelClock()
  const stop = new AbortController()
  const watch = { look: async () => {}, health: () => new Map() }
  const looked = (): void => assert.fail('woken')
  const ended = runHealthRounds({ clock, watch, urgent: () => [], all: () => [], looked }, stop.signal)
  await clock.advance(0)
  await clock.advance(60_000)
  stop.abort()
  await ended
})
