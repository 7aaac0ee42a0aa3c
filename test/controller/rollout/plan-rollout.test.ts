import assert from 'node:assert/strict'
import test from 'node:test'
import type { Labels, Observation, Pod, RolloutAction } from '../../../controller/cluster.ts'
import type { DataHealth } from '../../../controller/health/data-health.ts'
import { planRollout, type RolloutPlan } from '../../../controller/rollout/plan-rollout.ts'
import type { RolloutState } from '../../../controller/rollout/rollout-state.ts'
import {
  at,
  condition,
  containerOf,
  daemonSetOf,
  nodeOf,
  observationOf,
  podOf,
  revisionOf,
  templateOf,
} from '../../support/rollout-cluster.ts'

const NO_HEALTH: ReadonlyMap<string, DataHealth> = new Map()
const SINCE = '2026-01-01T00:03:20.000Z'

const stateOf = (changes: Partial<RolloutState>): RolloutState => ({
  revision: 'v2',
  phase: 'rolling',
  since: SINCE,
  reason: 'no canaries are wanted',
  canaries: [],
  bad: '',
  ...changes,
})

const own = (settings: Labels, state?: Partial<RolloutState>): Labels => ({
  ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`picket.dev/${name}`, value])),
  ...(state ? { 'picket.dev/rollout-state': JSON.stringify(stateOf(state)) } : {}),
})

const plan = (observation: Observation, health = NO_HEALTH): RolloutPlan => planRollout(observation, health, '')

const textOf = (action: RolloutAction): string => {
  if (action.kind === 'delete_pod') return `delete ${action.pod.name}`
  const state = action.annotations['picket.dev/rollout-state']
  const { phase, revision, canaries, bad } = (state ? JSON.parse(state) : {}) as RolloutState
  const words = [phase, revision, ...(canaries ?? []), bad && `bad ${bad}`].filter(Boolean).join(' ')
  const off = Object.entries(action.annotations).flatMap(([name, value]) =>
    value === null ? [` without ${name}`] : [],
  )
  return `${action.kind === 'restore_template' ? 'restore' : 'state'} ${words}${off}`
}
const actions = (made: RolloutPlan): readonly string[] => made.actions.map(textOf)
const events = (made: RolloutPlan): readonly string[] => made.events.map((e) => `${e.type} ${e.reason}: ${e.message}`)

const withPods = (observation: Observation, ...pods: readonly Pod[]): Observation => {
  const replaced = new Set(pods.map(({ target }) => target))
  return { ...observation, pods: [...observation.pods.filter(({ target }) => !replaced.has(target)), ...pods] }
}
const waiting = (reason: string, message = ''): Partial<Pod> => ({
  phase: 'Pending',
  ready: condition('False', 150),
  containers: [containerOf({ ready: false, waiting: { reason, message } })],
})

test('a new template begins a rollout: the state is written before any pod is deleted', () => {
  const made = plan(observationOf(own({ 'max-unavailable': '2' })))
  assert.deepEqual(actions(made), ['state rolling v2'])
  assert.deepEqual(events(made), [
    'Normal RolloutStarted: Revision v2 goes to 4 nodes, at most 2 down at a time; no canaries are wanted',
  ])
})

test('then as many pods are deleted as may be down', () => {
  const made = plan(observationOf(own({ 'max-unavailable': '50%' }, {})))
  assert.deepEqual(actions(made), ['delete agent-a-v1', 'delete agent-b-v1'])
  assert.deepEqual(
    made.actions.map(({ why }) => why),
    ['node a: revision v2 is rolled out', 'node b: revision v2 is rolled out'],
  )
})

test('in one turn no more pods are deleted than the built-in controller would', () => {
  const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
  const nodes = names.map((name) => nodeOf(name))
  const pods = names.map((name) => podOf(name, 'v1', 1))
  const made = plan(observationOf(own({ 'max-unavailable': '100%' }, {}), { nodes, pods }))
  assert.deepEqual(
    actions(made),
    names.slice(0, 250).map((name) => `delete agent-${name}-v1`),
  )
})

