import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { DataHealth } from '../../../controller/health/data-health.ts'
import { judgeHealth, missed, NOT_LOOKED, seen } from '../../../controller/health/judge-health.ts'
import { type AgentCounts, type OutputCounts, readAgentCounts } from '../../../controller/health/read-output-counts.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/agent-exposition/${name}.txt`, import.meta.url), 'utf8')

test('what an agent says of its outputs is read from its own exposition', () => {
  assert.deepEqual(readAgentCounts(fixture('second')), {
    startedSeconds: 1795710562.03,
    outputs: new Map([
      ['good', { lagBytes: 0, lagSeconds: 0, settled: 100, dropped: 0, rejected: 0, failedRequests: 0, held: false }],
      [
        'search',
        { lagBytes: 782, lagSeconds: 18.345, settled: 0, dropped: 0, rejected: 0, failedRequests: 6, held: true },
      ],
    ]),
  })
  assert.equal(readAgentCounts('node_load1 0.5\nprocess_start_time_seconds 5\n'), undefined)
})

test('an agent one of whose outputs is held ships nothing there, and which one is said', () => {
  const first = seen(NOT_LOOKED, { atMs: 0, counts: readAgentCounts(fixture('first')) })
  const second = seen(first, { atMs: 14_000, counts: readAgentCounts(fixture('second')) })
  assert.deepEqual(judgeHealth(second), {
    verdict: 'ships_nothing',
    detail: 'output search: nothing delivered for 14 s while 782 bytes wait; the output is held',
    lagSeconds: 18.345,
    droppedPerMinute: 0,
    rejectedPerMinute: 0,
    failedRequestsPerMinute: (2 * 60) / 14,
  })
})

const counts = (changes: Partial<OutputCounts>, startedSeconds = 5): AgentCounts => ({
  startedSeconds,
  outputs: new Map([
    [
      'es',
      { lagBytes: 0, lagSeconds: 0, settled: 0, dropped: 0, rejected: 0, failedRequests: 0, held: false, ...changes },
    ],
  ]),
})

const judged = (before: AgentCounts, now: AgentCounts): DataHealth =>
  judgeHealth(seen(seen(NOT_LOOKED, { atMs: 0, counts: before }), { atMs: 30_000, counts: now }))

const WAITING = { lagBytes: 100, lagSeconds: 5 }
const VERDICTS: readonly (readonly [string, Partial<OutputCounts>, Partial<OutputCounts>, DataHealth['verdict']])[] = [
  ['documents go', WAITING, { ...WAITING, settled: 1 }, 'delivering'],
  ['nothing waits', {}, {}, 'idle'],
  ['something came just now', {}, WAITING, 'idle'],
  ['it grows and is old', WAITING, { lagBytes: 200, lagSeconds: 35 }, 'ships_nothing'],
  ['it grows and has not even been read', { lagBytes: 100 }, { lagBytes: 200 }, 'ships_nothing'],
  ['it grows and is young', WAITING, { lagBytes: 200, lagSeconds: 10 }, 'unknown'],
  ['it waits, and does not grow', { lagBytes: 100 }, { lagBytes: 100 }, 'unknown'],
  ['held', { lagBytes: 100 }, { lagBytes: 100, held: true }, 'ships_nothing'],
  ['held, and nothing to do', {}, { held: true }, 'idle'],
]

test('from two looks follows whether it delivers, is idle or ships nothing', () => {
  for (const [name, before, now, verdict] of VERDICTS)
    assert.equal(judged(counts(before), counts(now)).verdict, verdict, name)
})

test('drops, rejections and failed requests are counted a minute', () => {
  const { droppedPerMinute, rejectedPerMinute, failedRequestsPerMinute } = judged(
    counts({ dropped: 5, rejected: 5, failedRequests: 5 }),
    counts({ dropped: 15, rejected: 25, failedRequests: 35 }),
  )
  assert.deepEqual([droppedPerMinute, rejectedPerMinute, failedRequestsPerMinute], [20, 40, 60])
})

test('counters that begin anew are no delivery', () => {
  const { verdict, detail } = judged(counts({ settled: 1000 }), counts({ settled: 5 }, 6))
  assert.deepEqual([verdict, detail], ['unknown', 'it has started anew'])
})

test('one look that fails says nothing yet, a second one does', () => {
  const one = missed(seen(NOT_LOOKED, { atMs: 0, counts: counts({}) }), 'refused')
  assert.equal(judgeHealth(one).verdict, 'unknown')
  const two = missed(one, 'refused')
  assert.deepEqual([judgeHealth(two).verdict, judgeHealth(two).detail], ['unreachable', 'refused'])
  assert.equal(judgeHealth(seen(two, { atMs: 30_000, counts: counts({}) })).verdict, 'idle')
})

test('looks close to each other are not compared: an output flushes at its own pace', () => {
  const looks = [0, 30_000, 31_000].reduce(
    (known, atMs) => seen(known, { atMs, counts: counts({ settled: atMs }) }),
    NOT_LOOKED,
  )
  assert.deepEqual([looks.previous?.atMs, looks.last?.atMs], [0, 31_000])
})

test('what answers and is no Picket is never judged', () => {
  const looks = [0, 30_000].reduce((known, atMs) => seen(known, { atMs, counts: undefined }), NOT_LOOKED)
  assert.deepEqual(judgeHealth(looks).detail, 'its metrics say nothing of outputs')
})

test('of a pod that answers with outputs without end, or names without end, no more than an agent’s is kept', () => {
  const line = (output: string): string => `picket_lag_bytes{output="${output}"} 1\n`
  const many = Array.from({ length: 5000 }, (_, i) => line(`o${i}`)).join('')
  assert.equal(readAgentCounts(many)?.outputs.size, 100)
  const long = readAgentCounts(line('es') + line('x'.repeat(1 << 20)))
  assert.deepEqual([...(long?.outputs.keys() ?? [])], ['es'])
})
