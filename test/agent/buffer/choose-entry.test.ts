import assert from 'node:assert/strict'
import test from 'node:test'
import { type Choice, chooseEntry, OPEN_MAX } from '../../../agent/buffer/choose-entry.ts'
import { type Entry, entryOfChunk, entryOfFile } from '../../../agent/buffer/entry.ts'
import { fakeChunk } from '../../support/fake-chunk.ts'

const inMemory = (seq: number, part: Partial<Entry> = {}): Entry => ({
  ...entryOfChunk(seq, fakeChunk(['a']), 0),
  ...part,
})
const onDisk = (seq: number, part: Partial<Entry> = {}): Entry => ({
  ...entryOfFile({ seq, path: '/q', bytes: 1, writtenMs: 0 }, 0),
  ...part,
})
const usual: Choice = { nowMs: 100, second: false, memoryOnly: false, heldMs: () => 0 }
const waiting = { notBeforeMs: 150, attempt: 1 }
const open = Array.from({ length: OPEN_MAX }, (_, i) => onDisk(i, { notBeforeMs: 130 + i, attempt: 1 }))

const cases: [string, Entry[], Partial<Choice>, number][] = [
  ['nothing', [], {}, Number.POSITIVE_INFINITY],
  ['the oldest', [onDisk(1), inMemory(2)], {}, 1],
  ['not what is being sent', [inMemory(1, { phase: 'sending' }), inMemory(2)], {}, 2],
  ['not what waits', [inMemory(1, waiting), inMemory(2)], {}, 2],
  ['what has waited', [inMemory(1, { notBeforeMs: 100, attempt: 1 }), inMemory(2)], {}, 1],
  ['all wait: how long', [inMemory(1, waiting), inMemory(2, { ...waiting, notBeforeMs: 120 })], {}, 20],
  ['the second', [inMemory(1), inMemory(2), inMemory(3)], { second: true }, 2],
  ['the second, where there is one', [inMemory(1), inMemory(2, waiting)], { second: true }, 1],
  ['only from memory', [onDisk(1), inMemory(2)], { memoryOnly: true }, 2],
  ['no new one while too many are open', [...open, onDisk(99)], {}, 30],
  ['an open one whose time has come, however many', [...open, onDisk(99), onDisk(100, { attempt: 1 })], {}, 100],
]

for (const [name, entries, choice, expected] of cases) {
  test(`choose: ${name}`, () => {
    const chosen = chooseEntry(entries, { ...usual, ...choice })
    assert.equal(typeof chosen === 'number' ? chosen : chosen.seq, expected)
  })
}
