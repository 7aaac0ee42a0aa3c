import assert from 'node:assert/strict'
import test from 'node:test'
import type { JsonObject, Node, Pod, UpdateStrategy } from '../../../controller/cluster.ts'
import { podTarget } from '../../../controller/plan/pod-target.ts'
import {
  condition,
  LABELS,
  node,
  nodes,
  OTHERS,
  pod,
  START_MS,
  surgeOf,
  taint,
  template,
  upTo,
} from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

/** Upstream's daemon_controller_test.go: what one turn does, for both strategies. */

interface Vector {
  readonly title: string
  readonly nodes: readonly Node[]
  readonly pods?: readonly Pod[]
  readonly spec?: JsonObject
  readonly wanted: readonly string[]
}

const BLUE = { color: 'blue' }
const colour = (...values: readonly string[]): JsonObject => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'color', operator: 'In', values }] }],
      },
    },
  },
})
const plainAndBlue = [...nodes(0, 4), ...nodes(4, 7, { labels: BLUE })]
const created = (...on: readonly number[]): string[] => on.map((i) => `+node-${i}`)
const tainted = (...taints: Parameters<typeof taint>[]): Node =>
  node('node-0', { taints: taints.map((t) => taint(...t)) })
const tolerating: JsonObject = {
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' }],
}

const PLACEMENT: readonly Vector[] = [
  { title: 'every node gets a pod', nodes: nodes(0, 5), wanted: created(0, 1, 2, 3, 4) },
  { title: 'no nodes, no pods', nodes: [], wanted: [] },
  { title: 'one node, one pod', nodes: nodes(0, 1), wanted: created(0) },
  {
    title: 'a node that is not ready gets one',
    nodes: [node('node-0', { ready: condition('False') })],
    wanted: created(0),
  },
  {
    title: 'one marked unschedulable, without the taint',
    nodes: [node('node-0', { unschedulable: true })],
    wanted: created(0),
  },
  { title: 'a selector chooses nodes', nodes: plainAndBlue, spec: { nodeSelector: BLUE }, wanted: created(4, 5, 6) },
  { title: 'a selector that no node meets', nodes: nodes(0, 4), spec: { nodeSelector: BLUE }, wanted: [] },
  { title: 'a node by name', nodes: nodes(0, 5), spec: { nodeName: 'node-0' }, wanted: created(0) },
  { title: 'a name that no node has', nodes: nodes(0, 5), spec: { nodeName: 'node-10' }, wanted: [] },
  {
    title: 'name and selector',
    nodes: plainAndBlue,
    spec: { nodeName: 'node-6', nodeSelector: BLUE },
    wanted: created(6),
  },
  {
    title: 'a name whose node the selector refuses',
    nodes: plainAndBlue,
    spec: { nodeName: 'node-0', nodeSelector: BLUE },
    wanted: [],
  },
  { title: 'required affinity chooses nodes', nodes: plainAndBlue, spec: colour('blue'), wanted: created(4, 5, 6) },
  {
    title: "somebody else's pod on the node does not matter",
    nodes: nodes(0, 1),
    pods: [pod('else', 'node-0', { owner: OTHERS })],
    spec: { nodeName: 'node-0' },
    wanted: created(0),
  },
  { title: 'its own pod is enough', nodes: nodes(0, 1), pods: [pod('own', 'node-0')], wanted: [] },
]

const TAINTS: readonly Vector[] = [
  {
    title: 'NoSchedule leaves a pod that runs',
    nodes: [tainted(['dedicated', 'NoSchedule', 'db'])],
    pods: [pod('own', 'node-0')],
    wanted: [],
  },
  {
    title: 'NoExecute takes it away',
    nodes: [tainted(['dedicated', 'NoExecute', 'db'])],
    pods: [pod('own', 'node-0')],
    wanted: ['-own'],
  },
  { title: 'NoSchedule keeps a new one off', nodes: [tainted(['dedicated', 'NoSchedule', 'db'])], wanted: [] },
  { title: 'PreferNoSchedule does not', nodes: [tainted(['dedicated', 'PreferNoSchedule', 'db'])], wanted: created(0) },
  {
    title: 'a tolerated taint does not',
    nodes: [tainted(['dedicated', 'NoSchedule', 'db'])],
    spec: tolerating,
    wanted: created(0),
  },
  { title: 'not ready', nodes: [tainted(['node.kubernetes.io/not-ready', 'NoExecute'])], wanted: created(0) },
  { title: 'not ready, NoSchedule', nodes: [tainted(['node.kubernetes.io/not-ready', 'NoSchedule'])], wanted: [] },
  { title: 'unreachable', nodes: [tainted(['node.kubernetes.io/unreachable', 'NoExecute'])], wanted: created(0) },
  {
    title: 'under pressure, cordoned',
    nodes: [
      tainted(
        ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
        ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
        ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
        ['node.kubernetes.io/unschedulable', 'NoSchedule'],
      ),
    ],
    wanted: created(0),
  },
  {
    title: 'no network, and the pod needs one',
    nodes: [tainted(['node.kubernetes.io/network-unavailable', 'NoSchedule'])],
    wanted: [],
  },
  {
    title: "no network, and the pod uses the host's",
    nodes: [tainted(['node.kubernetes.io/network-unavailable', 'NoSchedule'])],
    spec: { hostNetwork: true },
    wanted: created(0),
  },
]

/** `count` pods on a node, the first the oldest. */
const crowd = (on: number, count: number, fields: Partial<Pod> = {}, prefix = 'p'): Pod[] =>
  Array.from({ length: count }, (_, i) =>
    pod(`${prefix}${on}-${i}`, `node-${on}`, { createdMs: START_MS + i * 1000, ...fields }),
  )
