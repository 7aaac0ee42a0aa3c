import assert from 'node:assert/strict'
import test from 'node:test'
import { createDryRun } from '../../../controller/act/dry-run.ts'
import type { Plan } from '../../../controller/cluster.ts'
import type { Fields } from '../../../lib/log/logger.ts'
import { daemonSet, pod, revision } from '../plan/cluster-objects.ts'
import { NO_PLAN, observationOf } from './turn.ts'

const FAILED = pod('agent-a', 'node-1', { phase: 'Failed' })
const create: Plan['pods'][number] = { kind: 'create_pod', node: 'node-2', body: {}, why: 'It has no pod.' }
const remove: Plan['pods'][number] = { kind: 'delete_pod', pod: FAILED, why: 'It failed.' }
const STATUS = { ...daemonSet().status, observedGeneration: 1 }

const createSaid = () => {
  const lines: Fields[] = []
  const act = createDryRun((fields) => lines.push(fields))
  /** What is said of a turn. */
  const turn = async (plan: Partial<Plan>, pods = [FAILED], uid = 'set-uid'): Promise<readonly Fields[]> => {
    const observation = observationOf({ daemonSet: daemonSet({ uid }), pods })
    assert.equal(await act(observation, { ...NO_PLAN, ...plan }, new AbortController().signal), undefined)
    return lines.splice(0)
  }
  return turn
}

test('a dry run says each decision: what, on which object and node, and why', async () => {
  const why = 'It has the labels.'
  const old = revision('agent-old', 1, {})
  const { collisionCount: _, ...numbers } = STATUS
  const said = await createSaid()({
    claims: [
      { kind: 'adopt_pod', pod: pod('agent-b', 'node-3'), why },
      { kind: 'release_revision', revision: old, why },
    ],
    history: [{ kind: 'create_revision', name: 'agent-new', body: '{}', why }],
    pods: [create, remove],
    cleanup: [{ kind: 'delete_revision', revision: old, why }],
    status: numbers,
    events: [
      {
        about: { kind: 'DaemonSet', identity: daemonSet() },
        type: 'Warning',
        reason: 'FailedDaemonPod',
        message: 'Found one',
      },
    ],
  })
  const set = { namespace: 'logging', daemonset: 'agent' }
  assert.deepEqual(said, [
    { ...set, what: 'adopt_pod', object: 'agent-b', node: 'node-3', why },
    { ...set, what: 'release_revision', object: 'agent-old', why },
    { ...set, what: 'create_revision', object: 'agent-new', why },
    { ...set, what: 'create_pod', node: 'node-2', why: 'It has no pod.' },
    { ...set, what: 'delete_pod', object: 'agent-a', node: 'node-1', why: 'It failed.' },
    { ...set, what: 'delete_revision', object: 'agent-old', why },
    { ...set, what: 'write_status', status: numbers, why: 'The numbers are others than those that are there.' },
    { ...set, what: 'record_event', object: 'agent', reason: 'FailedDaemonPod', why: 'Found one' },
  ])
})

test('a decision that stands is said once, and again when it is taken anew', async () => {
  const turn = createSaid()
  const counts = []
  for (const plan of [{ pods: [create] }, { pods: [create] }, {}, { pods: [create] }])
    counts.push((await turn(plan)).length)
  assert.deepEqual(counts, [1, 0, 0, 1])
})

test('a status that changes is said again', async () => {
  const turn = createSaid()
  const counts = []
  for (const numberReady of [1, 1, 2]) counts.push((await turn({ status: { ...STATUS, numberReady } })).length)
  assert.deepEqual(counts, [1, 0, 1])
})

test('a failed pod that would be deleted after each backoff is told of once', async () => {
  const turn = createSaid()
  const counts = []
  for (const plan of [{ pods: [remove] }, {}, {}, { pods: [remove] }]) counts.push((await turn(plan)).length)
  assert.deepEqual(counts, [1, 0, 0, 0])
})

test('of another pod of that name, and of another DaemonSet, it is told anew', async () => {
  const turn = createSaid()
  const again: Plan['pods'] = [{ ...remove, kind: 'delete_pod', pod: { ...FAILED, uid: 'new' } }]
  const counts = [
    (await turn({ pods: [remove] })).length,
    (await turn({ pods: again })).length,
    (await turn({ pods: again }, [FAILED], 'another')).length,
  ]
  assert.deepEqual(counts, [1, 1, 1])
})
