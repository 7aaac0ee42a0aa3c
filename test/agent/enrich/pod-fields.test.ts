import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ownerOf } from '../../../agent/enrich/owner.ts'
import { podDocument } from '../../../agent/enrich/pod-document.ts'
import { type PodSelection, podFacts } from '../../../agent/enrich/pod-fields.ts'
import { selectKeys } from '../../../agent/enrich/select-keys.ts'

const ALL: PodSelection = {
  labels: { include: ['*'], exclude: ['pod-template-hash'] },
  annotations: { include: [], exclude: [] },
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const webPod = {
  metadata: {
    uid: '6f0d2f3e-1c1b-4a53-9a63-0a6ff0b0c0de',
    name: 'web-7d4b9c6f5d-x2x7p',
    namespace: 'shop',
    creationTimestamp: '2026-11-21T05:00:00Z',
    labels: {
      app: 'web',
      'app.kubernetes.io/name': 'storefront',
      'app.kubernetes.io/version': '1.4.2',
      'pod-template-hash': '7d4b9c6f5d',
    },
    annotations: { 'elastic.co/dataset': 'nginx.access', 'kubectl.kubernetes.io/restartedAt': 'x' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7d4b9c6f5d', controller: true }],
  },
  spec: {
    nodeName: 'node-1',
    containers: [{ name: 'nginx', image: 'nginx:1.29' }],
    initContainers: [{ name: 'setup', image: 'busybox:1' }],
  },
  status: {
    podIP: '10.1.2.3',
    containerStatuses: [
      {
        name: 'nginx',
        image: 'docker.io/library/nginx:1.29',
        containerID: `containerd://${'b'.repeat(64)}`,
        restartCount: 2,
        lastState: { terminated: { containerID: `containerd://${'a'.repeat(64)}` } },
      },
    ],
  },
}

test('a pod is reduced to what documents need', () => {
  assert.deepEqual(plain(podFacts(webPod, ALL)), {
    uid: '6f0d2f3e-1c1b-4a53-9a63-0a6ff0b0c0de',
    namespace: 'shop',
    name: 'web-7d4b9c6f5d-x2x7p',
    node: 'node-1',
    ip: '10.1.2.3',
    owner: { kind: 'deployment', name: 'web' },
    labels: { app: 'web', 'app_kubernetes_io/name': 'storefront', 'app_kubernetes_io/version': '1.4.2' },
    annotations: {},
    serviceName: 'storefront',
    serviceVersion: '1.4.2',
    dataset: 'nginx.access',
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.29',
        runtime: 'containerd',
        runs: [
          { restart: 2, id: 'b'.repeat(64) },
          { restart: 1, id: 'a'.repeat(64) },
        ],
      },
      { name: 'setup', image: 'busybox:1', runs: [] },
    ],
  })
})

test('a record of a known pod has its ECS fields', () => {
  const pod = podFacts(webPod, ALL)
  assert.ok(pod)
  const origin = {
    kind: 'container',
    namespace: 'shop',
    pod: 'web-7d4b9c6f5d-x2x7p',
    container: 'nginx',
    podUid: pod.uid,
    restart: 1,
    containerId: undefined,
  } as const
  const around = { namespaceLabels: { team: 'blue' }, nodeLabels: { 'topology_kubernetes_io/zone': 'a' } }
  assert.deepEqual(plain(podDocument(pod, origin, around)), {
    fields: {
      container: { id: 'a'.repeat(64), name: 'nginx', image: { name: 'nginx:1.29' }, runtime: 'containerd' },
      kubernetes: {
        namespace: 'shop',
        namespace_labels: { team: 'blue' },
        pod: { name: 'web-7d4b9c6f5d-x2x7p', uid: pod.uid, ip: '10.1.2.3' },
        node: { name: 'node-1', labels: { 'topology_kubernetes_io/zone': 'a' } },
        container: { name: 'nginx' },
        deployment: { name: 'web' },
        labels: { app: 'web', 'app_kubernetes_io/name': 'storefront', 'app_kubernetes_io/version': '1.4.2' },
      },
      orchestrator: { namespace: 'shop' },
      service: { name: 'storefront', version: '1.4.2' },
    },
    dataset: 'nginx.access',
  })
})

const owned = (kind: string, name: string, more: object = {}): Record<string, unknown> => ({
  creationTimestamp: '2026-11-21T05:00:30Z',
  ownerReferences: [
    { kind: 'Gadget', name: 'not-the-controller' },
    { kind, name, controller: true },
  ],
  ...more,
})

/** 2026-11-21T05:00:00Z in minutes. */
const MINUTES = Date.parse('2026-11-21T05:00:00Z') / 60_000

