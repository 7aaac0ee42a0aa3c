import assert from 'node:assert/strict'
import test from 'node:test'
import type { ClusterEvent, Observation, PodAction } from '../../../controller/cluster.ts'
import { EMPTY_MEMORY, type GuardMemory } from '../../../controller/guard/guard-memory.ts'
import type { GuardInput } from '../../../controller/guard/guard-turn.ts'
import { type GuardDecision, planGuard } from '../../../controller/guard/plan-guard.ts'
import { podBody } from '../../../controller/plan/pod-body.ts'
import { aContainer, aDaemonSet, ago, aNode, aPod, aRevision, condition, NOW_MS, TEMPLATE } from './make.ts'

const SETTINGS = { takeoverAfterMs: 30_000, acts: true }

interface Look extends Partial<Observation> {
  /** Seconds since the guard began. */
  readonly at: number
  readonly failedCreateAt?: number
}

const inputOf = ({ at, failedCreateAt, ...differs }: Look): GuardInput => ({
  observation: {
    nowMs: NOW_MS + at * 1000,
    daemonSet: aDaemonSet(),
    nodes: [aNode('n1')],
    pods: [],
    revisions: [aRevision('aaa', 1)],
    satisfied: true,
    namespaceTerminating: false,
    backoff: new Map(),
    ...differs,
  },
  monotonicMs: 5_000_000 + at * 1000,
  failedCreateMs: failedCreateAt === undefined ? undefined : 5_000_000 + failedCreateAt * 1000,
  shipsNothing: new Map(),
})

/** Every decision of a history of looks. */
const history = (...looks: readonly Look[]): readonly GuardDecision[] => {
  let memory: GuardMemory = EMPTY_MEMORY
  return looks.map((look) => {
    const decision = planGuard(inputOf(look), memory, SETTINGS)
    memory = decision.memory
    return decision
  })
}

const actionText = (action: PodAction): string =>
  action.kind === 'create_pod'
    ? `create ${action.node}`
    : `delete ${action.pod.name}${action.graceSeconds === undefined ? '' : ` grace ${action.graceSeconds}`}`
const acts = (decision: GuardDecision | undefined): readonly string[] => decision?.plan.pods.map(actionText) ?? []
const actsOf = (...looks: readonly Look[]) => history(...looks).map(acts)
const eventText = ({ about, type, reason, message }: ClusterEvent) =>
  `${about.kind} ${about.identity.name}: ${type} ${reason}: ${message}`
const last = (decisions: readonly GuardDecision[]): GuardDecision => decisions.at(-1) as GuardDecision

test('a node without a pod for the time gets it, byte for byte as the built-in controller would post it', () => {
  const { plan } = last(history({ at: 0 }, { at: 29.999 }, { at: 30 }))
  assert.deepEqual(plan.pods, [
    {
      kind: 'create_pod',
      node: 'n1',
      body: podBody(aDaemonSet(), 'n1', 'aaa'),
      why: 'makes the missing pod, there was none for 30 s',
    },
  ])
  assert.deepEqual(plan.events.map(eventText), [
    'DaemonSet picket: Normal TakeOver: Node n1: makes the missing pod, there was none for 30 s',
    'Node n1: Normal TakeOver: DaemonSet monitoring/picket: makes the missing pod, there was none for 30 s',
    'DaemonSet picket: Warning NodeUncovered: Node n1: not covered: there is no pod',
    'Node n1: Warning NodeUncovered: DaemonSet monitoring/picket: not covered: there is no pod',
  ])
  // What was done is told once it is done.
  assert.deepEqual(
    plan.events.map(({ after }) => after),
    [plan.pods, plan.pods, undefined, undefined],
  )
  assert.deepEqual([plan.claims, plan.history, plan.cleanup, plan.status], [[], [], [], undefined])
})

test('the guard asks to be woken when the time is up, not before', () => {
  assert.deepEqual(
    history({ at: 0 }, { at: 10 }, { at: 10, pods: [aPod('n1')] }).map(({ plan }) => plan.requeueAfterMs),
    [30_000, 20_000, undefined],
  )
})

