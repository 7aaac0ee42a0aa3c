import assert from 'node:assert/strict'
import test from 'node:test'
import { createHistory } from '../../../agent/page/history.ts'
import type { Readings } from '../../../agent/page/readings.ts'

const look = (gauges: Record<string, number>, counters: Record<string, number>): Readings => ({
  gauges: new Map(Object.entries(gauges)),
  counters: new Map(Object.entries(counters)),
  cpus: 4,
  memoryBytes: 8192,
})

test('gauges as they are, counters as their growth by the second; a counter that fell says nothing for once', () => {
  const history = createHistory(8, 10_000)
  history.add(1000, 0, look({ load: 1 }, { read: 500 }))
  history.add(11_000, 10_000, look({ load: 2 }, { read: 1500 }))
  history.add(21_000, 20_000, look({ load: 3 }, { read: 100 }))
  history.add(31_000, 30_000, look({}, { read: 200, written: 7 }))
  assert.deepEqual(history.since(0), {
    periodMs: 10_000,
    times: [1000, 11_000, 21_000, 31_000],
    series: { load: [1, 2, 3, null], read: [null, 100, null, 10] },
    totals: { memoryBytes: 8192, cpus: 4 },
  })
})

test('the ring keeps the newest, oldest first', () => {
  const history = createHistory(3, 10)
  for (let k = 1; k <= 5; k++) history.add(k * 10, k * 10, look({ load: k }, {}))
  const { times, series } = history.since(0)
  assert.deepEqual([times, series], [[30, 40, 50], { load: [3, 4, 5] }])
})

test('since leaves away what is known', () => {
  const history = createHistory(5, 10)
  for (let k = 1; k <= 4; k++) history.add(k * 10, k * 10, look({ load: k }, {}))
  assert.deepEqual(history.since(30).series, { load: [4] })
  assert.deepEqual(history.since(40).series, { load: [] })
})

test('growth is by the monotonic clock: a wall clock that is set forward makes no dip', () => {
  const history = createHistory(5, 10_000)
  history.add(1000, 0, look({}, { read: 0 }))
  history.add(3_600_000, 10_000, look({}, { read: 1000 }))
  assert.deepEqual(history.since(0).series, { read: [null, 100] })
})

test('a wall clock that is set back begins the history anew', () => {
  const history = createHistory(5, 10)
  history.add(1000, 0, look({ load: 1 }, {}))
  history.add(500, 10, look({ load: 2 }, {}))
  assert.deepEqual([history.since(0).times, history.since(0).series], [[500], { load: [2] }])
})

test('file systems that come and go do not fill the memory', () => {
  const history = createHistory(4, 10)
  for (let k = 1; k <= 500; k++) history.add(k * 10, k * 10, look({ load: k, [`filesystem./mnt/${k}`]: 0.5 }, {}))
  const { series } = history.since(0)
  assert.ok(Object.keys(series).length <= 48)
  assert.deepEqual(series.load, [497, 498, 499, 500])
  assert.deepEqual(series['filesystem./mnt/500'], [null, null, null, 0.5])
})

test('four digits are enough', () => {
  const history = createHistory(2, 10)
  history.add(1, 1, look({ load: 0.123456789 }, {}))
  assert.deepEqual(history.since(0).series, { load: [0.1235] })
})