const owners: [metadata: Record<string, unknown>, owner: unknown, why: string][] = [
  [
    owned('ReplicaSet', 'web-7d4b', { labels: { 'pod-template-hash': '7d4b' } }),
    { kind: 'deployment', name: 'web' },
    'a deployment',
  ],
  [owned('ReplicaSet', 'web-7d4b'), { kind: 'replicaset', name: 'web-7d4b' }, 'no hash: somebody’s own ReplicaSet'],
  [
    owned('ReplicaSet', 'web', { labels: { 'pod-template-hash': 'web' } }),
    { kind: 'replicaset', name: 'web' },
    'nothing left',
  ],
  [
    owned('ReplicaSet', 'x-1', { labels: { 'pod-template-hash': 2 } }),
    { kind: 'replicaset', name: 'x-1' },
    'a hash that is no text',
  ],
  [owned('Job', `nightly-${MINUTES}`), { kind: 'cronjob', name: 'nightly' }, 'a CronJob’s run'],
  [
    owned('Job', `nightly-${MINUTES - 60 * 24 * 40}`),
    { kind: 'job', name: `nightly-${MINUTES - 60 * 24 * 40}` },
    'eight digits of another time',
  ],
  [owned('Job', 'migrate-20261121'), { kind: 'job', name: 'migrate-20261121' }, 'a date'],
  [
    owned('Job', `nightly-${MINUTES}`, { creationTimestamp: 'soon' }),
    { kind: 'job', name: `nightly-${MINUTES}` },
    'no time',
  ],
  [owned('Job', 'once'), { kind: 'job', name: 'once' }, 'a job'],
  [owned('DaemonSet', 'fluff'), { kind: 'daemonset', name: 'fluff' }, 'a DaemonSet'],
  [owned('StatefulSet', 'db'), { kind: 'statefulset', name: 'db' }, 'a StatefulSet'],
  [owned('Node', 'node-1'), undefined, 'a static pod'],
  [owned('Workflow', 'w'), undefined, 'an owner that is not built in'],
  [{ ownerReferences: [{ kind: 'DaemonSet', name: 'x' }] }, undefined, 'an owner that is no controller'],
  [{ ownerReferences: 'none' }, undefined, 'garbage'],
  [{}, undefined, 'a bare pod'],
]

test('the owner is the workload that a user deployed', () => {
  for (const [metadata, owner, why] of owners) assert.deepEqual(ownerOf(metadata), owner, why)
})

const selections: [
  source: Record<string, string>,
  include: string[],
  exclude: string[],
  selected: Record<string, string>,
][] = [
  [{ a: '1', 'b.c/d.e': '2' }, ['*'], [], { a: '1', 'b_c/d_e': '2' }],
  [{ a: '1', b: '2', 'app.x/y': '3', 'app.x/z': '4' }, ['a', 'app.x/*'], ['app.x/z'], { a: '1', 'app_x/y': '3' }],
  [{ 'a.b': 'dotted', a_b: 'plain' }, ['*'], [], { a_b: 'plain' }],
  [{ a: '1' }, [], [], {}],
  [{ '': '1', '.': '2' }, ['*'], [], { _: '2' }],
]

test('labels are selected and dedotted', () => {
  for (const [source, include, exclude, selected] of selections) {
    assert.deepEqual(plain(selectKeys(source, { include, exclude })), selected)
  }
})

test('a pod with endless labels does not make endless documents', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 'v'.repeat(50)]))
  const all = { include: ['*'], exclude: [] }
  assert.equal(Object.keys(selectKeys(many, all)).length, 64)
  assert.deepEqual(plain(selectKeys({ a: 'x'.repeat(5000) }, all)), { a: 'x'.repeat(1024) })
  const wide = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 'v'.repeat(1000)]))
  assert.equal(Object.keys(selectKeys(wide, all)).length, 8)
})

test('whatever the API sends, a pod is read or passed over, never thrown at', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (labels, spec, status) => {
      podFacts(labels, ALL)
      const pod = podFacts(
        {
          metadata: { uid: 'u', name: 'n', namespace: 's', labels, annotations: status, ownerReferences: spec },
          spec,
          status,
        },
        ALL,
      )
      assert.equal(pod?.uid, 'u')
    }),
  )
  const shapes = {
    containers: [null, { name: 3 }, { name: 'c' }],
    containerStatuses: [null, { name: 'c', lastState: 4, containerID: 'x' }],
  }
  assert.deepEqual(
    podFacts({ metadata: { uid: 'u', name: 'n', namespace: 's' }, spec: shapes, status: shapes }, ALL)?.containers,
    [{ name: 'c', image: undefined, runtime: undefined, runs: [] }],
  )
})
