import assert from 'node:assert/strict'
import test from 'node:test'
import type { CreatePod, DeletePod, Pod, StatusNumbers } from '../../../controller/cluster.ts'
import { podBody } from '../../../controller/plan/pod-body.ts'
import { daemonSet, pod, revision } from '../plan/cluster-objects.ts'
import { refusal } from './model-api.ts'
import { createTurn, PODS, REVISIONS, SET } from './turn.ts'

const create = (node: string): CreatePod => ({
  kind: 'create_pod',
  node,
  body: podBody(daemonSet(), node, 'abc'),
  why: 'The node is eligible and has no pod.',
})
const creates = (count: number): CreatePod[] => Array.from({ length: count }, (_, i) => create(`node-${i}`))
const remove = (one: Pod, more: Partial<DeletePod> = {}): DeletePod => ({
  kind: 'delete_pod',
  pod: one,
  why: 'It failed.',
  ...more,
})

const NUMBERS: StatusNumbers = {
  desiredNumberScheduled: 100,
  currentNumberScheduled: 10,
  numberMisscheduled: 0,
  numberReady: 0,
  updatedNumberScheduled: 10,
  numberAvailable: 0,
  numberUnavailable: 100,
}
const STATUS = { ...NUMBERS, observedGeneration: 1 }

/** As a quota would: `allowed` pods, and no more. */
const withQuota = (allowed: number): ReturnType<typeof createTurn> => {
  const turn = createTurn()
  let made = 0
  turn.api.refuse = ({ method, path }) =>
    method === 'POST' && path === PODS && ++made > allowed
      ? refusal(403, 'Forbidden', 'exceeded quota: pods')
      : undefined
  return turn
}

test('a server that allows 10 of 100 pods is asked for 15 at most, and the next turn may ask again once the 10 are seen', async () => {
  const turn = withQuota(10)
  assert.equal(await turn.run({ pods: creates(100), status: STATUS }), 'exceeded quota: pods')
  assert.equal(turn.names(PODS).length, 10)
  assert.equal(turn.api.requests.filter(({ method }) => method === 'POST').length, 1 + 2 + 4 + 8)
  assert.equal(turn.satisfied(), false)
})

test('of a pod that was refused nobody is told that it was made', async () => {
  const turn = withQuota(1)
  const pods = creates(2)
  const about = { kind: 'Node', identity: { namespace: '', name: 'n', uid: 'u' } } as const
  const told = (reason: string, after: readonly CreatePod[]) =>
    ({ about, type: 'Normal', reason, message: 'makes the missing pod', after }) as const
  const events = [told('First', pods.slice(0, 1)), told('Second', pods.slice(1)), told('Both', pods)]
  await turn.run({ pods, events })
  assert.deepEqual(turn.events.slice(-1), [
    { about, type: 'Normal', reason: 'First', message: 'makes the missing pod' },
  ])
  assert.deepEqual(
    turn.events.map(({ reason }) => reason),
    ['SuccessfulCreate', 'FailedCreate', 'First'],
  )
})

test('pods that came through are all that is still expected after others were refused', async () => {
  const expected = async (seen: number): Promise<boolean> => {
    const turn = withQuota(10)
    await turn.run({ pods: creates(100) })
    turn.observe(seen)
    return turn.satisfied()
  }
  assert.deepEqual([await expected(9), await expected(10)], [false, true])
})

test('the status is written although pods could not be made', async () => {
  const turn = withQuota(0)
  assert.equal(await turn.run({ pods: creates(3), status: STATUS }), 'exceeded quota: pods')
  assert.deepEqual(turn.api.objects.get(SET)?.status, { conditions: ['somebody else’s'], ...STATUS })
})

test('the error of the pods is told before that of the status, and that of the status where there is no other', async () => {
  const table: [boolean, boolean, string | undefined][] = [
    [false, false, undefined],
    [true, false, 'no pods'],
    [false, true, 'no status'],
    [true, true, 'no pods'],
  ]
  for (const [podsFail, statusFails, wanted] of table) {
    const turn = createTurn()
    turn.api.refuse = ({ path }) => {
      if (podsFail && path === PODS) return refusal(500, 'InternalError', 'no pods')
      return statusFails && path === `${SET}/status` ? refusal(500, 'InternalError', 'no status') : undefined
    }
    assert.equal(await turn.run({ pods: creates(1), status: STATUS }), wanted)
  }
})

