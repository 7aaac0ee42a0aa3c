import assert from 'node:assert/strict'
import test from 'node:test'
import { podBody } from '../../../controller/plan/pod-body.ts'
import { podTarget } from '../../../controller/plan/pod-target.ts'
import { daemonSet } from './cluster-objects.ts'

const exists = (name: string, effect: string) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect })
const pin = (...values: readonly string[]) => ({
  nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values }] }],
})
const AUTOMATIC = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
]
const OWNER = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  name: 'agent',
  uid: 'set-uid',
  controller: true,
  blockOwnerDeletion: true,
}

test('a pod is what the template says, pinned to its node, labelled, and tolerant of what befalls nodes', () => {
  const zone = { weight: 1, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] } }
  const template = {
    metadata: {
      creationTimestamp: null,
      labels: { app: 'agent', 'pod-template-generation': 'by hand' },
      annotations: { note: 'kept' },
      finalizers: ['example.org/flush'],
    },
    spec: {
      nodeSelector: { color: 'blue' },
      hostNetwork: true,
      aFieldOfTheFuture: { kept: [1, null] },
      containers: [{ name: 'agent', image: 'agent:1' }],
      tolerations: [
        { key: 'dedicated', operator: 'Exists' },
        { ...exists('not-ready', 'NoExecute'), tolerationSeconds: 30 },
        { ...exists('unreachable', 'NoSchedule'), tolerationSeconds: 30 },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: pin('elsewhere'),
          preferredDuringSchedulingIgnoredDuringExecution: [zone],
        },
        podAntiAffinity: { kept: true },
      },
    },
  }
  const annotations = { 'deprecated.daemonset.template.generation': '7' }
  const before = structuredClone(template)
  assert.deepEqual(podBody(daemonSet({ template, annotations }), 'node-1', 'abc'), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'agent-',
      labels: { app: 'agent', 'pod-template-generation': '7', 'controller-revision-hash': 'abc' },
      annotations: { note: 'kept' },
      finalizers: ['example.org/flush'],
      ownerReferences: [OWNER],
    },
    spec: {
      ...template.spec,
      tolerations: [
        { key: 'dedicated', operator: 'Exists' },
        exists('not-ready', 'NoExecute'),
        { ...exists('unreachable', 'NoSchedule'), tolerationSeconds: 30 },
        ...AUTOMATIC.slice(1),
        exists('network-unavailable', 'NoSchedule'),
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: pin('node-1'),
          preferredDuringSchedulingIgnoredDuringExecution: [zone],
        },
        podAntiAffinity: { kept: true },
      },
    },
  })
  assert.deepEqual(template, before)
})

test('without revision, generation and affinity there is that much less in it', () => {
  const template = { metadata: { labels: { app: 'agent' } }, spec: { affinity: null, containers: [] } }
  assert.deepEqual(podBody(daemonSet({ template }), 'node-1', undefined), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'agent-', labels: { app: 'agent' }, ownerReferences: [OWNER] },
    spec: {
      containers: [],
      tolerations: AUTOMATIC,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: pin('node-1') } },
    },
  })
})

test('a template without labels is refused: nobody could claim its pods', () => {
  assert.throws(() => podBody(daemonSet({ template: { spec: {} } }), 'node-1', undefined), /no labels/)
})

test('the node of a pod is where it is bound, else where it is pinned', () => {
  const pinned = (terms: object) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  })
  const field = (operator: string, values: readonly string[], key = 'metadata.name') => ({
    matchFields: [{ key, operator, values }],
  })
  const rows = [
    { title: 'bound', spec: { ...pinned(pin('b')), nodeName: 'a' }, wanted: 'a' },
    { title: 'pinned', spec: { ...pinned(pin('b')), nodeName: '' }, wanted: 'b' },
    { title: 'pinned by a later term', spec: pinned({ nodeSelectorTerms: [{}, field('In', ['b'])] }), wanted: 'b' },
    { title: 'to two nodes', spec: pinned(pin('b', 'c')), wanted: undefined },
    { title: 'away from a node', spec: pinned({ nodeSelectorTerms: [field('NotIn', ['b'])] }), wanted: undefined },
    { title: 'by another field', spec: pinned({ nodeSelectorTerms: [field('In', ['b'], 'x')] }), wanted: undefined },
    { title: 'neither', spec: { affinity: null }, wanted: undefined },
  ]
  assert.deepEqual(
    rows.map(({ title, spec }) => [title, podTarget(spec as never)]),
    rows.map(({ title, wanted }) => [title, wanted]),
  )
})
