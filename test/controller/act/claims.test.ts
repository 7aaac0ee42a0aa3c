import assert from 'node:assert/strict'
import test from 'node:test'
import type { ClaimAction, CreatePod, Plan } from '../../../controller/cluster.ts'
import { daemonSet, OTHERS, pod, revision, SET_UID } from '../plan/cluster-objects.ts'
import { refusal } from './model-api.ts'
import { createTurn, PODS, REVISIONS, SET } from './turn.ts'

const ORPHAN = pod('agent-a', 'node-1', { owner: undefined })
const STRAY = pod('agent-b', 'node-2', { labels: {} })
const HISTORY = revision('agent-hash', 1, {}, { owner: undefined })
const adoptPod: ClaimAction = { kind: 'adopt_pod', pod: ORPHAN, why: 'It has no controller.' }
const adoptRevision: ClaimAction = { kind: 'adopt_revision', revision: HISTORY, why: 'It has no controller.' }
const releasePod: ClaimAction = { kind: 'release_pod', pod: STRAY, why: 'It lost its labels.' }
const CREATE: CreatePod = { kind: 'create_pod', node: 'node-3', body: { metadata: {} }, why: 'It has none.' }
const STATUS = { ...daemonSet().status, observedGeneration: 1 }

const US = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  name: 'agent',
  uid: SET_UID,
  controller: true,
  blockOwnerDeletion: true,
}

test('pods and revisions are adopted after one look at the live DaemonSet, each by its uid', async () => {
  const turn = createTurn()
  turn.putPod(ORPHAN)
  turn.putRevision(HISTORY)
  assert.equal(await turn.run({ claims: [adoptPod, adoptRevision] }), undefined)
  const patch = (path: string, uid: string): object => ({
    method: 'PATCH',
    path,
    body: { metadata: { ownerReferences: [US], uid } },
    contentType: 'application/strategic-merge-patch+json',
  })
  assert.deepEqual(turn.api.requests, [
    { method: 'GET', path: SET },
    patch(`${PODS}/agent-a`, ORPHAN.uid),
    patch(`${REVISIONS}/agent-hash`, HISTORY.uid),
  ])
  assert.deepEqual(turn.api.objects.get(`${PODS}/agent-a`)?.metadata.ownerReferences, [US])
})

test('a pod that is released keeps its other owners', async () => {
  const turn = createTurn()
  turn.putPod(STRAY, { ownerReferences: [US, OTHERS] })
  assert.equal(await turn.run({ claims: [releasePod] }), undefined)
  assert.deepEqual(turn.api.requests, [
    {
      method: 'PATCH',
      path: `${PODS}/agent-b`,
      body: { metadata: { ownerReferences: [{ $patch: 'delete', uid: SET_UID }], uid: STRAY.uid } },
      contentType: 'application/strategic-merge-patch+json',
    },
  ])
  assert.deepEqual(turn.api.objects.get(`${PODS}/agent-b`)?.metadata.ownerReferences, [OTHERS])
})

/** Upstream: DontDoAnythingIfBeingDeletedRace. */
test('a DaemonSet that is being deleted, gone or another one by now adopts, makes and writes nothing, though the cache does not know', async () => {
  const table: [string, object | undefined, string][] = [
    [
      'deleting',
      { uid: SET_UID, deletionTimestamp: '2026-01-01T00:00:00Z' },
      'logging/agent has just been deleted; it adopts nothing',
    ],
    ['another', { uid: 'new' }, 'logging/agent is another DaemonSet by now; it adopts nothing'],
    ['gone', undefined, 'no such DaemonSet'],
  ]
  for (const [name, metadata, wanted] of table) {
    const turn = createTurn()
    if (metadata) turn.api.put(SET, { metadata })
    else turn.api.refuse = () => refusal(404, 'NotFound', 'no such DaemonSet')
    turn.putPod(ORPHAN)
    const plan: Partial<Plan> = { claims: [adoptPod, adoptRevision], pods: [CREATE], status: STATUS }
    assert.equal(await turn.run(plan), wanted, name)
    assert.deepEqual(turn.api.requests, [{ method: 'GET', path: SET }], name)
    assert.deepEqual(
      turn.acted,
      [
        ['adopt_pod', wanted],
        ['adopt_revision', wanted],
      ],
      name,
    )
  }
})

test('which answers to a claim are no failure', async () => {
  const table: [ClaimAction, number, 'ends the turn' | 'goes on'][] = [
    [adoptPod, 404, 'goes on'],
    [adoptPod, 422, 'ends the turn'],
    [adoptPod, 409, 'ends the turn'],
    [releasePod, 404, 'goes on'],
    [releasePod, 422, 'goes on'],
    [releasePod, 403, 'ends the turn'],
  ]
  const found: typeof table = []
  for (const [action, code] of table) {
    const turn = createTurn()
    turn.api.refuse = ({ method, path }) =>
      method === 'PATCH' && path.startsWith(PODS) ? refusal(code, 'Odd', 'no') : undefined
    const error = await turn.run({ claims: [action], status: STATUS })
    const statusWritten = turn.api.requests.some(({ path }) => path === `${SET}/status`)
    assert.equal(error === undefined, statusWritten)
    found.push([action, code, error === undefined ? 'goes on' : 'ends the turn'])
  }
  assert.deepEqual(found, table)
})

test('a claim that fails keeps no other from being tried', async () => {
  const turn = createTurn()
  turn.putPod(STRAY, { ownerReferences: [US] })
  turn.api.refuse = ({ path }) =>
    path === `${PODS}/agent-a` ? refusal(500, 'InternalError', 'etcd is away') : undefined
  assert.equal(await turn.run({ claims: [adoptPod, releasePod] }), 'etcd is away')
  assert.deepEqual(turn.acted, [
    ['adopt_pod', 'etcd is away'],
    ['release_pod', 'done'],
  ])
})