test('nothing is done without annotations, or where nothing is to be rolled out', () => {
  assert.deepEqual(plan(observationOf({})), {
    phase: undefined,
    waiting: '',
    actions: [],
    events: [],
    podsToRead: [],
    complaint: '',
    requeueAfterMs: undefined,
  })
  const fresh = ['a', 'b', 'c', 'd'].map((name) => podOf(name, 'v2', 150))
  assert.deepEqual(actions(plan(observationOf(own({ canary: '1' }), { pods: fresh }))), [])
})

const HELD: readonly (readonly [string, Observation, string])[] = [
  ['paused', observationOf(own({ paused: 'true' }, {})), 'paused by annotation'],
  ['frozen', observationOf(own({ frozen: 'true' }, {})), 'frozen by annotation'],
  [
    'revision not there yet',
    observationOf(own({ canary: '1' }), { revisions: [revisionOf('v1', 1, 0)] }),
    'the revision of the new template is not there yet',
  ],
  ['expectations', observationOf(own({ canary: '1' }, {}), { satisfied: false }), 'its own last deletions'],
  ['partition', observationOf(own({ partition: '100%' }, {})), 'the partition keeps 4 old pods'],
  [
    'a node that is down by itself uses up what may be down',
    withPods(
      observationOf(own({ 'max-unavailable': '1' }, {})),
      podOf('d', 'v2', 150, { ready: condition('False', 150) }),
    ),
    'no more than 1 may be down, and these are: d (pod agent-d-v2 is not available)',
  ],
]

test('what holds a rollout back is said, and nothing is done meanwhile', () => {
  for (const [name, observation, words] of HELD) {
    const made = plan(observation)
    assert.deepEqual([actions(made), events(made), made.waiting], [[], [], words], name)
  }
})

test('canaries that are not begun give way where another old pod breaks and uses up what may be down', () => {
  const seen = observationOf(own({ canary: '2' }, { phase: 'canary', canaries: ['a', 'b'] }))
  const broken = podOf('d', 'v1', 50, waiting('CrashLoopBackOff'))
  assert.deepEqual(actions(plan(withPods(seen, broken, podOf('a', 'v2', 150)))), ['state canary v2 a d'])
  const coming = podOf('a', 'v2', 150, { ready: condition('False', 150) })
  assert.deepEqual(actions(plan(withPods(seen, coming))), [])
})

test('what canaries that cannot be begun wait for is not said to be their pods', () => {
  const state = { phase: 'canary', canaries: ['a'] } as const
  const down = podOf('d', 'v2', 150, { ready: condition('False', 150) })
  assert.equal(
    plan(withPods(observationOf(own({ canary: '1' }, state)), down)).waiting,
    'canaries on a (pod agent-a-v1 is old); no more than 1 may be down, and these are: d (pod agent-d-v2 is not available)',
  )
  assert.equal(
    plan(observationOf(own({ canary: '1', partition: '100%' }, state))).waiting,
    'canaries on a (pod agent-a-v1 is old); the partition keeps 4 old pods',
  )
})

test('a malformed annotation stops everything and is said once', () => {
  const observation = observationOf(own({ 'max-unavailable': 'two', canary: '1' }, {}))
  const made = plan(observation)
  assert.deepEqual(actions(made), [])
  assert.deepEqual(events(made), [
    'Warning RolloutMisconfigured: Annotation picket.dev/max-unavailable: "two" is not understood; allowed: a number of nodes ("2") or a share of the eligible ones ("10%", rounded up), 1 or more. The rollout waits until it is mended',
  ])
  assert.deepEqual(events(planRollout(observation, NO_HEALTH, made.complaint)), [])
})

test('with RollingUpdate the annotations do nothing, and that is said', () => {
  const one = { kind: 'number', value: 1 } as const
  const daemonSet = {
    ...daemonSetOf('v2', own({ canary: '1' })),
    strategy: { kind: 'RollingUpdate', maxUnavailable: one, maxSurge: one } as const,
  }
  const made = plan(observationOf({}, { daemonSet }))
  assert.deepEqual([actions(made), made.events.map(({ reason }) => reason)], [[], ['RolloutIgnored']])
})

test('an edited state stops everything: it may have held a revision that must not be tried', () => {
  const made = plan(observationOf({ ...own({ canary: '1' }), 'picket.dev/rollout-state': '{"phase":"go"}' }))
  assert.deepEqual([actions(made), made.events.map(({ reason }) => reason)], [[], ['RolloutMisconfigured']])
})

