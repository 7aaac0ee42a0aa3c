import assert from 'node:assert/strict'
import test from 'node:test'
import { taintRequest } from '../../../controller/act/taint-request.ts'
import type { Node, Taint } from '../../../controller/cluster.ts'
import { shapeNode } from '../../../controller/watch/shape-node.ts'
import { nodeOf } from '../../support/rollout-cluster.ts'

const STARTUP: Taint = { key: 'picket.dev/agent-not-ready', value: '', effect: 'NoSchedule' }
const OTHER: Taint = { key: 'other', value: 'x', effect: 'NoExecute' }
const MARK = { 'picket.dev/startup-taint-removed': 'then' }

const bodyOf = (kind: 'remove_taint' | 'add_taint', node: Node): unknown =>
  taintRequest({ kind, node, taint: STARTUP, annotations: kind === 'remove_taint' ? MARK : {}, why: '' }).body

test('a taint is taken off by its place, which is tested, and no other one is written', () => {
  const node = nodeOf('a', { taints: [OTHER, STARTUP], annotations: { known: 'yes' } })
  assert.deepEqual(taintRequest({ kind: 'remove_taint', node, taint: STARTUP, annotations: MARK, why: '' }), {
    method: 'PATCH',
    path: '/api/v1/nodes/a',
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/uid', value: 'node-a' },
      { op: 'test', path: '/spec/taints/1/key', value: 'picket.dev/agent-not-ready' },
      { op: 'test', path: '/spec/taints/1/effect', value: 'NoSchedule' },
      { op: 'remove', path: '/spec/taints/1' },
      { op: 'add', path: '/metadata/annotations/picket.dev~1startup-taint-removed', value: 'then' },
    ],
  })
})

test('on a node without annotations the first one is made, unless somebody was faster', () => {
  assert.deepEqual(bodyOf('remove_taint', nodeOf('a', { taints: [STARTUP] })), [
    { op: 'test', path: '/metadata/uid', value: 'node-a' },
    { op: 'test', path: '/spec/taints/0/key', value: 'picket.dev/agent-not-ready' },
    { op: 'test', path: '/spec/taints/0/effect', value: 'NoSchedule' },
    { op: 'remove', path: '/spec/taints/0' },
    { op: 'test', path: '/metadata/resourceVersion', value: '1' },
    { op: 'add', path: '/metadata/annotations', value: MARK },
  ])
})

test('the annotation that kubectl apply has left on a node is not written over', () => {
  const node = shapeNode({
    metadata: {
      name: 'a',
      uid: 'u',
      resourceVersion: '1',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    spec: { taints: [{ key: STARTUP.key, effect: STARTUP.effect }] },
  })
  const [taint = STARTUP] = node.taints
  const { body } = taintRequest({ kind: 'remove_taint', node, taint, annotations: MARK, why: '' })
  assert.deepEqual((body as unknown[]).slice(4), [
    { op: 'add', path: '/metadata/annotations/picket.dev~1startup-taint-removed', value: 'then' },
  ])
})

test('a taint is added behind the others, or as the first one', () => {
  const value = { key: 'picket.dev/agent-not-ready', effect: 'NoSchedule' }
  assert.deepEqual(bodyOf('add_taint', nodeOf('a', { taints: [OTHER] })), [
    { op: 'test', path: '/metadata/uid', value: 'node-a' },
    { op: 'add', path: '/spec/taints/-', value },
  ])
  assert.deepEqual(bodyOf('add_taint', nodeOf('a')), [
    { op: 'test', path: '/metadata/uid', value: 'node-a' },
    { op: 'test', path: '/metadata/resourceVersion', value: '1' },
    { op: 'add', path: '/spec/taints', value: [value] },
  ])
})
