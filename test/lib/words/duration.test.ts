import assert from 'node:assert/strict'
import test from 'node:test'
import { durationHint, parseDuration } from '../../../lib/words/duration.ts'

test('durations', () => {
  const table: [string, number | undefined][] = [
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['7d', 604_800_000],
    ['0', 0],
    ['0s', 0],
    ['5', undefined],
    ['s', undefined],
    ['', undefined],
    ['5 s', undefined],
    ['-5s', undefined],
    ['5S', undefined],
    ['1e3s', undefined],
    ['5s\n', undefined],
  ]
  for (const [text, ms] of table) assert.deepEqual([text, parseDuration(text)], [text, ms])
})

test('how a duration was meant', () => {
  const table: [string, string | undefined][] = [
    ['5', '5s'],
    ['2 hours', '2h'],
    ['10 Sec', '10s'],
    ['3mins', '3m'],
    ['1.5 days', '1.5d'],
    ['100 milliseconds', '100ms'],
    ['soon', undefined],
    ['5 apples', undefined],
  ]
  for (const [text, hint] of table) assert.deepEqual([text, durationHint(text)], [text, hint])
})