const CANARY = { canary: '2', 'canary-soak': '60s', 'max-unavailable': '4' }

test('canaries are healthy nodes, spread over the zones, and only their pods go', () => {
  const zone = (name: string): Labels => ({ 'topology.kubernetes.io/zone': name })
  const nodes = [
    nodeOf('a', { labels: zone('one'), ready: condition('False', 10, 'KubeletDown') }),
    nodeOf('b', { labels: zone('one') }),
    nodeOf('c', { labels: zone('one') }),
    nodeOf('d', { labels: zone('two') }),
  ]
  const seen = withPods(observationOf(own(CANARY), { nodes }), podOf('a', 'v1', 1, { ready: condition('False', 10) }))
  assert.deepEqual(actions(plan(seen)), ['state canary v2 b d'])
  const next = { ...seen, daemonSet: daemonSetOf('v2', own(CANARY, { phase: 'canary', canaries: ['b', 'd'] })) }
  assert.deepEqual(actions(plan(next)), ['delete agent-b-v1', 'delete agent-d-v1'])
})

test('a template that mends a failed one begins where that one failed, for nothing else may go down', () => {
  const failed = podOf('d', 'v1b', 50, waiting('CrashLoopBackOff'))
  const seen = withPods(observationOf(own({ canary: '1', 'max-unavailable': '1' })), failed)
  assert.deepEqual(actions(plan(seen)), ['state canary v2 d'])
  const state = { phase: 'canary', canaries: ['d'] } as const
  const next = { ...seen, daemonSet: daemonSetOf('v2', own({ canary: '1' }, state)) }
  assert.deepEqual(actions(plan(next)), ['delete agent-d-v1b'])
})

test('there are never more canaries than an annotation can name', () => {
  const names = Array.from({ length: 600 }, (_, i) => `node-${i}`)
  const seen = observationOf(own({ canary: '100%' }), {
    nodes: names.map((name) => nodeOf(name)),
    pods: names.map((name) => podOf(name, 'v1', 1)),
  })
  const [first] = plan(seen).actions
  const state = first && 'annotations' in first ? first.annotations['picket.dev/rollout-state'] : undefined
  assert.equal((JSON.parse(state ?? '{}') as RolloutState).canaries.length, 500)
})

const canaryPods = (readySeconds: number, changes: Partial<Pod> = {}): readonly Pod[] =>
  ['a', 'b'].map((name) => podOf(name, 'v2', 120, { ready: condition('True', readySeconds), ...changes }))

const duringCanary = (state: Partial<RolloutState>, pods: readonly Pod[], settings: Labels = {}): Observation =>
  withPods(observationOf(own({ ...CANARY, ...settings }, { canaries: ['a', 'b'], phase: 'canary', ...state })), ...pods)

test('available canaries are watched for the soak', () => {
  const made = plan(duringCanary({}, canaryPods(190)))
  assert.deepEqual(actions(made), ['state soaking v2 a b'])
  const soaking = plan(duringCanary({ phase: 'soaking' }, canaryPods(190)))
  assert.deepEqual(
    [actions(soaking), soaking.waiting, soaking.requeueAfterMs],
    [[], 'the soak of the canaries, until 2026-01-01T00:04:10.000Z', 15_000],
  )
})

test('after the soak the rest follows', () => {
  const made = plan(duringCanary({ phase: 'soaking' }, canaryPods(140)))
  assert.deepEqual(actions(made), ['state rolling v2 a b'])
  assert.deepEqual(events(made), ['Normal CanaryPassed: Revision v2: canaries on a, b have been available for 60 s'])
})

test('a soak by hand waits for its verdict, and a verdict ends any soak', () => {
  const manual = { 'canary-soak': 'manual' }
  const made = plan(duringCanary({ phase: 'soaking' }, canaryPods(10), manual))
  assert.deepEqual([actions(made), made.waiting], [[], 'the verdict on the canaries'])
  for (const verdict of [{ ...manual, 'canary-valid': 'v2' }, { 'canary-valid': 'v2' }])
    assert.deepEqual(actions(plan(duringCanary({ phase: 'soaking' }, canaryPods(190), verdict))), [
      'state rolling v2 a b',
    ])
  const stale = plan(duringCanary({ phase: 'soaking' }, canaryPods(190), { 'canary-valid': 'v1' }))
  assert.deepEqual(actions(stale), [])
})

