import assert from 'node:assert/strict'
import test from 'node:test'
import { decide, type Known, sighted } from '../../../controller/lead/decide.ts'
import { heldLease, newLease, readLease, releasedLease } from '../../../controller/lead/lease.ts'

const NOW = Date.UTC(2026, 10, 26, 10)
const held = (identity: string, nowMs = NOW) =>
  readLease(newLease('kube-system', 'picket', { identity, durationMs: 15_000, nowMs }))
const seen = (identity: string, seenMs: number): Known => ({ kind: 'lease', lease: held(identity), seenMs })
const released = readLease(releasedLease(held('other'), NOW))
const empty = readLease({ metadata: { resourceVersion: '7' } })

const CASES: readonly (readonly [string, Known, number, ReturnType<typeof decide>])[] = [
  ['nothing is known', { kind: 'unread' }, 0, { kind: 'read' }],
  ['there is none', { kind: 'absent' }, 0, { kind: 'create' }],
  ['it is ours', seen('me', 0), 5000, { kind: 'renew', lease: held('me') }],
  ['it is ours, and long past', seen('me', 0), 500_000, { kind: 'renew', lease: held('me') }],
  ['another has just renewed it', seen('other', 1000), 1000, { kind: 'wait', forMs: 15_000 }],
  ['a millisecond is left', seen('other', 1000), 15_999, { kind: 'wait', forMs: 1 }],
  ['another has not renewed it', seen('other', 1000), 16_000, { kind: 'take', lease: held('other') }],
  ['given back', { kind: 'lease', lease: released, seenMs: 0 }, 0, { kind: 'take', lease: released }],
  ['a lease without anything', { kind: 'lease', lease: empty, seenMs: 0 }, 0, { kind: 'take', lease: empty }],
]

test('what a candidate does about a lease', () => {
  assert.deepEqual(
    CASES.map(([name, known, nowMs]) => [name, decide(known, 'me', nowMs)]),
    CASES.map(([name, , , step]) => [name, step]),
  )
})

test('a lease is as old as the look that first saw its state, whatever else changes on it', () => {
  const first = sighted({ kind: 'unread' }, held('other'), 100)
  const labelled = readLease({ ...held('other').raw, metadata: { labels: { team: 'a' }, resourceVersion: '9' } })
  const again = sighted(first, labelled, 5000)
  const renewed = sighted(again, held('other', NOW + 2000), 6000)
  assert.deepEqual(
    [first, again, renewed],
    [
      { kind: 'lease', lease: held('other'), seenMs: 100 },
      { kind: 'lease', lease: labelled, seenMs: 100 },
      { kind: 'lease', lease: held('other', NOW + 2000), seenMs: 6000 },
    ],
  )
})

const BEFORE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'picket', namespace: 'kube-system', resourceVersion: '41', labels: { app: 'picket' } },
  spec: {
    holderIdentity: 'other',
    leaseDurationSeconds: 20,
    acquireTime: '2026-11-26T09:00:00.123456Z',
    renewTime: '2026-11-26T09:59:00.654321Z',
    leaseTransitions: 3,
    strategy: 'OldestEmulationVersion',
  },
}
const HOLDING = { identity: 'me', durationMs: 15_000, nowMs: NOW }

test('taking a lease keeps what others have put there, and counts the change of hands', () => {
  assert.deepEqual(heldLease(readLease(BEFORE), HOLDING), {
    ...BEFORE,
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-26T10:00:00.000000Z',
      renewTime: '2026-11-26T10:00:00.000000Z',
      leaseTransitions: 4,
      strategy: 'OldestEmulationVersion',
    },
  })
})

test('renewing a lease changes its time alone', () => {
  const mine = { ...BEFORE, spec: { ...BEFORE.spec, holderIdentity: 'me' } }
  assert.deepEqual(heldLease(readLease(mine), { ...HOLDING, durationMs: 20_000 }), {
    ...mine,
    spec: { ...mine.spec, renewTime: '2026-11-26T10:00:00.000000Z' },
  })
})

test('a lease that is given back has no holder and the shortest duration', () => {
  assert.deepEqual(releasedLease(readLease(BEFORE), NOW), {
    ...BEFORE,
    spec: {
      ...BEFORE.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: '2026-11-26T10:00:00.000000Z',
      renewTime: '2026-11-26T10:00:00.000000Z',
    },
  })
})

test('what is no lease is one that nobody holds', () => {
  for (const odd of [null, 'text', 7, [], { spec: null }, { spec: { holderIdentity: 4, leaseDurationSeconds: 'x' } }])
    assert.deepEqual(decide({ kind: 'lease', lease: readLease(odd), seenMs: 0 }, 'me', 0).kind, 'take')
})
