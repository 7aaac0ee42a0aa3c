import assert from 'node:assert/strict'
import test from 'node:test'
import { defaultSpillLimits, type SpillFacts, spillInMs } from '../../../agent/buffer/spill-policy.ts'

const usual: SpillFacts = {
  mode: 'running',
  starved: false,
  sending: false,
  failedBefore: false,
  vanishing: false,
  waitedMs: 0,
  heldForMs: undefined,
  behindDisk: false,
}
const NEVER = Number.POSITIVE_INFINITY

const cases: [string, Partial<SpillFacts>, number][] = [
  ['the steady state', {}, NEVER],
  ['however long it waits, while the lane has slots', { waitedMs: 1e9, failedBefore: true, heldForMs: 1e9 }, NEVER],
  ['starved: after five seconds', { starved: true, waitedMs: 1000 }, 4000],
  ['starved, five seconds are over', { starved: true, waitedMs: 9000 }, 0],
  ['starved and refused once', { starved: true, failedBefore: true }, 0],
  ['starved, the output has been held for a while', { starved: true, heldForMs: 400 }, 600],
  ['starved, the output is held for long', { starved: true, heldForMs: 1000 }, 0],
  [
    'starved, but its memory is being sent',
    { starved: true, sending: true, failedBefore: true, waitedMs: 9000 },
    NEVER,
  ],
  ['its file is deleted: within a second', { vanishing: true, waitedMs: 300 }, 700],
  ['its file is deleted, also while it is sent', { vanishing: true, sending: true, waitedMs: 1000 }, 0],
  ['closing: flushed', { mode: 'closing' }, NEVER],
  ['closing, being sent', { mode: 'closing', sending: true, failedBefore: true, heldForMs: 5 }, NEVER],
  ['closing, the output takes nothing', { mode: 'closing', heldForMs: 0 }, 0],
  ['closing, refused once', { mode: 'closing', failedBefore: true }, 0],
  ['closing, older ones are on disk', { mode: 'closing', behindDisk: true }, 0],
  ['stopping', { mode: 'stopping' }, 0],
  ['stopping, being sent', { mode: 'stopping', sending: true }, 0],
]

for (const [name, facts, expected] of cases) {
  test(`spill: ${name}`, () => assert.equal(spillInMs({ ...usual, ...facts }, defaultSpillLimits), expected))
}
