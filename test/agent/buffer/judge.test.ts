import assert from 'node:assert/strict'
import test from 'node:test'
import { type Judgement, judge, type Part } from '../../../agent/buffer/judge.ts'
import type { Outcome } from '../../../agent/event.ts'

const rejection = (item: number) => ({ item, status: 400, type: 't', reason: 'r' })
const items = (part: Partial<Extract<Outcome, { kind: 'items' }>>): Outcome => ({
  kind: 'items',
  created: 0,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
  ...part,
})
const judgement = (part: Partial<Judgement>): Judgement => ({
  remaining: [],
  rejected: [],
  held: [],
  delivered: 0,
  progress: 'advanced',
  reason: undefined,
  retryAfterMs: undefined,
  needsHuman: false,
  ...part,
})
const uncovered = judgement({
  progress: 'stuck',
  remaining: ['all'],
  reason: 'the answer does not have a verdict for each document',
})
const some = Uint32Array.of(2, 5, 7, 9)

const cases: [string, Part, number, Outcome, Judgement][] = [
  ['all taken', 'all', 3, items({ created: 2, duplicates: 1 }), judgement({ delivered: 3 })],
  ['failure store counted beside', 'all', 3, items({ created: 2, failureStore: 1 }), judgement({ delivered: 3 })],
  ['failure store counted within', 'all', 3, items({ created: 3, failureStore: 1 }), judgement({ delivered: 3 })],
  [
    'one rejected',
    'all',
    3,
    items({ created: 2, rejected: [rejection(1)] }),
    judgement({ delivered: 2, rejected: [rejection(1)] }),
  ],
  [
    'retries of a part are positions of the chunk, in order',
    some,
    4,
    items({ created: 2, retry: [3, 1], retryReason: '429' }),
    judgement({ delivered: 2, remaining: [Uint32Array.of(5, 9)], reason: '429' }),
  ],
  [
    'nothing taken',
    some,
    4,
    items({ retry: [0, 1, 2, 3], retryReason: '429' }),
    judgement({ progress: 'stuck', remaining: [some], reason: '429' }),
  ],
  ['too few verdicts', 'all', 3, items({ created: 2 }), uncovered],
  ['too many verdicts', 'all', 3, items({ created: 4 }), uncovered],
  ['a position outside the body', 'all', 2, items({ created: 1, retry: [2] }), uncovered],
  ['a position twice', 'all', 2, items({ retry: [1, 1] }), uncovered],
  ['retried and rejected', 'all', 2, items({ retry: [1], rejected: [rejection(1)] }), uncovered],
  [
    'again',
    some,
    4,
    { kind: 'again', reason: '503', retryAfterMs: 9, hold: true },
    judgement({ progress: 'stuck', remaining: [some], reason: '503', retryAfterMs: 9, needsHuman: true }),
  ],
  [
    'split',
    'all',
    3,
    { kind: 'split', reason: '413' },
    judgement({ remaining: [Uint32Array.of(0), Uint32Array.of(1, 2)], reason: '413' }),
  ],
  [
    'split of a part',
    some,
    4,
    { kind: 'split', reason: '413' },
    judgement({ remaining: [Uint32Array.of(2, 5), Uint32Array.of(7, 9)], reason: '413' }),
  ],
  [
    'a single document that is too large',
    Uint32Array.of(5),
    1,
    { kind: 'split', reason: 'too large' },
    judgement({ rejected: [{ item: 0, status: 413, type: 'document_too_large', reason: 'too large' }] }),
  ],
]

for (const [name, part, documents, outcome, expected] of cases) {
  test(`judge: ${name}`, () => assert.deepEqual(judge(part, documents, outcome), expected))
}
