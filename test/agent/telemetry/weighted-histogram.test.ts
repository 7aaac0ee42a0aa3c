import assert from 'node:assert/strict'
import test from 'node:test'
import { createWeightedHistogram } from '../../../agent/telemetry/weighted-histogram.ts'

test('weights are counted in every bucket at or above the value', () => {
  const histogram = createWeightedHistogram('h', [1, 2])
  histogram.observe({ output: 'a' }, 1, 3)
  histogram.observe({ output: 'a' }, 1.5, 2)
  histogram.observe({ output: 'a' }, 9, 1)
  assert.deepEqual(histogram.samples(), [
    { name: 'h_bucket', labels: { output: 'a', le: 1 }, value: 3 },
    { name: 'h_bucket', labels: { output: 'a', le: 2 }, value: 5 },
    { name: 'h_bucket', labels: { output: 'a', le: '+Inf' }, value: 6 },
    { name: 'h_sum', labels: { output: 'a' }, value: 15 },
    { name: 'h_count', labels: { output: 'a' }, value: 6 },
  ])
})

test('series are kept apart by their labels', () => {
  const histogram = createWeightedHistogram('h', [])
  histogram.observe({ output: 'a' }, 1, 1)
  histogram.observe({ output: 'b' }, 2, 4)
  assert.deepEqual(
    histogram.samples().filter((s) => s.name === 'h_count'),
    [
      { name: 'h_count', labels: { output: 'a' }, value: 1 },
      { name: 'h_count', labels: { output: 'b' }, value: 4 },
    ],
  )
})
