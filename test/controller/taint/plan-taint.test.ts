import assert from 'node:assert/strict'
import test from 'node:test'
import { taintRequest } from '../../../controller/act/taint-request.ts'
import type { DaemonSet, Json, Labels, Node, Pod, Taint } from '../../../controller/cluster.ts'
import { NO_TAINT_MEMORY, planTaint, type TaintMemory, type TaintPlan } from '../../../controller/taint/plan-taint.ts'
import type { TaintSettings } from '../../../controller/taint/settings.ts'
import { at, condition, daemonSetOf, nodeOf, podOf } from '../../support/rollout-cluster.ts'

const KEY = 'picket.dev/agent-not-ready'
const BOOTSTRAP: TaintSettings = { key: KEY, mode: 'bootstrap', backAfterMs: 60_000 }
const taint = (key: string, effect = 'NoSchedule'): Taint => ({ key, value: '', effect })
const STARTUP = taint(KEY)
const CONTINUOUS: TaintSettings = { ...BOOTSTRAP, mode: 'continuous' }

const agent = (
  spec: { readonly [key: string]: Json } = { tolerations: [{ key: KEY, operator: 'Exists' }] },
): DaemonSet => ({
  ...daemonSetOf('v1'),
  template: { spec },
})
const EVERYWHERE = agent({ tolerations: [{ operator: 'Exists' }] })

interface Scene {
  readonly node?: Partial<Node>
  readonly pods?: readonly Pod[]
  readonly daemonSet?: DaemonSet
  readonly settings?: TaintSettings
  readonly memory?: TaintMemory
  readonly nowSeconds?: number
}

const plan = ({ node, pods, daemonSet, settings, memory, nowSeconds }: Scene): TaintPlan =>
  planTaint(
    {
      nowMs: at(nowSeconds ?? 100),
      nodes: [nodeOf('a', { taints: [STARTUP], ...node })],
      daemonSets: [daemonSet ?? agent()],
      pods: pods ?? [],
    },
    settings ?? BOOTSTRAP,
    memory ?? NO_TAINT_MEMORY,
  )

const done = (made: TaintPlan): readonly string[] =>
  made.steps.map(({ action, event }) => `${action.kind} ${event.type} ${event.reason}: ${action.why}`)

const READY = podOf('a', 'v1', 50)
const REMOVED = 'remove_taint Normal StartupTaintRemoved: taken off, for '
const SINCE = new Date(at(100)).toISOString()
const MARKED: Labels = { 'picket.dev/startup-taint-removed': SINCE }

test('a node loses the taint once its agent is Ready, and is marked', () => {
  const made = plan({ pods: [READY] })
  assert.deepEqual(done(made), [`${REMOVED}the node’s agent is Ready (logs/agent)`])
  assert.deepEqual(made.steps[0]?.action.annotations, MARKED)
  assert.equal(made.steps[0]?.event.message, `Taint ${KEY}: taken off, for the node’s agent is Ready (logs/agent)`)
})

const KEPT: readonly (readonly [string, Scene])[] = [
  ['no pod yet', {}],
  ['a pod that is not Ready', { pods: [{ ...READY, ready: condition('False', 60) }] }],
  ['a Ready pod that is ending', { pods: [{ ...READY, deletedMs: at(130) }] }],
  ['another node’s pod', { pods: [podOf('b', 'v1', 50)] }],
  ['another DaemonSet’s pod', { pods: [{ ...READY, owner: undefined }] }],
  ['it was off before and somebody has put it back', { pods: [READY], node: { annotations: MARKED } }],
  ['the node is on its way out', { pods: [READY], node: { deleted: true } }],
  ['nobody’s agent is to come, for there is none', { daemonSet: { ...agent(), deleted: true } }],
  [
    'the node is not up yet, and the agent does not tolerate that',
    { node: { taints: [STARTUP, taint('node.kubernetes.io/not-ready')], ready: condition('False', 0) } },
  ],
  [
    'the cloud provider has not seen it yet',
    { node: { taints: [taint('node.cloudprovider.kubernetes.io/uninitialized'), STARTUP] }, nowSeconds: 10_000 },
  ],
  ['it is young and has a taint of somebody else’s', { node: { taints: [taint('cilium/agent-not-ready'), STARTUP] } }],
]

