import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Hold,
  holdAfterRefusal,
  holdAfterSuccess,
  RETRY_AFTER_MAX_MS,
  type Refusal,
} from '../../../agent/buffer/hold.ts'

const hold: Hold = { sinceMs: 10, firstTry: 4, attempt: 2, untilMs: 210, reason: 'old', needsHuman: false }
const refusal: Refusal = {
  request: 5,
  nextRequest: 6,
  nowMs: 300,
  reason: 'new',
  needsHuman: true,
  retryAfterMs: undefined,
}
const backoff = (attempt: number): number => attempt * 100

const cases: [string, Hold | undefined, Partial<Refusal>, Hold][] = [
  [
    'the first',
    undefined,
    {},
    { sinceMs: 300, firstTry: 6, attempt: 1, untilMs: 400, reason: 'new', needsHuman: true },
  ],
  ['another try', hold, {}, { sinceMs: 10, firstTry: 4, attempt: 3, untilMs: 600, reason: 'new', needsHuman: true }],
  ['one that was on its way before', hold, { request: 3 }, hold],
  [
    'Retry-After is longer',
    hold,
    { retryAfterMs: 5000 },
    { ...hold, attempt: 3, untilMs: 5300, reason: 'new', needsHuman: true },
  ],
  [
    'Retry-After is shorter',
    hold,
    { retryAfterMs: 5 },
    { ...hold, attempt: 3, untilMs: 600, reason: 'new', needsHuman: true },
  ],
  [
    'Retry-After of days',
    hold,
    { retryAfterMs: 1e9 },
    { ...hold, attempt: 3, untilMs: 300 + RETRY_AFTER_MAX_MS, reason: 'new', needsHuman: true },
  ],
]
for (const [name, before, part, expected] of cases) {
  test(`hold after a refusal: ${name}`, () =>
    assert.deepEqual(holdAfterRefusal(before, { ...refusal, ...part }, backoff), expected))
}

test('only a try that began during the hold ends it', () => {
  assert.deepEqual(holdAfterSuccess(hold, 3), hold)
  assert.equal(holdAfterSuccess(hold, 4), undefined)
  assert.equal(holdAfterSuccess(undefined, 4), undefined)
})
