import assert from 'node:assert/strict'
import test from 'node:test'
import { createAct } from '../../../controller/act/act.ts'
import type { Action, ClusterEvent, DaemonSet, Observation, Plan } from '../../../controller/cluster.ts'
import { createExpectations } from '../../../controller/queue/expectations.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { daemonSet, nodes, OURS, pod, revision } from '../plan/cluster-objects.ts'
import { createModelServer, refused } from './model-server.ts'

const KEY = 'logging/agent'
const PODS = '/api/v1/namespaces/logging/pods'
const REVISIONS = '/apis/apps/v1/namespaces/logging/controllerrevisions'
const SET = '/apis/apps/v1/namespaces/logging/daemonsets/agent'

const NOTHING: Plan = {
  claims: [],
  history: [],
  pods: [],
  cleanup: [],
  status: undefined,
  events: [],
  backoff: new Map(),
  requeueAfterMs: undefined,
}
const STATUS = {
  desiredNumberScheduled: 1,
  currentNumberScheduled: 1,
  numberMisscheduled: 0,
  numberReady: 0,
  updatedNumberScheduled: 1,
  numberAvailable: 0,
  numberUnavailable: 1,
  observedGeneration: 1,
}
const live = { metadata: { uid: 'set-uid', resourceVersion: '50' }, status: {} }
const why = 'a test'

const act = async (
  plan: Partial<Plan>,
  answer: Parameters<typeof createModelServer>[0] = () => undefined,
  of: DaemonSet = daemonSet(),
) => {
  const server = createModelServer(answer)
  const expectations = createExpectations(createModelClock())
  const events: ClusterEvent[] = []
  const acted: string[] = []
  const wrote: string[] = []
  const carryOut = createAct({
    send: server.send,
    expectations: () => ({
      expect: (creates, deletes) => expectations.expect(KEY, creates, deletes),
      creationObserved: () => expectations.creationObserved(KEY),
      deletionObserved: () => expectations.deletionObserved(KEY),
      lower: (creates) => expectations.lower(KEY, creates),
    }),
    wrote: (_, resource, version) => wrote.push(`${resource}@${version}`),
    event: (event) => events.push(event),
    acted: (_, action: Action, error) => acted.push(error ? `${action.kind}!` : action.kind),
  })
  const observation: Observation = {
    nowMs: 0,
    daemonSet: of,
    nodes: [],
    pods: [],
    revisions: [],
    satisfied: true,
    namespaceTerminating: false,
    backoff: new Map(),
  }
  const error = await carryOut(observation, { ...NOTHING, ...plan }, new AbortController().signal)
  return { ...server, expectations, events, acted, wrote, error: error?.message }
}

const creates = (count: number) =>
  nodes(0, count).map(({ name }) => ({ kind: 'create_pod' as const, node: name, body: { for: name }, why }))

test('of a hundred pods a server with a quota of ten is asked for fifteen, and what it refused is not waited for', async () => {
  let made = 0
  const { asked, expectations, error, events } = await act({ pods: creates(100), status: STATUS }, ({ method }) => {
    if (method !== 'POST') return undefined
    made += 1
    return made > 10 ? refused(403, 'Forbidden') : { metadata: { name: `agent-${made}` } }
  })
  assert.deepEqual(asked, [...Array(15).fill(`POST ${PODS}`), `PATCH ${SET}/status`])
  assert.equal(error, 'refused with 403')
  assert.equal(expectations.satisfied(KEY), false)
  for (let i = 0; i < 10; i++) expectations.creationObserved(KEY)
  assert.equal(expectations.satisfied(KEY), true)
  assert.deepEqual(
    [events[0], events.at(-1)].map((event) => [event?.type, event?.reason, event?.message]),
    [
      ['Normal', 'SuccessfulCreate', 'Created pod: agent-1'],
      ['Warning', 'FailedCreate', 'Error creating: refused with 403'],
    ],
  )
})