test('a canary that is down again is watched from the beginning', () => {
  const [a, b] = canaryPods(140) as [Pod, Pod]
  const made = plan(duringCanary({ phase: 'soaking' }, [a, { ...b, ready: condition('False', 199) }]))
  assert.deepEqual(actions(made), ['state canary v2 a b'])
})

test('a canary whose node is gone, or dead within the budget, gets a successor', () => {
  const gone = duringCanary({}, canaryPods(190))
  const without = { ...gone, nodes: gone.nodes.filter(({ name }) => name !== 'a') }
  assert.deepEqual(actions(plan(without)), ['state canary v2 b c'])
  const dead = (settings: Labels): Observation => {
    const seen = duringCanary({}, canaryPods(190), settings)
    const nodes = seen.nodes.map((node) => (node.name === 'a' ? { ...node, ready: condition('Unknown', 195) } : node))
    return withPods({ ...seen, nodes }, podOf('a', 'v2', 120, { ready: condition('False', 195) }))
  }
  assert.deepEqual(actions(plan(dead({ 'dead-node-budget': '1' }))), ['state canary v2 b c'])
  const made = plan(dead({}))
  assert.deepEqual([actions(made), made.waiting], [[], 'canaries on a (the node is not ready (Unknown))'])
})

const health = (changes: Partial<DataHealth>): DataHealth => ({
  verdict: 'delivering',
  detail: '',
  lagSeconds: 0,
  droppedPerMinute: 0,
  rejectedPerMinute: 0,
  failedRequestsPerMinute: 0,
  ...changes,
})
const NEW_POD = 'a-v2-120'
const healthOf = (fresh: Partial<DataHealth>, older: Partial<DataHealth>): ReadonlyMap<string, DataHealth> =>
  new Map([
    [NEW_POD, health(fresh)],
    ...['b', 'c', 'd'].map((name): [string, DataHealth] => [`${name}-v1-1`, health(older)]),
  ])

const FAILURES: readonly (readonly [
  name: string,
  pod: Partial<Pod>,
  health: ReadonlyMap<string, DataHealth>,
  why: string,
])[] = [
  ...[
    'ErrImagePull',
    'ImagePullBackOff',
    'InvalidImageName',
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
    'CrashLoopBackOff',
  ].map(
    (reason) =>
      [reason, waiting(reason, 'words'), NO_HEALTH, `cannot start container agent (${reason}: words)`] as const,
  ),
  [
    'restarts',
    {
      containers: [
        containerOf({ restarts: 3, lastExit: { reason: 'OOMKilled', code: 137, signal: 0, atMs: at(180) } }),
      ],
    },
    NO_HEALTH,
    'has restarted container agent 3 times, more than 2, last exit 137 (OOMKilled)',
  ],
  ['failed', { phase: 'Failed', reason: 'Evicted' }, NO_HEALTH, ''],
  ['lag', {}, healthOf({ lagSeconds: 600 }, { lagSeconds: 20 }), 'is 600 s behind, older pods 20 s'],
  ['lag of everybody', {}, healthOf({ lagSeconds: 600 }, { lagSeconds: 500 }), ''],
  ['little lag', {}, healthOf({ lagSeconds: 90 }, { lagSeconds: 1 }), ''],
  ['drops', {}, healthOf({ droppedPerMinute: 50 }, {}), 'has 50 documents dropped a minute, older pods 0'],
  [
    'rejections',
    {},
    healthOf({ rejectedPerMinute: 50 }, { rejectedPerMinute: 2 }),
    'has 50 documents rejected a minute, older pods 2',
  ],
  ['requests', {}, healthOf({ failedRequestsPerMinute: 40 }, {}), 'has 40 requests failed a minute, older pods 0'],
  [
    'ships nothing',
    {},
    healthOf({ verdict: 'ships_nothing', detail: 'output es is held' }, {}),
    'ships nothing while older pods do (output es is held)',
  ],
  ['nobody ships', {}, healthOf({ verdict: 'ships_nothing' }, { verdict: 'ships_nothing' }), ''],
  [
    'unreachable',
    {},
    healthOf({ verdict: 'unreachable', detail: 'ECONNREFUSED' }, {}),
    'answers nothing at its metrics, older pods do (ECONNREFUSED)',
  ],
  ['all unreachable', {}, healthOf({ verdict: 'unreachable' }, { verdict: 'unreachable' }), ''],
  ['no Picket', {}, healthOf({ verdict: 'unknown' }, { verdict: 'unknown' }), ''],
]

