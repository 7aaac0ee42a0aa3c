import assert from 'node:assert/strict'
import test from 'node:test'
import type { Outcome } from '../../../agent/event.ts'
import { createDeliveryTally } from '../../../agent/telemetry/delivery-tally.ts'

const body = { bytes: new Uint8Array(3), encoding: 'identity', plainBytes: 3, documents: 10 } as const
const items = (retry: number[]): Outcome => ({
  ...{ kind: 'items', created: 10 - retry.length, duplicates: 0, failureStore: 0, rejected: [], retry },
  retryReason: undefined,
})

test('what each output has done: only an answer about items is a verdict', () => {
  let now = 1000
  const { events, list } = createDeliveryTally({ monotonic: () => now })
  events.sent('a', { kind: 'again', reason: 'down', retryAfterMs: undefined, hold: false }, body, 5)
  events.sent('b', items([1, 2]), body, 5)
  events.delivered('b', 8, 20)
  events.deadLettered('b', { item: 0, status: 400, type: 't', reason: 'r' })
  now = 1250
  assert.deepEqual(list(), [
    { output: 'a', deliveredDocuments: 0, retriedDocuments: 10, deadLetters: 0, verdictAgeMs: undefined },
    { output: 'b', deliveredDocuments: 8, retriedDocuments: 2, deadLetters: 1, verdictAgeMs: 250 },
  ])
})