test('pods are made and deleted in one turn, each by its uid, and both are waited for', async () => {
  const gone = [pod('p1', 'node-8'), pod('p2', 'node-9')].map((one) => ({ kind: 'delete_pod' as const, pod: one, why }))
  const { requests, expectations, error, acted, wrote } = await act({ pods: [...creates(1), ...gone] })
  assert.deepEqual(
    requests.map(({ method, path, body }) => [method, path, body]),
    [
      ['POST', PODS, { for: 'node-0' }],
      ...['p1', 'p2'].map((name) => [
        'DELETE',
        `${PODS}/${name}`,
        { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: `${name}-uid` } },
      ]),
    ],
  )
  assert.deepEqual([error, expectations.satisfied(KEY)], [undefined, false])
  assert.deepEqual(acted, ['create_pod', 'delete_pod', 'delete_pod'])
  assert.deepEqual(wrote, ['pods@1', 'pods@2', 'pods@3'])
})

const deletions: [what: string, status: number, error: string | undefined, events: string[]][] = [
  ['it is gone already', 404, undefined, ['SuccessfulDelete']],
  ['another has its name', 409, undefined, ['SuccessfulDelete']],
  ['it is refused', 403, 'refused with 403', ['FailedDelete']],
]

for (const [what, status, error, reasons] of deletions)
  test(`a pod that cannot be deleted is not waited for: ${what}`, async () => {
    const outcome = await act({ pods: [{ kind: 'delete_pod', pod: pod('p1', 'node-1'), why, graceSeconds: 0 }] }, () =>
      refused(status),
    )
    assert.deepEqual([outcome.error, outcome.expectations.satisfied(KEY)], [error, true])
    assert.deepEqual(
      outcome.events.map(({ reason }) => reason),
      reasons,
    )
  })

test('in a namespace that goes nothing is said, and nothing more is tried until the wait is over', async () => {
  const outcome = await act({ pods: creates(1) }, () => refused(403, 'Forbidden', ['NamespaceTerminating']))
  assert.deepEqual(
    [outcome.error, outcome.events, outcome.acted, outcome.expectations.satisfied(KEY)],
    [undefined, [], [], false],
  )
})

const adopt = (name: string) => ({ kind: 'adopt_pod' as const, pod: pod(name, 'node-1', { owner: undefined }), why })

test('before its first adoption a turn asks the server whether the DaemonSet is still there, once', async () => {
  const { requests, error } = await act({ claims: [adopt('p1'), adopt('p2')] }, ({ method }) =>
    method === 'GET' ? live : undefined,
  )
  const body = (name: string) => ({
    metadata: { ownerReferences: [{ ...OURS, controller: true, blockOwnerDeletion: true }], uid: `${name}-uid` },
  })
  assert.equal(error, undefined)
  assert.deepEqual(
    requests.map(({ method, path, body: sent, contentType }) => [method, path, sent, contentType]),
    [
      ['GET', SET, undefined, undefined],
      ['PATCH', `${PODS}/p1`, body('p1'), 'application/strategic-merge-patch+json'],
      ['PATCH', `${PODS}/p2`, body('p2'), 'application/strategic-merge-patch+json'],
    ],
  )
})