test('what a new pod does that stops the rollout, and what does not', () => {
  for (const [name, pod, known, why] of FAILURES) {
    const made = plan(
      duringCanary(
        { canaries: ['a'], phase: 'canary' },
        [podOf('a', 'v2', 120, { ready: condition('True', 199), ...pod })],
        { canary: '1' },
      ),
      known,
    )
    const paused =
      why === ''
        ? []
        : [
            `Warning RolloutPaused: Revision v2: pod agent-a-v2 on node a ${why}. No further pod is replaced; to go on, annotate the DaemonSet with picket.dev/resume=v2`,
          ]
    assert.deepEqual(
      events(made).filter((text) => text.includes('Paused')),
      paused,
      name,
    )
  }
})

test('with auto-pause off only what cannot start stops it', () => {
  const off = { 'auto-pause': 'false' }
  const restarting = canaryPods(199, { containers: [containerOf({ restarts: 30 })] })
  assert.deepEqual(actions(plan(duringCanary({}, restarting, off))), ['state soaking v2 a b'])
  const broken = canaryPods(199, waiting('CreateContainerConfigError'))
  assert.deepEqual(actions(plan(duringCanary({}, broken, off))), ['state paused v2 a b'])
})

test('while it is paused no healthy pod is touched', () => {
  const made = plan(
    duringCanary({ phase: 'paused', reason: 'it failed' }, canaryPods(190, waiting('CrashLoopBackOff'))),
  )
  assert.deepEqual([actions(made), events(made), made.waiting], [[], [], 'it failed'])
})

test('a resume by its revision deletes what has failed and begins again; any other is refused', () => {
  const paused = { phase: 'paused', reason: 'it failed' } as const
  const broken = canaryPods(190, waiting('CrashLoopBackOff'))
  assert.deepEqual(actions(plan(duringCanary(paused, broken, { resume: 'v2' }))), [
    'delete agent-a-v2',
    'delete agent-b-v2',
    'state canary v2 a b without picket.dev/resume',
  ])
  const other = plan(duringCanary(paused, broken, { resume: 'v3' }))
  assert.deepEqual(actions(other), ['state  without picket.dev/resume'])
  assert.deepEqual(events(other), [
    'Warning ResumeIgnored: picket.dev/resume=v3 is not the revision that is paused; to go on, annotate the DaemonSet with picket.dev/resume=v2',
  ])
  const early = plan(duringCanary({ phase: 'soaking' }, canaryPods(190), { resume: 'v2' }))
  assert.deepEqual([actions(early), early.events[0]?.reason], [['state  without picket.dev/resume'], 'ResumeIgnored'])
})

test('failed pods that work all the same are not deleted all at once by a resume', () => {
  const restarted = { containers: [containerOf({ restarts: 5 })] }
  const paused = { phase: 'paused', reason: 'it failed' } as const
  const settings = { canary: '1', 'max-unavailable': '1', resume: 'v2' }
  const all = ['a', 'b', 'c'].map((node) => podOf(node, 'v2', 120, restarted))
  assert.deepEqual(actions(plan(duringCanary(paused, all, settings))), ['delete agent-a-v2'])
  const coming = podOf('a', 'v2', 190, { ready: condition('False', 190) })
  const between = plan(duringCanary(paused, [coming, ...all.slice(1)], settings))
  assert.deepEqual(
    [actions(between), between.waiting],
    [
      [],
      'it is resumed by hand, and failed pods that work go first; no more than 1 may be down, and these are: a (pod agent-a-v2 is not available)',
    ],
  )
  const last = [podOf('a', 'v2', 190), podOf('b', 'v2', 195), ...all.slice(2)]
  assert.deepEqual(actions(plan(duringCanary(paused, last, settings))), [
    'delete agent-c-v2',
    'state canary v2 a without picket.dev/resume',
  ])
})