test('a status that could not be written is tried once more', async () => {
  const turn = createTurn()
  let tries = 0
  turn.api.refuse = () => (++tries === 1 ? refusal(409, 'Conflict', 'the object has been modified') : undefined)
  assert.equal(await turn.run({ status: STATUS }), undefined)
  assert.deepEqual(turn.api.requests, [
    ...Array(2).fill({
      method: 'PATCH',
      path: `${SET}/status`,
      body: { metadata: { uid: daemonSet().uid }, status: STATUS },
      contentType: 'application/merge-patch+json',
    }),
  ])
})

test('in a namespace that goes pods are refused without a word, and nothing more is asked for before that is over', async () => {
  const turn = createTurn()
  turn.api.refuse = () => refusal(403, 'Forbidden', 'it is being terminated', 'NamespaceTerminating')
  assert.equal(await turn.run({ pods: creates(3) }), undefined)
  assert.deepEqual([turn.said(), turn.acted, turn.satisfied()], [[], [], false])
})

test('every pod that was made, refused or deleted is an event in the words of the built-in controller', async () => {
  const turn = createTurn()
  turn.putPod(pod('agent-old', 'node-9'))
  turn.putPod(pod('agent-kept', 'node-8'))
  turn.api.refuse = ({ method, path, body }) => {
    if (method === 'POST' && JSON.stringify(body).includes('node-1'))
      return refusal(403, 'Forbidden', 'pods is forbidden')
    return path === `${PODS}/agent-kept` ? refusal(500, 'InternalError', 'etcd is away') : undefined
  }
  const error = await turn.run({
    pods: [...creates(2), remove(pod('agent-old', 'node-9')), remove(pod('agent-kept', 'node-8'))],
  })
  assert.equal(error, 'pods is forbidden')
  const [made] = turn.names(`${PODS}/agent-`).filter((path) => !path.endsWith('kept'))
  assert.deepEqual(turn.said(), [
    `Normal SuccessfulCreate Created pod: ${made?.slice(PODS.length + 1)}`,
    'Warning FailedCreate Error creating: pods is forbidden',
    'Normal SuccessfulDelete Deleted pod: agent-old',
    'Warning FailedDelete Error deleting: etcd is away',
  ])
  assert.deepEqual(turn.acted, [
    ['create_pod', 'done'],
    ['create_pod', 'pods is forbidden'],
    ['delete_pod', 'done'],
    ['delete_pod', 'etcd is away'],
  ])
})

test('a pod that is gone, or whose name another pod has, counts as deleted and nobody is told', async () => {
  const turn = createTurn()
  turn.putPod({ ...pod('agent-b', 'node-2'), uid: 'of another' })
  const error = await turn.run({ pods: [remove(pod('agent-a', 'node-1')), remove(pod('agent-b', 'node-2'))] })
  assert.equal(error, undefined)
  assert.deepEqual([turn.said(), turn.satisfied()], [[], true])
  assert.deepEqual(turn.names(PODS), [`${PODS}/agent-b`])
})

test('a pod is deleted by its uid, with its own grace, or at once where its node is gone', async () => {
  const turn = createTurn()
  const [one, other] = [pod('agent-a', 'node-1'), pod('agent-b', 'node-2')]
  turn.putPod(one)
  turn.putPod(other)
  await turn.run({ pods: [remove(one), remove(other, { graceSeconds: 0 })] })
  const options = { apiVersion: 'v1', kind: 'DeleteOptions' }
  assert.deepEqual(turn.api.requests, [
    { method: 'DELETE', path: `${PODS}/agent-a`, body: { ...options, preconditions: { uid: one.uid } } },
    {
      method: 'DELETE',
      path: `${PODS}/agent-b`,
      body: { ...options, preconditions: { uid: other.uid }, gracePeriodSeconds: 0 },
    },
  ])
})

test('pods are deleted although others could not be made, and old revisions stay for the next turn', async () => {
  const turn = withQuota(0)
  turn.putPod(pod('agent-old', 'node-9'))
  const old = revision('agent-hash', 1, {})
  turn.putRevision(old)
  await turn.run({
    pods: [create('node-1'), remove(pod('agent-old', 'node-9'))],
    cleanup: [{ kind: 'delete_revision', revision: old, why: 'It is old.' }],
  })
  assert.deepEqual(turn.names('/'), [SET, `${REVISIONS}/agent-hash`])
})
