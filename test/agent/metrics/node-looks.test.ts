import assert from 'node:assert/strict'
import test from 'node:test'
import type { MetricFamily } from '../../../agent/event.ts'
import { runNodeLooks } from '../../../agent/metrics/node-looks.ts'
import { createModelClock } from '../../support/model-clock.ts'

const setUp = async (collect: () => Promise<readonly MetricFamily[]> = async () => []) => {
  const clock = createModelClock()
  const stop = new AbortController()
  const looks: [now: number, before: number | undefined][] = []
  const running = runNodeLooks(
    10_000,
    {
      collect,
      nowMonotonicMs: clock.monotonic,
      sleep: clock.sleep,
      looked: (now, before) => void looks.push([now.monotonicMs, before?.monotonicMs]),
    },
    stop.signal,
  )
  // The first look.
  await clock.advance(0)
  return { clock, looks, running, stop }
}

test('one look a period, each with the one before', async () => {
  const { clock, looks, running, stop } = await setUp()
  await clock.advance(25_000)
  stop.abort()
  await running
  assert.deepEqual(looks, [
    [0, undefined],
    [10_000, 0],
    [20_000, 10_000],
  ])
})

test('periods that were missed are not made up for, and the pace is kept', async () => {
  const slow = Promise.withResolvers<[]>()
  let first = true
  const { clock, looks, running, stop } = await setUp(() => {
    const answer = first ? slow.promise : Promise.resolve([])
    first = false
    return answer
  })
  await clock.advance(33_000)
  slow.resolve([])
  await clock.advance(0)
  await clock.advance(17_000)
  stop.abort()
  await running
  assert.deepEqual(looks, [
    [33_000, undefined],
    [40_000, 33_000],
    [50_000, 40_000],
  ])
})

test('a collector that hangs does not hold up a stop', async () => {
  const { looks, running, stop } = await setUp(() => new Promise(() => {}))
  stop.abort()
  await running
  assert.deepEqual(looks, [])
})