test('the time is counted anew after a pod was there, and for a new node of an old name', () => {
  assert.deepEqual(actsOf({ at: 0 }, { at: 20, pods: [aPod('n1')] }, { at: 25 }, { at: 54 }, { at: 55 }), [
    [],
    [],
    [],
    [],
    ['create n1'],
  ])
  const reborn = { nodes: [aNode('n1', { uid: 'second' })] }
  assert.deepEqual(actsOf({ at: 0 }, { at: 29, ...reborn }, { at: 58, ...reborn }, { at: 59, ...reborn }), [
    [],
    [],
    [],
    ['create n1'],
  ])
})

test('a creation of which nothing is seen is tried again later and later', () => {
  const looks = Array.from({ length: 1500 }, (_, at) => ({ at }))
  const times = actsOf(...looks).flatMap((a, at) => (a.length > 0 ? [at] : []))
  assert.deepEqual(times, [30, 60, 120, 240, 480, 780, 1080, 1380])
})

const STILL: readonly (readonly [title: string, look: Omit<Look, 'at'>])[] = [
  ['while the DaemonSet is being deleted', { daemonSet: aDaemonSet({ deleted: true }) }],
  ['while the namespace is being deleted', { namespaceTerminating: true }],
  [
    'for a DaemonSet that selects everything',
    { daemonSet: aDaemonSet({ selector: { matchLabels: {}, matchExpressions: [] } }) },
  ],
  ['while what was asked for has not been seen', { satisfied: false }],
  ['on a DaemonSet that is frozen', { daemonSet: aDaemonSet({ annotations: { 'picket.dev/frozen': 'true' } }) }],
  [
    'on a node that is shutting down',
    { nodes: [aNode('n1', { ready: condition('False', { message: 'node is shutting down' }) })] },
  ],
  [
    'on a node that is shutting down and refused the pod',
    {
      nodes: [aNode('n1', { ready: condition('False', { message: 'node is shutting down' }) })],
      pods: [aPod('n1', { phase: 'Failed', reason: 'NodeShutdown' })],
    },
  ],
  [
    'on a node that repels the pod',
    { nodes: [aNode('n1', { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] })] },
  ],
  ['while the only pod is being ended', { pods: [aPod('n1', { deletedMs: ago(600) })] }],
  [
    'while the pod on a node that nobody hears of is being ended',
    { nodes: [aNode('n1', { ready: condition('Unknown') })], pods: [aPod('n1', { deletedMs: ago(600) })] },
  ],
  [
    'about a pod that the scheduler cannot place',
    { pods: [aPod('n1', { nodeName: '', phase: 'Pending', ready: undefined })] },
  ],
  [
    'about a pod that crashes',
    {
      pods: [
        aPod('n1', {
          ready: condition('False'),
          containers: [aContainer({ waiting: { reason: 'CrashLoopBackOff', message: '' } })],
        }),
      ],
    },
  ],
  [
    'about a pod of an old revision',
    { pods: [aPod('n1', { labels: { app: 'picket', 'controller-revision-hash': 'old' } })] },
  ],
  ['about two pods on one node', { pods: [aPod('n1'), aPod('n1', { name: 'b', uid: 'b' })] }],
  [
    'about a pod where none belongs',
    { nodes: [aNode('n1', { taints: [{ key: 'gpu', value: '', effect: 'NoExecute' }] })], pods: [aPod('n1')] },
  ],
  ['about an orphan that the built-in controller adopts', { pods: [aPod('n1', { owner: undefined })] }],
  ['about a pod that nobody has deleted and whose node is gone', { nodes: [], pods: [aPod('gone')] }],
  [
    'about an unbound pod whose node is gone',
    { nodes: [], pods: [aPod('gone', { nodeName: '', deletedMs: ago(600) })] },
  ],
]
for (const [title, look] of STILL)
  test(`nothing is done ${title}`, () =>
    assert.deepEqual(actsOf(...[0, 31, 100, 1000, 2000].map((at) => ({ at, ...look }))), [[], [], [], [], []]))

test('where the built-in controller’s creations have just been refused, ours wait too', () => {
  assert.deepEqual(
    actsOf({ at: 0 }, { at: 30, failedCreateAt: 10 }, { at: 39.9, failedCreateAt: 10 }, { at: 40, failedCreateAt: 10 }),
    [[], [], [], ['create n1']],
  )
})