/** Owned, but no longer with the labels: released, and nobody's then. */
const released = (on: number, count: number): Pod[] => crowd(on, count, { labels: { app: 'else' } }, 'r')
const gone = (on: number, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `-p${on}-${from + i}`)

const EXISTING: readonly Vector[] = [
  {
    title: 'what is missing is created, duplicates go, the oldest stays',
    nodes: nodes(0, 5),
    pods: [...crowd(1, 1), ...crowd(2, 2), ...crowd(3, 5), ...released(4, 2)],
    wanted: [...created(0, 4), ...gone(2, 1, 2), ...gone(3, 1, 5)],
  },
  {
    title: 'pods on nodes that are not selected go, all of them',
    nodes: [...nodes(0, 5), ...nodes(5, 10, { labels: BLUE })],
    pods: [...released(0, 2), ...crowd(1, 3), ...released(1, 1), ...crowd(4, 1)],
    spec: { nodeSelector: BLUE },
    wanted: [...created(5, 6, 7, 8, 9), ...gone(1, 0, 3), ...gone(4, 0, 1)],
  },
  {
    title: 'all of it at once',
    nodes: [...nodes(0, 5), ...nodes(5, 10, { labels: BLUE })],
    pods: [
      ...[...crowd(0, 1), ...crowd(1, 3), ...released(1, 2), ...crowd(2, 4)],
      ...[...crowd(6, 13), ...released(7, 4), ...crowd(9, 1), ...released(9, 1)],
    ],
    spec: { nodeSelector: BLUE },
    wanted: [...created(5, 7, 8), ...[...gone(0, 0, 1), ...gone(1, 0, 3), ...gone(2, 0, 4)], ...gone(6, 1, 13)],
  },
  {
    title: 'nothing is created where a pod is still terminating',
    nodes: nodes(0, 1),
    pods: [pod('leaving', 'node-0', { deletedMs: START_MS })],
    wanted: [],
  },
  {
    title: 'a pod that ended and is held by a finalizer is no reason to wait',
    nodes: nodes(0, 1),
    pods: [pod('held', 'node-0', { deletedMs: START_MS, phase: 'Succeeded' })],
    wanted: created(0),
  },
  {
    title: 'the one that is bound stays, though it is younger',
    nodes: nodes(0, 1),
    pods: [pod('waiting', 'node-0', { nodeName: '' }), pod('bound', 'node-0', { createdMs: START_MS + 5000 })],
    wanted: ['-waiting'],
  },
  {
    title: 'of equal age the first by name stays',
    nodes: nodes(0, 1),
    pods: [pod('b', 'node-0'), pod('a', 'node-0')],
    wanted: ['-b'],
  },
  {
    title: 'an unbound pod for a node that is gone goes, a bound one is left to be collected',
    nodes: nodes(0, 1),
    pods: [
      pod('here', 'node-0'),
      pod('bound', 'node-1'),
      pod('unbound', 'node-2', { nodeName: '' }),
      pod('leaving', 'node-3', { nodeName: '', deletedMs: START_MS }),
    ],
    wanted: ['-unbound'],
  },
  {
    title: 'a pod whose node cannot be told is left alone',
    nodes: nodes(0, 1),
    pods: [pod('somewhere', '', { target: undefined })],
    wanted: created(0),
  },
]

const STRATEGIES: readonly UpdateStrategy[] = [{ kind: 'OnDelete' }, upTo(1)]

const check = (vectors: readonly Vector[], strategies: readonly UpdateStrategy[]): void => {
  for (const strategy of strategies) {
    const found = vectors.map(({ title, nodes, pods, spec }) => [
      title,
      // A pod of the current revision, or the rollout would have its say.
      turnOf(new Simulator({ strategy, template: template(spec) }, nodes, pods)),
    ])
    assert.deepEqual(
      found,
      vectors.map(({ title, wanted }) => [title, wanted]),
    )
  }
}

const turnOf = (cluster: Simulator): string[] => {
  for (const { name, labels, owner } of cluster.pods.values())
    if (owner !== OTHERS && labels.app === LABELS.app)
      cluster.changePod(name, { labels: { ...labels, 'controller-revision-hash': cluster.hash } })
  return cluster.turn()
}

test('names, selectors and affinity decide where pods go', () => check(PLACEMENT, [...STRATEGIES, surgeOf(1)]))
test('taints decide where pods go and stay', () => check(TAINTS, [...STRATEGIES, surgeOf(1)]))
test('pods that are there are counted, and those too many go', () => check(EXISTING, STRATEGIES))

test('a new pod is pinned to its node and left to the scheduler', () => {
  const cluster = new Simulator({}, nodes(0, 5))
  cluster.turn()
  const specs = [...cluster.bodies.values()].map(({ spec }) => spec as JsonObject)
  assert.deepEqual(
    specs.map((spec) => [spec.nodeName, podTarget(spec)]),
    nodes(0, 5).map(({ name }) => [undefined, name]),
  )
})

test('a selector that is empty selects everything, so nothing is done but to say so', () => {
  const cluster = new Simulator({ selector: { matchLabels: {}, matchExpressions: [] } }, nodes(0, 1), [
    pod('p', 'node-0'),
  ])
  assert.deepEqual(cluster.turn(), ['!SelectingAll'])
})

test('a DaemonSet that is being deleted is left to the garbage collector', () => {
  const orphan = pod('orphan', 'node-0', { owner: undefined })
  const cluster = new Simulator({ deleted: true }, nodes(0, 2), [orphan])
  assert.deepEqual([cluster.turn(), cluster.revisions.size, cluster.pods.get('orphan')?.owner], [[], 0, undefined])
})
