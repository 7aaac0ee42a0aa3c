import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../../controller/cluster.ts'
import { shapeDaemonSet } from '../../../controller/watch/shape-daemon-set.ts'
import { shapeNode } from '../../../controller/watch/shape-node.ts'
import { shapePod } from '../../../controller/watch/shape-pod.ts'
import { shapeRevision } from '../../../controller/watch/shape-revision.ts'

const metadata = {
  namespace: 'logging',
  name: 'x',
  uid: 'u',
  resourceVersion: '7',
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: { app: 'agent' },
}
const identity = { namespace: 'logging', name: 'x', uid: 'u', resourceVersion: '7' }
const createdMs = Date.UTC(2026, 0, 1)
const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd' }
const since = '2026-01-02T00:00:00Z'
const sinceMs = Date.UTC(2026, 0, 2)

test('a node as the server sends it', () =>
  assert.deepEqual(
    shapeNode({
      metadata: {
        ...metadata,
        annotations: { a: 'b', 'kubectl.kubernetes.io/last-applied-configuration': 'large' },
      },
      spec: {
        unschedulable: true,
        taints: [
          { key: 'k', effect: 'NoSchedule' },
          { key: 'k', value: 'v', effect: 'NoExecute' },
        ],
      },
      status: {
        conditions: [
          { type: 'MemoryPressure', status: 'False' },
          {
            type: 'Ready',
            status: 'False',
            reason: 'KubeletNotReady',
            message: 'node is shutting down',
            lastTransitionTime: since,
          },
        ],
        images: [{ names: ['much'] }],
      },
    }),
    {
      name: 'x',
      uid: 'u',
      resourceVersion: '7',
      labels: { app: 'agent' },
      annotations: { a: 'b', 'kubectl.kubernetes.io/last-applied-configuration': '' },
      taints: [
        { key: 'k', value: '', effect: 'NoSchedule' },
        { key: 'k', value: 'v', effect: 'NoExecute' },
      ],
      unschedulable: true,
      createdMs,
      deleted: false,
      ready: { status: 'False', reason: 'KubeletNotReady', message: 'node is shutting down', sinceMs },
    },
  ))

test('a pod as the server sends it', () =>
  assert.deepEqual(
    shapePod({
      metadata: {
        ...metadata,
        deletionTimestamp: since,
        ownerReferences: [
          { kind: 'Other', uid: 'o' },
          { ...owner, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: { nodeName: 'node-1', containers: [{ name: 'agent' }] },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        startTime: since,
        conditions: [
          { type: 'Ready', status: 'True', lastTransitionTime: since },
          { type: 'PodScheduled', status: 'True' },
        ],
        initContainerStatuses: [
          {
            name: 'init',
            image: 'i',
            ready: true,
            restartCount: 0,
            state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: since } },
          },
        ],
        containerStatuses: [
          {
            name: 'agent',
            image: 'a',
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
            lastState: { terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled', finishedAt: since } },
          },
        ],
      },
    }),
    {
      ...identity,
      labels: { app: 'agent' },
      owner,
      createdMs,
      deletedMs: sinceMs,
      target: 'node-1',
      nodeName: 'node-1',
      phase: 'Running',
      reason: '',
      message: '',
      ready: { status: 'True', reason: '', message: '', sinceMs },
      scheduled: { status: 'True', reason: '', message: '', sinceMs: 0 },
      containers: [
        {
          name: 'init',
          init: true,
          image: 'i',
          ready: true,
          restarts: 0,
          waiting: undefined,
          lastExit: { reason: 'Completed', code: 0, signal: 0, atMs: sinceMs },
        },
        {
          name: 'agent',
          init: false,
          image: 'a',
          ready: false,
          restarts: 3,
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
          lastExit: { reason: 'OOMKilled', code: 137, signal: 9, atMs: sinceMs },
        },
      ],
      ip: '10.0.0.1',
      startedMs: sinceMs,
    },
  ))

test('of a pod that something else controls nothing is kept', () => {
  const of = (kind: string) => ({ metadata: { ...metadata, ownerReferences: [{ kind, uid: 'o', controller: true }] } })
  assert.deepEqual(
    [shapePod(of('ReplicaSet')), shapePod(of('Node')), shapeRevision(of('StatefulSet'))],
    Array(3).fill(undefined),
  )
  assert.equal(shapePod({ metadata })?.owner, undefined)
})

const spec = {
  selector: { matchLabels: { app: 'agent' } },
  template: { metadata: {}, spec: { future: { field: [1] } } },
}

test('a DaemonSet as the server sends it, its template unchanged', () =>
  assert.deepEqual(
    shapeDaemonSet({
      metadata: { ...metadata, generation: 4 },
      spec: {
        ...spec,
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['agent'] }] },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } },
        minReadySeconds: 5,
        revisionHistoryLimit: 0,
      },
      status: { desiredNumberScheduled: 3, observedGeneration: 4, collisionCount: 1 },
    }),
    {
      ...identity,
      labels: { app: 'agent' },
      annotations: {},
      generation: 4,
      createdMs,
      deleted: false,
      selector: { matchLabels: {}, matchExpressions: [{ key: 'app', operator: 'In', values: ['agent'] }] },
      template: spec.template,
      strategy: {
        kind: 'RollingUpdate',
        maxUnavailable: { kind: 'percent', value: 10 },
        maxSurge: { kind: 'number', value: 0 },
      },
      minReadySeconds: 5,
      revisionHistoryLimit: 0,
      status: {
        desiredNumberScheduled: 3,
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
        updatedNumberScheduled: 0,
        numberAvailable: 0,
        numberUnavailable: 0,
        observedGeneration: 4,
        collisionCount: 1,
      },
    },
  ))