test('a failed pod is deleted after the time, and the next ones later and later', () => {
  const looks = Array.from({ length: 2500 }, (_, at) => ({ at, pods: [aPod('n1', { phase: 'Failed' })] }))
  const times = actsOf(...looks).flatMap((a, at) => (a.length > 0 ? [`${at} ${a}`] : []))
  const name = 'delete picket-n1'
  assert.deepEqual(
    times,
    [30, 60, 120, 240, 480, 780, 1080, 1380, 1680, 1980, 2280].map((at) => `${at} ${name}`),
  )
})

test('a node that refuses every pod is tried as seldom as the built-in controller would', () => {
  const rejected = (at: number) => aPod('n1', { uid: `pod-${at}`, phase: 'Failed', reason: 'OutOfcpu', message: '' })
  // A new pod the second after the old one was deleted: somebody makes them at once.
  let pod = rejected(0)
  let memory: GuardMemory = EMPTY_MEMORY
  const times: number[] = []
  for (let at = 0; at < 6000; at++) {
    const { plan, memory: after } = planGuard(inputOf({ at, pods: [pod] }), memory, SETTINGS)
    memory = after
    if (plan.pods.length === 0) continue
    times.push(at)
    pod = rejected(at)
  }
  assert.deepEqual(times, [30, 61, 121, 241, 481, 961, 1861, 2761, 3661, 4561, 5461])
})

test('a failed pod is told of when it is deleted', () => {
  const pods = [aPod('n1', { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })]
  const { plan } = last(history({ at: 0, pods }, { at: 30, pods }))
  assert.deepEqual(plan.events.map(eventText).slice(0, 1), [
    'DaemonSet picket: Warning FailedDaemonPod: Node n1: deletes pod picket-n1: the kubelet refused the pod: Evicted: The node was low on resource: memory.',
  ])
})

test('a pod that waits for the kubelet of a node that is gone is taken away at once, after the pod garbage collector had its chance', () => {
  const pods = [aPod('gone', { deletedMs: NOW_MS + 20_000 })]
  assert.deepEqual(
    actsOf(
      { at: 0, nodes: [], pods },
      { at: 59, nodes: [], pods },
      { at: 60, nodes: [], pods },
      { at: 61, nodes: [], pods },
    ),
    [[], [], ['delete picket-gone grace 0'], []],
  )
})

test('not before its grace is over', () => {
  const pods = [aPod('gone', { deletedMs: NOW_MS + 300_000 })]
  assert.deepEqual(actsOf({ at: 0, nodes: [], pods }, { at: 299, nodes: [], pods }, { at: 300, nodes: [], pods }), [
    [],
    [],
    ['delete picket-gone grace 0'],
  ])
})

test('the newest revision that is of the template gives the hash', () => {
  const old = aRevision('old', 7, { ...TEMPLATE, spec: {} })
  const { plan } = last(
    history({ at: 0 }, { at: 30, revisions: [aRevision('aaa', 2), aRevision('bbb', 5), old, aRevision('ccc', 4)] }),
  )
  assert.deepEqual(
    plan.pods.map((a) => a.kind === 'create_pod' && a.body),
    [podBody(aDaemonSet(), 'n1', 'bbb')],
  )
})

test('without a revision of the template the pod has no hash, which is said once', () => {
  const nodes = [aNode('n1'), aNode('n2')]
  const decisions = history(
    { at: 0, revisions: [], nodes },
    { at: 30, revisions: [], nodes },
    { at: 31, revisions: [], nodes, pods: [aPod('n1')] },
    { at: 61, revisions: [], nodes, pods: [aPod('n1')] },
  )
  assert.deepEqual(
    decisions[1]?.plan.pods.map((a) => a.kind === 'create_pod' && a.body),
    [podBody(aDaemonSet(), 'n1', undefined), podBody(aDaemonSet(), 'n2', undefined)],
  )
  assert.deepEqual(
    decisions.map(({ plan }) => plan.events.filter(({ reason }) => reason === 'NoRevision').map(eventText)),
    [
      [],
      [
        'DaemonSet picket: Warning NoRevision: No ControllerRevision of the template of generation 1 exists: pods that are made now have no controller-revision-hash, and the DaemonSet controller replaces them when it is back.',
      ],
      [],
      [],
    ],
  )
  assert.deepEqual(acts(decisions[3]), ['create n2'])
})