const ROLLBACK = { 'auto-rollback': 'true' }

test('a rollback puts back the template that the nodes ran, and remembers what was given up', () => {
  const made = plan(duringCanary({}, canaryPods(190, waiting('ErrImagePull', 'not found')), ROLLBACK))
  assert.deepEqual(actions(made), ['restore rolled-back v1 bad v2'])
  assert.deepEqual(events(made), [
    'Warning RolloutRolledBack: Revision v2: pod agent-a-v2 on node a cannot start container agent (ErrImagePull: not found); failing too: agent-b-v2. The template of revision v1 is put back, and v2 not tried again',
  ])
  const [restore] = made.actions
  assert.deepEqual(restore?.kind === 'restore_template' && restore.template, templateOf('v1'))
})

test('of two attempts that failed in a row, the template from before both is put back', () => {
  const seen = duringCanary(
    { revision: 'v3' },
    canaryPods(190).map((pod) => ({ ...pod, ...waiting('ErrImagePull') })),
    ROLLBACK,
  )
  const broken = ['a', 'b'].map((name) => podOf(name, 'v3', 160, waiting('ErrImagePull')))
  const made = plan(
    withPods(
      {
        ...seen,
        daemonSet: { ...seen.daemonSet, template: templateOf('v3') },
        revisions: [...seen.revisions, revisionOf('v3', 3, 150)],
      },
      ...broken,
    ),
  )
  assert.deepEqual(actions(made), ['restore rolled-back v1 bad v3'])
})

test('without an earlier revision it pauses, and says why', () => {
  const seen = duringCanary({}, canaryPods(190, waiting('ErrImagePull')), ROLLBACK)
  const made = plan({ ...seen, revisions: [revisionOf('v2', 2, 100)] })
  assert.deepEqual(actions(made), ['state paused v2 a b'])
  assert.match(events(made)[0] ?? '', /there is no earlier revision to go back to/)
})

test('auto-rollback that is switched on after a pause rolls back', () => {
  const seen = duringCanary({ phase: 'paused', reason: 'it failed' }, canaryPods(190), ROLLBACK)
  assert.deepEqual(actions(plan(seen)), ['restore rolled-back v1 bad v2'])
})

const rolledBack = (template: string, ...pods: readonly Pod[]): Observation => {
  const annotations = own(
    { ...CANARY, ...ROLLBACK, partition: '4' },
    { phase: 'rolled-back', revision: 'v1', bad: 'v2' },
  )
  return withPods({ ...observationOf({}), daemonSet: daemonSetOf(template, annotations) }, ...pods)
}

test('after a rollback the pods of what was given up go, whatever the partition keeps', () => {
  const made = plan(rolledBack('v1', ...canaryPods(190)))
  assert.deepEqual(actions(made), ['delete agent-a-v2', 'delete agent-b-v2'])
  assert.equal(made.actions[0]?.why, 'node a: revision v2 is rolled back to v1')
})

test('months of restarts of pods that never went do not stop a rollback', () => {
  const seen = rolledBack(
    'v1',
    ...canaryPods(190),
    podOf('c', 'v1', 1, { containers: [containerOf({ restarts: 90 })] }),
  )
  assert.deepEqual(actions(plan(seen)), ['delete agent-a-v2', 'delete agent-b-v2'])
})

test('where what was put back fails too, only pods that are down anyway are replaced', () => {
  const again = podOf('a', 'v1', 180, waiting('CrashLoopBackOff'))
  const made = plan(
    rolledBack('v1', again, podOf('b', 'v2', 120), podOf('c', 'v2', 120, { ready: condition('False', 150) })),
  )
  assert.deepEqual(actions(made), ['delete agent-c-v2'])
})

