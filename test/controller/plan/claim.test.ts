import assert from 'node:assert/strict'
import test from 'node:test'
import type { Selector } from '../../../controller/cluster.ts'
import { claim } from '../../../controller/plan/claim.ts'
import { placesOf } from '../../../controller/plan/places.ts'
import { selects } from '../../../controller/plan/selector.ts'
import { daemonSet, nodes, OTHERS, pod, START_MS } from './cluster-objects.ts'

const leaving = { deletedMs: START_MS }
const unlike = { labels: { app: 'else' } }
const orphan = { owner: undefined }

test('pods are claimed, adopted, released or left alone', () => {
  const pods = [
    pod('ours', 'node-0'),
    pod('ours-leaving', 'node-0', leaving),
    pod('ours-unlike', 'node-0', unlike),
    pod('orphan', 'node-0', orphan),
    pod('orphan-leaving', 'node-0', { ...orphan, ...leaving }),
    pod('orphan-unlike', 'node-0', { ...orphan, ...unlike }),
    pod('others', 'node-0', { owner: OTHERS }),
    pod('of-the-name-before', 'node-0', { owner: { ...OTHERS, name: 'agent' } }),
  ]
  const claimed = claim(daemonSet(), pods, [])
  assert.deepEqual(
    claimed.pods.map(({ name }) => name),
    ['ours', 'ours-leaving', 'orphan'],
  )
  assert.deepEqual(
    claimed.actions.map((action) => [action.kind, 'pod' in action && action.pod.name]),
    [
      ['release_pod', 'ours-unlike'],
      ['adopt_pod', 'orphan'],
    ],
  )
})

test('of the claimed pods those count that may still run, and those that nobody has deleted', () => {
  const pods = [
    pod('running', 'node-0'),
    pod('running-leaving', 'node-0', leaving),
    pod('failed', 'node-0', { phase: 'Failed' }),
    pod('failed-leaving', 'node-0', { ...leaving, phase: 'Failed' }),
    pod('succeeded-leaving', 'node-1', { ...leaving, phase: 'Succeeded' }),
    pod('elsewhere', 'gone'),
    pod('nowhere', '', { target: undefined }),
  ]
  const found = placesOf(daemonSet(), nodes(0, 2), pods)
  assert.deepEqual(
    found.map(({ name, exists, pods }) => [name, exists, ...pods.map((p) => p.name)]),
    [
      ['gone', false, 'elsewhere'],
      ['node-0', true, 'failed', 'running', 'running-leaving'],
      ['node-1', true],
    ],
  )
})

test('a selector is satisfied by all of its pairs and requirements', () => {
  const expression = (operator: string, ...values: readonly string[]): Selector => ({
    matchLabels: {},
    matchExpressions: [{ key: 'tier', operator, values }],
  })
  const rows: [Selector, boolean[]][] = [
    [{ matchLabels: { app: 'agent' }, matchExpressions: [] }, [true, false]],
    [{ matchLabels: { app: 'agent', tier: 'back' }, matchExpressions: [] }, [false, false]],
    [expression('In', 'front', 'side'), [true, false]],
    [expression('NotIn', 'front'), [false, true]],
    [expression('Exists'), [true, false]],
    [expression('DoesNotExist'), [false, true]],
    [{ matchLabels: {}, matchExpressions: [] }, [true, true]],
  ]
  assert.deepEqual(
    rows.map(([selector]) => [selector, [selects(selector, { app: 'agent', tier: 'front' }), selects(selector, {})]]),
    rows,
  )
  assert.throws(() => selects(expression('Like', 'x'), {}), /unknown operator Like/)
})