const crashing = aPod('n1', {
  ready: condition('False'),
  containers: [aContainer({ waiting: { reason: 'CrashLoopBackOff', message: '' }, restarts: 4 })],
})
const eventsOfLook = ({ plan }: GuardDecision) => plan.events.map(eventText)

test('a node that stays uncovered is told once, and once when it is covered again', () => {
  const pods = [crashing]
  const words = 'not covered: agent crashed, restarted 4 times: nothing is known of its last exit'
  assert.deepEqual(
    history(
      { at: 0, pods: [aPod('n1')] },
      { at: 10, pods },
      { at: 39, pods },
      { at: 40, pods },
      { at: 41, pods },
      { at: 3000, pods },
      { at: 3001, pods: [aPod('n1')] },
      { at: 3002, pods: [aPod('n1')] },
    ).map(eventsOfLook),
    [
      [],
      [],
      [],
      [
        `DaemonSet picket: Warning NodeUncovered: Node n1: ${words}`,
        `Node n1: Warning NodeUncovered: DaemonSet monitoring/picket: ${words}`,
      ],
      [],
      [],
      [
        'DaemonSet picket: Normal NodeCovered: Node n1: covered again, it was not (crash_loop)',
        'Node n1: Normal NodeCovered: DaemonSet monitoring/picket: covered again, it was not (crash_loop)',
      ],
      [],
    ],
  )
})

test('a node that flaps between two reasons is told at most every ten minutes', () => {
  const between = aPod('n1', { ready: condition('False') })
  const looks = Array.from({ length: 1500 }, (_, at) => ({ at, pods: [at % 20 < 10 ? crashing : between] }))
  const times = history(...looks).flatMap(({ plan }, at) => (plan.events.length > 0 ? [at] : []))
  assert.deepEqual(times, [30, 640, 1250])
})

test('a restart of a pod in a rollout is not told', () => {
  const decisions = history(
    { at: 0, pods: [aPod('n1')] },
    { at: 1, pods: [aPod('n1', { deletedMs: NOW_MS })] },
    { at: 12, pods: [] },
    { at: 13, pods: [aPod('n1', { uid: 'next', ready: condition('False') })] },
    { at: 20, pods: [aPod('n1', { uid: 'next' })] },
  )
  assert.deepEqual(decisions.flatMap(eventsOfLook), [])
})

test('a bad image on every node is one summary on the DaemonSet, and told on twenty nodes', () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => aNode(`n${i}`))
  const pods = nodes.map(({ name }) =>
    aPod(name, {
      ready: condition('False'),
      containers: [aContainer({ waiting: { reason: 'ErrImagePull', message: 'gone' } })],
    }),
  )
  const { plan } = last(history({ at: 0, nodes, pods }, { at: 30, nodes, pods }))
  assert.equal(plan.events.length, 21)
  assert.equal(
    eventText(plan.events[0] as ClusterEvent),
    'DaemonSet picket: Warning NodeUncovered: Nodes n0, n1, n2 and 4997 more: not covered: image registry.example/picket:1.2 of agent: ErrImagePull: gone',
  )
})

test('a burst is 250 creations, and the next one follows in a second', () => {
  const nodes = Array.from({ length: 600 }, (_, i) => aNode(`n${String(i).padStart(3, '0')}`))
  const { plan } = last(history({ at: 0, nodes }, { at: 30, nodes }))
  assert.deepEqual(
    [plan.pods.length, plan.pods.map(actionText).at(-1), plan.requeueAfterMs],
    [250, 'create n249', 1000],
  )
})

test('what was done about a node is in its row', () => {
  const row = last(history({ at: 0 }, { at: 30 }, { at: 31 })).rows[0]
  assert.deepEqual(
    [row?.sinceMs, row?.deed],
    [NOW_MS, { kind: 'created', atMs: NOW_MS + 30_000, words: 'makes the missing pod, there was none for 30 s' }],
  )
})

test('of covered nodes nothing is remembered', () => {
  const nodes = [aNode('n1'), aNode('n2')]
  const { memory } = last(history({ at: 0, nodes, pods: [aPod('n1')] }))
  assert.deepEqual([...memory.nodes.keys()], ['n2'])
})