const races: [what: string, live: object, error: RegExp][] = [
  [
    'it is being deleted',
    { metadata: { ...live.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
    /just been deleted/,
  ],
  ['it is another of the same name', { metadata: { uid: 'new' } }, /another DaemonSet by now/],
]

for (const [what, answer, expected] of races)
  test(`a DaemonSet whose cache is old adopts nothing and makes nothing: ${what}`, async () => {
    const { asked, error } = await act({ claims: [adopt('p1')], pods: creates(1), status: STATUS }, () => answer)
    assert.match(error ?? '', expected)
    assert.deepEqual(asked, [`GET ${SET}`])
  })

test('a pod that no longer fits is let go, also where it is gone or is another’s by now', async () => {
  const released = ['p1', 'p2', 'p3'].map((name) => ({ kind: 'release_pod' as const, pod: pod(name, 'node-1'), why }))
  const answers: Record<string, number> = { p2: 404, p3: 422 }
  const { requests, error, asked } = await act({ claims: released, status: STATUS }, ({ path }) => {
    const status = answers[path.slice(-2)]
    return status === undefined ? undefined : refused(status)
  })
  assert.equal(error, undefined)
  assert.deepEqual(requests[0]?.body, {
    metadata: { ownerReferences: [{ $patch: 'delete', uid: 'set-uid' }], uid: 'p1-uid' },
  })
  assert.deepEqual(asked.at(-1), `PATCH ${SET}/status`)
})

const data = (image: string) => ({ spec: { template: { $patch: 'replace', image } } })
const snapshot = {
  kind: 'create_revision' as const,
  name: 'agent-abc',
  body: JSON.stringify({ data: data('agent:1') }),
  why,
}

test('a revision that is there already, of the same template, is taken', async () => {
  const { asked, error } = await act({ history: [snapshot], status: STATUS }, ({ method }) =>
    method === 'POST' ? refused(409, 'AlreadyExists') : method === 'GET' ? { data: data('agent:1') } : undefined,
  )
  assert.deepEqual(
    [error, asked],
    [undefined, [`POST ${REVISIONS}`, `GET ${REVISIONS}/agent-abc`, `PATCH ${SET}/status`]],
  )
})

test('a name that another template has is counted as a collision, and the turn is made again', async () => {
  const { requests, error } = await act(
    { history: [snapshot], pods: creates(1), status: STATUS },
    ({ method, path }) => {
      if (method === 'POST') return refused(409, 'AlreadyExists')
      if (method === 'GET') return path.endsWith('agent-abc') ? { data: data('other:1') } : live
      return undefined
    },
  )
  assert.equal(error, 'refused with 409')
  assert.deepEqual(
    requests.slice(2).map(({ method, path, body }) => [method, path, body]),
    [
      ['GET', SET, undefined],
      [
        'PATCH',
        `${SET}/status`,
        { metadata: { uid: 'set-uid', resourceVersion: '50' }, status: { collisionCount: 1 } },
      ],
    ],
  )
})

test('a collision that somebody else has counted is not counted twice', async () => {
  const { asked, error } = await act({ history: [snapshot] }, ({ method, path }) => {
    if (method === 'POST') return refused(409, 'AlreadyExists')
    return path.endsWith('agent-abc') ? { data: data('other:1') } : { ...live, status: { collisionCount: 1 } }
  })
  assert.match(error ?? '', /collisionCount of logging\/agent is 1 by now/)
  assert.deepEqual(asked, [`POST ${REVISIONS}`, `GET ${REVISIONS}/agent-abc`, `GET ${SET}`])
})

test('revisions are labelled, raised and deleted, pods relabelled, each by its version or uid', async () => {
  const one = revision('agent-r1', 1, {})
  const { requests, error } = await act({
    history: [
      { kind: 'label_revision', revision: one, hash: 'r1', why },
      { kind: 'relabel_pod', pod: pod('p1', 'node-1'), hash: 'r1', why },
      { kind: 'delete_revision', revision: one, why },
      { kind: 'raise_revision', revision: one, to: 4, why },
    ],
  })
  assert.equal(error, undefined)
  assert.deepEqual(
    requests.map(({ method, path, body }) => [method, path, body]),
    [
      [
        'PATCH',
        `${REVISIONS}/agent-r1`,
        { metadata: { resourceVersion: '1', labels: { 'controller-revision-hash': 'r1' } } },
      ],
      ['PATCH', `${PODS}/p1`, { metadata: { uid: 'p1-uid', labels: { 'controller-revision-hash': 'r1' } } }],
      [
        'DELETE',
        `${REVISIONS}/agent-r1`,
        { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'agent-r1-uid' } },
      ],
      ['PATCH', `${REVISIONS}/agent-r1`, { metadata: { resourceVersion: '1' }, revision: 4 }],
    ],
  )
})

const faults: [what: string, pods: number, status: number[], error: string | undefined][] = [
  ['only the pods fail', 403, [], 'refused with 403'],
  ['only the status fails, once', 0, [500], undefined],
  ['only the status fails, twice', 0, [500, 503], 'refused with 503'],
  ['both fail: that of the pods is told', 403, [500, 500], 'refused with 403'],
]

for (const [what, podFault, statusFaults, expected] of faults)
  test(`the status is written whatever pods come to: ${what}`, async () => {
    const left = [...statusFaults]
    const { requests, error } = await act({ pods: creates(1), status: STATUS }, ({ method }) => {
      const status = method === 'POST' ? podFault : (left.shift() ?? 0)
      return status === 0 ? undefined : refused(status)
    })
    assert.equal(error, expected)
    assert.deepEqual(requests.at(-1)?.body, { metadata: { uid: 'set-uid' }, status: STATUS })
  })