test('the taint stays while the agent may still come', () => {
  for (const [name, scene] of KEPT) assert.deepEqual(done(plan(scene)), [], name)
})

const LET_GO: readonly (readonly [string, Scene, string])[] = [
  [
    'selector',
    { daemonSet: agent({ nodeSelector: { os: 'linux' } }) },
    'no agent is to run here (logs/agent: os=linux is wanted, the node has no such label)',
  ],
  [
    'a taint for good',
    { node: { taints: [STARTUP, taint('gpu')] }, nowSeconds: 601 },
    'no agent is to run here (logs/agent: gpu:NoSchedule is not tolerated)',
  ],
]

test('while a node is not initialized, nobody can say that its labels select no agent', () => {
  const daemonSet = agent({ nodeSelector: { zone: 'one' }, tolerations: [{ operator: 'Exists' }] })
  const starting = [STARTUP, taint('node.cloudprovider.kubernetes.io/uninitialized')]
  assert.deepEqual(done(plan({ daemonSet, node: { taints: starting } })), [])
  assert.deepEqual(done(plan({ daemonSet, node: { labels: { zone: 'one' } } })), [])
  assert.deepEqual(done(plan({ daemonSet })), [
    `${REMOVED}no agent is to run here (logs/agent: zone=one is wanted, the node has no such label)`,
  ])
})

test('a node that no agent is to run on is not blocked for ever', () => {
  for (const [name, scene, why] of LET_GO) assert.deepEqual(done(plan(scene)), [REMOVED + why], name)
  const young = plan({ node: { taints: [STARTUP, taint('gpu')] } })
  assert.deepEqual([done(young), young.requeueAfterMs], [[], 500_000])
})

test('with two DaemonSets it waits for both, but not for one that is not meant for the node', () => {
  const other = (spec: { readonly [key: string]: Json }): DaemonSet => ({ ...agent(spec), name: 'other', uid: 'other' })
  const both = (second: DaemonSet, pods: readonly Pod[]): TaintPlan =>
    planTaint(
      { nowMs: at(100), nodes: [nodeOf('a', { taints: [STARTUP] })], daemonSets: [agent(), second], pods },
      BOOTSTRAP,
      NO_TAINT_MEMORY,
    )
  const second = other({ tolerations: [{ operator: 'Exists' }] })
  assert.deepEqual(done(both(second, [READY])), [])
  const pod = podOf('a', 'v1', 60, { owner: { ...READY.owner!, uid: 'other' } })
  assert.deepEqual(done(both(second, [READY, pod])), [`${REMOVED}the node’s agent is Ready (logs/agent, logs/other)`])
  assert.deepEqual(done(both(other({ nodeSelector: { os: 'windows' } }), [READY])), [
    `${REMOVED}the node’s agent is Ready (logs/agent)`,
  ])
})

test('a DaemonSet that does not tolerate the taint is named, once', () => {
  const scene = { daemonSet: agent({}) }
  const made = plan(scene)
  assert.deepEqual(done(made), [])
  assert.deepEqual(made.events, [
    {
      about: { kind: 'DaemonSet', identity: { namespace: 'logs', name: 'agent', uid: 'ds' } },
      type: 'Warning',
      reason: 'StartupTaintNotTolerated',
      message:
        'The template does not tolerate picket.dev/agent-not-ready:NoSchedule, which nodes have (1 now) until a pod of this DaemonSet is Ready there: none will ever be. Add to its tolerations: {key: picket.dev/agent-not-ready, operator: Exists, effect: NoSchedule}',
    },
  ])
  assert.deepEqual(plan({ ...scene, memory: made.memory }).events, [])
})