test('a manifest that is applied again after the rollback is not tried again, until somebody says so', () => {
  const again = rolledBack('v2', podOf('a', 'v1', 180), podOf('b', 'v1', 180))
  const refused = plan(again)
  assert.deepEqual(actions(refused), ['state paused v2 bad v2'])
  assert.equal(refused.events[0]?.reason, 'RolloutRefused')
  const paused = own({ ...CANARY, ...ROLLBACK }, { phase: 'paused', revision: 'v2', bad: 'v2', reason: 'refused' })
  assert.deepEqual(actions(plan({ ...again, daemonSet: daemonSetOf('v2', paused) })), [])
  const resumed = daemonSetOf('v2', { ...paused, 'picket.dev/resume': 'v2' })
  assert.deepEqual(actions(plan({ ...again, daemonSet: resumed })), ['state canary v2 a b without picket.dev/resume'])
})

test('a template that is put back by hand is proven already: no canary is waited for', () => {
  const annotations = own(CANARY, { phase: 'paused', canaries: ['a', 'b'] })
  const seen = withPods({ ...observationOf({}), daemonSet: daemonSetOf('v1', annotations) }, ...canaryPods(190))
  assert.deepEqual(actions(plan(seen)), ['state canary v1 c d'])
  const next = daemonSetOf('v1', own(CANARY, { revision: 'v1', phase: 'canary', canaries: ['c', 'd'] }))
  assert.deepEqual(actions(plan({ ...seen, daemonSet: next })), ['state rolling v1 c d'])
})

const deadNode = (settings: Labels): Observation => {
  const seen = observationOf(own(settings, {}))
  const nodes = seen.nodes.map((node) => (node.name === 'a' ? { ...node, ready: condition('Unknown', 50) } : node))
  return withPods({ ...seen, nodes }, podOf('a', 'v1', 1, { ready: condition('False', 50) }))
}

test('a dead node stalls the rollout unless the budget for dead nodes covers it', () => {
  assert.deepEqual(actions(plan(deadNode({ 'max-unavailable': '1' }))), [])
  assert.deepEqual(actions(plan(deadNode({ 'max-unavailable': '1', 'dead-node-budget': '1' }))), ['delete agent-b-v1'])
})

test('what the kubelet of a dead node said last stops nothing within the budget', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name) =>
    nodeOf(name, { ready: condition(name === 'a' ? 'Unknown' : 'True', 190) }),
  )
  const pods = [podOf('a', 'v2', 120, waiting('ErrImagePull')), ...['b', 'c', 'd'].map((name) => podOf(name, 'v1', 1))]
  const seen = (settings: Labels): Observation => ({ ...observationOf(own(settings, {})), nodes, pods })
  assert.deepEqual(actions(plan(seen({ 'dead-node-budget': '1', 'auto-rollback': 'true' }))), ['delete agent-b-v1'])
  assert.deepEqual(actions(plan(seen({ 'max-unavailable': '1' }))), ['state paused v2'])
})

test('a rollout is done without the dead nodes of its budget, and takes them in when they return', () => {
  const fresh = ['b', 'c', 'd'].map((name) => podOf(name, 'v2', 150))
  const seen = withPods(deadNode({ 'dead-node-budget': '25%' }), ...fresh)
  const made = plan(seen)
  assert.deepEqual(actions(made), ['state done v2'])
  assert.deepEqual(events(made), ['Normal RolloutDone: Revision v2: all 4 nodes have it; dead, and to follow: a'])
  const returned = withPods(observationOf(own({ partition: '0' }, { phase: 'done' })), ...fresh)
  assert.deepEqual(actions(plan(returned)), ['delete agent-a-v1'])
})

test('a pod is not deleted from a node that would take no other: it would be the last', () => {
  const nodes = observationOf({}).nodes.map((node) =>
    node.name === 'a' ? { ...node, taints: [{ key: 'other', value: '', effect: 'NoSchedule' }] } : node,
  )
  assert.deepEqual(actions(plan(observationOf(own({ 'max-unavailable': '1' }, {}), { nodes }))), ['delete agent-b-v1'])
})

test('whose metrics the next plan wants: new pods, and the same few old ones', () => {
  const made = plan(duringCanary({}, canaryPods(190)))
  assert.deepEqual(
    made.podsToRead.map(({ name }) => name),
    ['agent-a-v2', 'agent-b-v2', 'agent-c-v1', 'agent-d-v1'],
  )
})
