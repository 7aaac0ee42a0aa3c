import assert from 'node:assert/strict'
import test from 'node:test'
import { type Moment, parseMoment } from '../../../agent/cli/moment.ts'

const at = (epochMs: number): Moment => ({ kind: 'at', epochMs })

test('moments', () => {
  const table: [string, Moment | undefined][] = [
    ['10m', { kind: 'ago', ms: 600_000 }],
    ['1d12h', { kind: 'ago', ms: 129_600_000 }],
    ['2026-01-31T12:00:00Z', at(Date.UTC(2026, 0, 31, 12))],
    ['2026-01-31 12:00:00,25+00:00', at(Date.UTC(2026, 0, 31, 12, 0, 0, 250))],
    ['2026-01-31T12:00', at(new Date(2026, 0, 31, 12).getTime())],
    // The beginning of the day where the user sits, not in Greenwich.
    ['2026-01-31', at(new Date(2026, 0, 31).getTime())],
    ['2026-13-31', undefined],
    ['10', undefined],
    ['now', undefined],
    ['Jan 31', undefined],
  ]
  for (const [text, moment] of table) assert.deepEqual([text, parseMoment(text)], [text, moment])
})