test('what a DaemonSet does not say is as the server would have it', () => {
  const { strategy, revisionHistoryLimit, status } = shapeDaemonSet({ metadata, spec })
  assert.deepEqual(
    [strategy, revisionHistoryLimit, status.collisionCount],
    [
      { kind: 'RollingUpdate', maxUnavailable: { kind: 'number', value: 1 }, maxSurge: { kind: 'number', value: 0 } },
      10,
      undefined,
    ],
  )
  assert.deepEqual(shapeDaemonSet({ metadata, spec: { ...spec, updateStrategy: { type: 'OnDelete' } } }).strategy, {
    kind: 'OnDelete',
  })
})

test('a revision as the server sends it, its data unchanged', () => {
  const data = { spec: { template: { $patch: 'replace', spec: { future: null } } } }
  assert.deepEqual(
    shapeRevision({ metadata: { ...metadata, ownerReferences: [{ ...owner, controller: true }] }, revision: 3, data }),
    {
      ...identity,
      labels: { app: 'agent' },
      owner,
      createdMs,
      deleted: false,
      revision: 3,
      data,
    },
  )
})

/** Objects of the right names with anything in them. */
const hostile = (depth: number): fc.Arbitrary<Json> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
    ...(depth === 0
      ? []
      : [
          {
            weight: 3,
            arbitrary: fc.dictionary(
              fc.constantFrom(
                ...[
                  'metadata',
                  'spec',
                  'status',
                  'labels',
                  'ownerReferences',
                  'controller',
                  'conditions',
                  'type',
                  'taints',
                ],
                ...[
                  'template',
                  'selector',
                  'matchExpressions',
                  'values',
                  'affinity',
                  'containerStatuses',
                  'state',
                  'uid',
                ],
                ...[
                  '__proto__',
                  'updateStrategy',
                  'rollingUpdate',
                  'maxUnavailable',
                  'deletionTimestamp',
                  'data',
                  'revision',
                ],
              ),
              fc.oneof(hostile(depth - 1), fc.array(hostile(depth - 1), { maxLength: 3 })),
              { maxKeys: 6 },
            ) as fc.Arbitrary<Json>,
          },
        ]),
  )

test('whatever stands in an object, it is read without a fault', () =>
  fc.assert(
    fc.property(hostile(4), (object) => {
      for (const shape of [shapeNode, shapePod, shapeDaemonSet, shapeRevision]) shape(object)
    }),
    { numRuns: 500 },
  ))