test('a cluster whose every node starts with the taint, and has no network yet, bootstraps', () => {
  const starting = [STARTUP, taint('node.kubernetes.io/not-ready'), taint('node.kubernetes.io/network-unavailable')]
  const node = { taints: starting, ready: condition('False', 0) }
  assert.deepEqual(done(plan({ node, daemonSet: EVERYWHERE })), [])
  assert.deepEqual(done(plan({ node, daemonSet: EVERYWHERE, pods: [READY] })), [
    `${REMOVED}the node’s agent is Ready (logs/agent)`,
  ])
})

test('in bootstrap mode it never comes back', () => {
  for (const annotations of [{}, MARKED])
    assert.deepEqual(done(plan({ node: { taints: [], annotations }, nowSeconds: 10_000 })), [])
})

test('in continuous mode it comes back when the agent has been away for too long, and goes again', () => {
  const node = { taints: [], annotations: MARKED }
  const first = plan({ node, settings: CONTINUOUS })
  assert.deepEqual([done(first), first.requeueAfterMs], [[], 60_000])
  const later = plan({ node, settings: CONTINUOUS, memory: first.memory, nowSeconds: 160 })
  assert.deepEqual(done(later), [
    'add_taint Warning StartupTaintAdded: put on, for logs/agent has had no Ready pod here for 60 s',
  ])
  assert.deepEqual(later.steps[0]?.action.taint, STARTUP)
  const back = plan({ node: { annotations: MARKED }, pods: [READY], settings: CONTINUOUS, memory: later.memory })
  assert.deepEqual(done(back), [`${REMOVED}the node’s agent is Ready (logs/agent)`])
  assert.deepEqual([...back.memory.missingSinceMs], [])
})

test('a taint that continuous mode has put back goes in bootstrap mode too', () => {
  const memory = { ...NO_TAINT_MEMORY, missingSinceMs: new Map([['node-a', at(0)]]) }
  const node = { taints: [], annotations: { ...MARKED, other: 'x' } }
  const [step] = plan({ node, memory, settings: CONTINUOUS, nowSeconds: 160 }).steps
  assert.deepEqual(step && taintRequest(step.action).body, [
    { op: 'test', path: '/metadata/uid', value: 'node-a' },
    { op: 'test', path: '/metadata/resourceVersion', value: '1' },
    { op: 'add', path: '/spec/taints', value: [{ key: KEY, effect: 'NoSchedule' }] },
    { op: 'remove', path: '/metadata/annotations/picket.dev~1startup-taint-removed' },
  ])
  const later = plan({ node: { annotations: { other: 'x' } }, pods: [READY] })
  assert.deepEqual(done(later), [`${REMOVED}the node’s agent is Ready (logs/agent)`])
})

const NOT_PUT_BACK: readonly (readonly [string, Scene])[] = [
  ['the node is not ready itself', { node: { taints: [], ready: condition('Unknown', 0) } }],
  ['the agent would be kept away by it', { node: { taints: [] }, daemonSet: agent({}) }],
  ['no agent is to run there', { node: { taints: [] }, daemonSet: agent({ nodeSelector: { os: 'windows' } }) }],
  ['it is there', {}],
]

test('in continuous mode it is not put where it would do harm or nothing', () => {
  const memory = { ...NO_TAINT_MEMORY, missingSinceMs: new Map([['node-a', at(0)]]) }
  for (const [name, scene] of NOT_PUT_BACK)
    assert.deepEqual(done(plan({ ...scene, memory, settings: CONTINUOUS, nowSeconds: 10_000 })), [], name)
})

test('another key may be chosen, and the taint’s own value is no matter', () => {
  const settings = { ...BOOTSTRAP, key: 'example.com/wait' }
  const own = { key: 'example.com/wait', value: 'true', effect: 'NoSchedule' }
  const daemonSet = agent({ tolerations: [{ operator: 'Exists' }] })
  const made = plan({ node: { taints: [STARTUP, own] }, pods: [READY], settings, daemonSet })
  assert.deepEqual(made.steps[0]?.action.taint, own)
})
