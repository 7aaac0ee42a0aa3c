import assert from 'node:assert/strict'
import test from 'node:test'
import type { Container, DaemonSet, Node, Pod } from '../../../controller/cluster.ts'
import { type CoverageInput, type CoverageRow, coverage } from '../../../controller/guard/coverage.ts'
import { reasonWords } from '../../../controller/guard/reason.ts'
import { aContainer, aDaemonSet, ago, aNode, aPod, aRevision, condition, NOW_MS, TEMPLATE } from './make.ts'

const inputOf = (differs: Partial<CoverageInput>): CoverageInput => ({
  nowMs: NOW_MS,
  daemonSet: aDaemonSet(),
  nodes: [aNode('n1')],
  pods: [aPod('n1')],
  revisions: [aRevision('aaa', 1)],
  missingSinceMs: new Map(),
  deeds: new Map(),
  shipsNothing: new Map(),
  ...differs,
})

/** What a person reads of the first row. */
const read = (rows: readonly CoverageRow[]) => {
  const { state, reason, sinceMs, pod } = rows[0] as CoverageRow
  const seconds = sinceMs === undefined ? undefined : (NOW_MS - sinceMs) / 1000
  return [state, reason?.kind, reason && reasonWords(reason), seconds, pod?.name]
}

const notReady = condition('False', {
  reason: 'ContainersNotReady',
  message: 'containers with unready status: [agent]',
  sinceMs: ago(90),
})
const withContainers = (phase: Pod['phase'], ...containers: Partial<Container>[]): Pod =>
  aPod('n1', { phase, ready: notReady, containers: containers.map((c) => aContainer({ ready: false, ...c })) })
const waiting = (reason: string, message = ''): Partial<Container> => ({ waiting: { reason, message } })
const exit = (code: number, reason = 'Error', signal = 0) => ({ code, reason, signal, atMs: ago(30) })

const imageWords = (words: string) => `image registry.example/picket:1.2 of agent: ${words}`

interface Case {
  readonly title: string
  readonly given: Partial<CoverageInput>
  readonly seen: readonly unknown[]
}

const pods = (...them: readonly Pod[]): Partial<CoverageInput> => ({ pods: them })
const nodes = (...differs: readonly Partial<Node>[]): readonly Node[] => differs.map((d) => aNode('n1', d))

const surging = (maxSurge: number): DaemonSet =>
  aDaemonSet({
    strategy: {
      kind: 'RollingUpdate',
      maxUnavailable: { kind: 'number', value: 0 },
      maxSurge: { kind: 'number', value: maxSurge },
    },
  })
const oldPod = aPod('n1', { name: 'old', uid: 'old', labels: { app: 'picket', 'controller-revision-hash': 'old' } })
const newPod = aPod('n1', { name: 'new', uid: 'new', createdMs: ago(20) })
const deleted = { deletedMs: ago(40) }

const IMAGE_REASONS = [
  ['ErrImagePull', 'rpc error: code = NotFound desc = failed to pull and unpack image'],
  ['ImagePullBackOff', 'Back-off pulling image "registry.example/picket:1.2"'],
  ['ErrImageNeverPull', 'Container image "registry.example/picket:1.2" is not present with pull policy of Never'],
  ['InvalidImageName', 'Failed to apply default image tag "PICKET:": couldn’t parse image reference'],
  ['ImageInspectError', 'Failed to inspect image'],
  ['RegistryUnavailable', 'image pull failed because the registry is unavailable.'],
  ['SignatureValidationFailed', 'image pull failed because the signature validation failed.'],
] as const
const START_REASONS = [
  ['CreateContainerConfigError', 'secret "picket-token" not found'],
  ['CreateContainerError', 'context deadline exceeded'],
  ['RunContainerError', 'failed to create shim task: exec: "picket": executable file not found in $PATH'],
  ['PostStartHookError', ''],
  ['CreatePodSandboxError', 'failed to set up sandbox container network'],
  ['SomethingOfTheNextRelease', 'words'],
] as const

