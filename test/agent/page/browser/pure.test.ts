import assert from 'node:assert/strict'
import test from 'node:test'
import type { VitalsReply } from '../../../../agent/page/api.ts'
import { joinVitals, stack } from '../../../../agent/page/browser/chart-data.ts'
import { rangeOf } from '../../../../agent/page/browser/search-range.ts'
import { createTailBuffer } from '../../../../agent/page/browser/tail-buffer.ts'
import { bytes, duration, percent } from '../../../../agent/page/browser/units.ts'
import { visibleText } from '../../../../agent/page/browser/visible-text.ts'

/** The browser's modules that need no browser. */

test('the tail’s buffer keeps the newest, and counts what it pushed out', () => {
  const buffer = createTailBuffer<number>(4)
  buffer.push([1, 2, 3])
  assert.deepEqual([buffer.take(2), buffer.length, buffer.takeLost()], [[1, 2], 1, 0])
  buffer.push([4, 5, 6, 7, 8])
  assert.deepEqual([buffer.takeLost(), buffer.takeLost(), buffer.length], [2, 0, 4])
  assert.deepEqual([buffer.take(9), buffer.take(9)], [[5, 6, 7, 8], []])
})

test('columns of a stack stand on each other; what was not measured is nowhere', () => {
  assert.deepEqual(
    stack([
      [1, null, 3],
      [1, 2, 3],
    ]),
    [
      [1, null, 3],
      [2, 2, 6],
    ],
  )
})

const vitals = (times: number[], series: VitalsReply['series']): VitalsReply => ({
  periodMs: 10,
  times,
  series,
  totals: { memoryBytes: null, cpus: null },
})

test('a reply is joined to what is known; a series that is new or gone has nothing there', () => {
  const joined = joinVitals(vitals([1, 2], { a: [1, 2], b: [1, 2] }), vitals([3], { a: [3], c: [3] }), 10)
  assert.deepEqual(joined, vitals([1, 2, 3], { a: [1, 2, 3], b: [1, 2, null], c: [null, null, 3] }))
  assert.deepEqual(joinVitals(joined, vitals([4], { a: [4] }), 2).times, [3, 4])
  assert.deepEqual(joinVitals(undefined, vitals([4], { a: [4] }), 2), vitals([4], { a: [4] }))
})

test('ranges of a search', () => {
  assert.deepEqual(rangeOf('15m', '', '', 1_000_000), { since: 100_000, until: undefined })
  assert.deepEqual(rangeOf('all', '', '', 1_000_000), { since: undefined, until: undefined })
  const noon = Date.parse('2026-11-26T12:00:00')
  assert.deepEqual(rangeOf('custom', '2026-11-26T12:00:00', '', 0), { since: noon, until: undefined })
})

test('units for people', () => {
  assert.deepEqual([0, 900, 1536, 123_456_789, 2 ** 30].map(bytes), ['0 B', '900 B', '1.5 KiB', '118 MiB', '1 GiB'])
  assert.deepEqual([0, 0.004, 0.1, 1].map(percent), ['0 %', '0.4 %', '10 %', '100 %'])
  assert.deepEqual([0, 250, 1000, 95_000, 3_600_000, 90_061_000].map(duration), [
    ...['0 ms', '250 ms', '1 s', '1 min 35 s', '1 h'],
    '1 d 1 h',
  ])
})

test('control characters and turned text are shown, colours of a terminal left away', () => {
  assert.equal(visibleText('\u001b[31mred\u001b[0m \u0007\u001b]0;x a\u202eb\tc\nd'), 'red ␇␛]0;x a\\u202eb\tc\nd')
})
