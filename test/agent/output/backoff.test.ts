import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { backoff } from '../../../agent/output/backoff.ts'

test('the ceiling doubles with each attempt up to the maximum, the draw is uniform below it', () => {
  const table = [1, 2, 3, 4, 5, 6, 100].map((attempt) => [
    attempt,
    backoff(attempt, 1000, 30_000, 0.5),
    backoff(attempt, 1000, 30_000, 0),
  ])
  assert.deepEqual(table, [
    [1, 500, 100],
    [2, 1000, 100],
    [3, 2000, 100],
    [4, 4000, 100],
    [5, 8000, 100],
    [6, 15_000, 100],
    [100, 15_000, 100],
  ])
})

test('it stays between a tenth of the first wait and the maximum, whatever is drawn', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 1, max: 600_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, initialMs, maxMs, random) => {
        const waitMs = backoff(attempt, initialMs, maxMs, random)
        assert.ok(waitMs <= maxMs && waitMs >= Math.round(Math.min(initialMs / 10, maxMs)))
      },
    ),
  )
})