const WORLD: readonly Case[] = [
  { title: 'a Ready pod covers its node', given: {}, seen: ['covered', undefined, undefined, 3600, 'picket-n1'] },
  {
    title: 'a node without a pod, and since when that is known',
    given: { pods: [], missingSinceMs: new Map([['n1', ago(12)]]) },
    seen: ['not_covered', 'no_pod', 'there is no pod', 12, undefined],
  },
  {
    title: 'an orphan that the DaemonSet controller would adopt covers its node',
    given: pods(aPod('n1', { owner: undefined })),
    seen: ['covered', undefined, undefined, 3600, 'picket-n1'],
  },
  {
    title: 'the pod of a namesake in another namespace or of an earlier DaemonSet of this name is a stranger',
    given: pods(
      aPod('n1', { namespace: 'other' }),
      aPod('n1', { owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'picket', uid: 'earlier' } }),
      aPod('n1', { labels: { app: 'other' } }),
    ),
    seen: ['not_covered', 'no_pod', 'there is no pod', undefined, undefined],
  },
  {
    title: 'pending, in the words of the scheduler',
    given: pods(
      aPod('n1', {
        nodeName: '',
        phase: 'Pending',
        ready: undefined,
        containers: [],
        startedMs: 0,
        scheduled: condition('False', {
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn’t match Pod’s node affinity/selector.',
          sinceMs: ago(300),
        }),
      }),
    ),
    seen: [
      'not_covered',
      'pending',
      'not scheduled: 0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn’t match Pod’s node affinity/selector.',
      300,
      'picket-n1',
    ],
  },
  {
    title: 'pending, where no scheduler has looked at it',
    given: pods(
      aPod('n1', { nodeName: '', phase: 'Pending', ready: undefined, scheduled: undefined, createdMs: ago(50) }),
    ),
    seen: ['not_covered', 'pending', 'not scheduled', 50, 'picket-n1'],
  },
  {
    title: 'bound, but the kubelet has said nothing yet',
    given: pods(aPod('n1', { phase: 'Pending', ready: undefined, containers: [], startedMs: 0, createdMs: ago(4) })),
    seen: ['not_covered', 'creating', 'containers are being made', 4, 'picket-n1'],
  },
  {
    title: 'containers are being made',
    given: pods(
      withContainers('Pending', waiting('ContainerCreating'), { name: 'proxy', ...waiting('PodInitializing') }),
    ),
    seen: ['not_covered', 'creating', 'containers are being made: agent, proxy', 90, 'picket-n1'],
  },
  ...IMAGE_REASONS.map(
    ([reason, message]): Case => ({
      title: `image_pull: ${reason}`,
      given: pods(withContainers('Pending', waiting(reason, message))),
      seen: ['not_covered', 'image_pull', imageWords(`${reason}: ${message}`), 90, 'picket-n1'],
    }),
  ),
  ...START_REASONS.map(
    ([reason, message]): Case => ({
      title: `cannot_start: ${reason}`,
      given: pods(withContainers('Pending', waiting(reason, message))),
      seen: [
        'not_covered',
        'cannot_start',
        `agent cannot start: ${reason}${message && `: ${message}`}`,
        90,
        'picket-n1',
      ],
    }),
  ),
  {
    title: 'an init container’s fault is named before the container that waits for it',
    given: pods(
      withContainers(
        'Pending',
        { name: 'prepare', init: true, ...waiting('ImagePullBackOff', 'Back-off pulling image') },
        waiting('PodInitializing'),
      ),
    ),
    seen: [
      'not_covered',
      'image_pull',
      'image registry.example/picket:1.2 of prepare: ImagePullBackOff: Back-off pulling image',
      90,
      'picket-n1',
    ],
  },
  {
    title: 'crash loop: restarts and the exit code of the last one',
    given: pods(
      withContainers('Running', {
        ...waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container=agent pod=picket-n1'),
        restarts: 7,
        lastExit: exit(1),
      }),
    ),
    seen: ['not_covered', 'crash_loop', 'agent crashed, restarted 7 times: exit code 1', 90, 'picket-n1'],
  },
  {
    title: 'crash loop: killed for its memory',
    given: pods(
      withContainers('Running', {
        ...waiting('CrashLoopBackOff'),
        restarts: 1,
        lastExit: exit(137, 'OOMKilled'),
      }),
    ),
    seen: ['not_covered', 'crash_loop', 'agent crashed, restarted once: OOMKilled, exit code 137', 90, 'picket-n1'],
  },
  {
    title: 'crash loop: a signal, as some runtimes tell it',
    given: pods(
      withContainers('Running', { ...waiting('CrashLoopBackOff'), restarts: 2, lastExit: exit(0, 'Error', 11) }),
    ),
    seen: ['not_covered', 'crash_loop', 'agent crashed, restarted 2 times: killed by signal 11', 90, 'picket-n1'],
  },
  {
    title: 'not ready: its containers run',
    given: pods(withContainers('Running', {})),
    seen: ['not_covered', 'not_ready', 'ContainersNotReady: containers with unready status: [agent]', 90, 'picket-n1'],
  },
  {
    title: 'not ready between two crashes: the restarts are told',
    given: pods(withContainers('Running', { restarts: 3, lastExit: exit(2) })),
    seen: [
      'not_covered',
      'not_ready',
      'ContainersNotReady: containers with unready status: [agent]; restarted 3 times, last exit code 2',
      90,
      'picket-n1',
    ],
  },
  {
    title: 'the kubelet is silent: the node is the answer, whatever the containers said last',
    given: {
      nodes: nodes({
        ready: condition('Unknown', { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }),
      }),
      pods: [withContainers('Running', waiting('CrashLoopBackOff'))],
    },
    seen: [
      'not_covered',
      'node_not_ready',
      'the node is not ready: NodeStatusUnknown: Kubelet stopped posting node status.',
      90,
      'picket-n1',
    ],
  },
  {
    title: 'a node that is not ready because of its pod: what the containers say is the answer',
    given: {
      nodes: nodes({ ready: condition('False', { reason: 'KubeletNotReady', message: 'cni plugin not initialized' }) }),
      pods: [withContainers('Pending', waiting('ErrImagePull', 'not found'))],
    },
    seen: ['not_covered', 'image_pull', imageWords('ErrImagePull: not found'), 90, 'picket-n1'],
  },
  {
    title: 'the node is shutting down, and the pod has ended',
    given: {
      nodes: nodes({
        ready: condition('False', { reason: 'KubeletNotReady', message: 'node is shutting down', sinceMs: ago(8) }),
      }),
      pods: [
        aPod('n1', {
          phase: 'Failed',
          reason: 'Terminated',
          message: 'Pod was terminated in response to imminent node shutdown.',
        }),
      ],
    },
    seen: ['not_covered', 'node_shutting_down', 'the node is shutting down', 8, 'picket-n1'],
  },
  {
    title: 'a pod that is being ended leaves its node uncovered',
    given: pods(aPod('n1', { deletedMs: NOW_MS + 20_000 })),
    seen: ['not_covered', 'terminating', 'the only pod is being ended', undefined, 'picket-n1'],
  },
  {
    title: 'a pod that is being ended on a node that nobody hears of',
    given: { nodes: nodes({ ready: condition('Unknown') }), pods: [aPod('n1', deleted)] },
    seen: [
      'not_covered',
      'terminating_on_lost_node',
      'the pod is being ended, but the node’s kubelet is silent',
      40,
      'picket-n1',
    ],
  },
  {
    title: 'an ended pod that a finalizer keeps is no pod',
    given: pods(aPod('n1', { phase: 'Failed', ...deleted })),
    seen: ['not_covered', 'no_pod', 'there is no pod', undefined, undefined],
  },
  ...(
    [
      ['OutOfcpu', 'Node didn’t have enough resource: cpu, requested: 500, used: 3800, capacity: 4000'],
      ['NodeAffinity', 'Predicate NodeAffinity failed: node(s) didn’t match Pod’s node affinity/selector'],
      ['Evicted', 'The node was low on resource: memory.'],
      ['UnexpectedAdmissionError', 'Allocate failed due to no healthy devices present'],
      ['NodeShutdown', 'Pod was rejected as the node is shutting down.'],
    ] as const
  ).map(
    ([reason, message]): Case => ({
      title: `rejected: ${reason}`,
      given: pods(
        aPod('n1', { phase: 'Failed', reason, message, ready: undefined, containers: [], startedMs: ago(15) }),
      ),
      seen: ['not_covered', 'rejected', `the kubelet refused the pod: ${reason}: ${message}`, 15, 'picket-n1'],
    }),
  ),
  {
    title: 'failed: its container’s exit',
    given: pods(aPod('n1', { phase: 'Failed', containers: [aContainer({ ready: false, lastExit: exit(3) })] })),
    seen: ['not_covered', 'failed_backing_off', 'the pod failed: exit code 3', 30, 'picket-n1'],
  },
  {
    title: 'a pod that ended well is as gone as one that failed',
    given: pods(aPod('n1', { phase: 'Succeeded', containers: [aContainer({ lastExit: exit(0, 'Completed') })] })),
    seen: ['not_covered', 'failed_backing_off', 'the pod ended: Completed, exit code 0', 30, 'picket-n1'],
  },
  {
    title: 'a Ready pod whose agent delivers nothing covers nothing',
    given: {
      shipsNothing: new Map([['uid-of-picket-n1', { words: 'output search is held: HTTP 401', sinceMs: ago(700) }]]),
    },
    seen: [
      'not_covered',
      'ships_nothing',
      'the agent runs but delivers nothing: output search is held: HTTP 401',
      700,
      'picket-n1',
    ],
  },
  {
    title: 'two pods on one node, of which one is Ready',
    given: pods(aPod('n1'), aPod('n1', { name: 'second', uid: 'second', ready: notReady, createdMs: ago(60) })),
    seen: ['covered', 'duplicate', '2 pods on one node: picket-n1, second', 60, 'picket-n1'],
  },
  {
    title: 'two pods on one node, none Ready: why the one that will be kept is not',
    given: pods(
      aPod('n1', { name: 'second', uid: 'second', ready: notReady, createdMs: ago(60) }),
      withContainers('Pending', waiting('ErrImagePull', 'not found')),
    ),
    seen: ['not_covered', 'image_pull', imageWords('ErrImagePull: not found'), 90, 'picket-n1'],
  },
  {
    title: 'an old and a new pod are as they should be while a surge replaces one by the other',
    given: { daemonSet: surging(1), pods: [oldPod, newPod] },
    seen: ['covered', 'old_revision', 'of revision old, aaa is wanted', 3600, 'old'],
  },
  {
    title: 'two pods of one revision are two too many, surge or not',
    given: { daemonSet: surging(1), pods: [aPod('n1'), newPod] },
    seen: ['covered', 'duplicate', '2 pods on one node: new, picket-n1', 20, 'picket-n1'],
  },
  {
    title: 'a pod of an old revision covers',
    given: pods(oldPod),
    seen: ['covered', 'old_revision', 'of revision old, aaa is wanted', 3600, 'old'],
  },
  {
    title: 'which pods are old is unknown while nobody has written a revision of the template',
    given: { pods: [oldPod], revisions: [aRevision('zzz', 3, { ...TEMPLATE, spec: {} })] },
    seen: ['covered', undefined, undefined, 3600, 'old'],
  },
  {
    title: 'a taint that is not tolerated',
    given: { nodes: nodes({ taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }), pods: [] },
    seen: ['not_eligible', 'untolerated_taint', 'gpu=yes:NoSchedule is not tolerated', undefined, undefined],
  },
  {
    title: 'a pod that stays on a node that takes no new one',
    given: { nodes: nodes({ taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }) },
    seen: [
      'misplaced',
      'not_eligible_but_there',
      'gpu=yes:NoSchedule is not tolerated; the pod may stay',
      undefined,
      'picket-n1',
    ],
  },
  {
    title: 'a pod on a node that the selector leaves out',
    given: {
      daemonSet: aDaemonSet({ template: { ...TEMPLATE, spec: { nodeSelector: { pool: 'edge' } } } }),
      revisions: [],
    },
    seen: [
      'misplaced',
      'not_eligible_but_there',
      'pool=edge is wanted, the node has no such label; the DaemonSet controller deletes the pod',
      undefined,
      'picket-n1',
    ],
  },
  {
    title: 'a node that the selector leaves out needs no reason: its rule says it',
    given: { daemonSet: aDaemonSet({ template: { ...TEMPLATE, spec: { nodeSelector: { pool: 'edge' } } } }), pods: [] },
    seen: ['not_eligible', undefined, undefined, undefined, undefined],
  },
  {
    title: 'a pod that is being ended for ever, for its node is gone',
    given: { nodes: [], pods: [aPod('gone', deleted)] },
    seen: [
      'misplaced',
      'terminating_on_lost_node',
      'the pod is being ended, but there is no such node',
      40,
      'picket-gone',
    ],
  },
  {
    title: 'a pod whose node is gone',
    given: { nodes: [], pods: [aPod('gone')] },
    seen: [
      'misplaced',
      'not_eligible_but_there',
      'there is no such node; the DaemonSet controller deletes the pod',
      undefined,
      'picket-gone',
    ],
  },
]

for (const { title, given, seen } of WORLD) test(title, () => assert.deepEqual(read(coverage(inputOf(given))), seen))

test('rows come in the order of the nodes, then those of nodes that are gone, each with what was done about it', () => {
  const deed = { kind: 'created', atMs: ago(5), words: 'no pod for 30 s' } as const
  const rows = coverage(
    inputOf({
      nodes: [aNode('n1'), aNode('n2')],
      pods: [aPod('y'), aPod('x'), aPod('n1'), aPod('n3', { target: undefined })],
      deeds: new Map([['n2', deed]]),
    }),
  )
  assert.deepEqual(
    rows.map(({ node, eligibility, state, deed: done }) => [node, eligibility.rule, state, done]),
    [
      ['n1', 'eligible', 'covered', undefined],
      ['n2', 'eligible', 'not_covered', deed],
      ['x', 'no_such_node', 'misplaced', undefined],
      ['y', 'no_such_node', 'misplaced', undefined],
    ],
  )
})
