import { parseCoverage } from '../../controller/cli/coverage-args.ts'
import { type List, readReports } from '../../controller/cli/read-cluster.ts'
import type { Json, JsonObject } from '../../controller/cluster.ts'

/** A small cluster in which nearly everything is wrong, as the API server sends it. */

export const NOW = '2026-05-01T12:00:00Z'
const NOW_MS = Date.parse(NOW)
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1000).toISOString().replace('.000Z', 'Z')

const node = (name: string, spec: JsonObject = {}, ready: JsonObject = { status: 'True' }): JsonObject => ({
  metadata: { name, uid: `node-${name}`, labels: { pool: 'main' }, creationTimestamp: ago(86_400) },
  spec,
  status: { conditions: [{ type: 'Ready', reason: 'KubeletReady', lastTransitionTime: ago(86_000), ...ready }] },
})

const TEMPLATE: JsonObject = {
  metadata: { labels: { app: 'picket' } },
  spec: { nodeSelector: { pool: 'main' }, containers: [{ name: 'agent', image: 'registry.example/picket:1.3' }] },
}
const daemonSet = (name: string, template: JsonObject, numbers: readonly number[]): JsonObject => ({
  metadata: {
    namespace: 'monitoring',
    name,
    uid: `uid-of-${name}`,
    generation: 2,
    creationTimestamp: ago(40 * 86_400),
    labels: { app: name },
  },
  spec: { selector: { matchLabels: { app: name } }, template, updateStrategy: { type: 'RollingUpdate' } },
  status: {
    desiredNumberScheduled: numbers[0] ?? 0,
    currentNumberScheduled: numbers[1] ?? 0,
    numberReady: numbers[2] ?? 0,
    updatedNumberScheduled: numbers[3] ?? 0,
    numberAvailable: numbers[4] ?? 0,
    observedGeneration: 2,
  },
})

const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'picket', uid: 'uid-of-picket', controller: true }
const revision: JsonObject = {
  metadata: {
    namespace: 'monitoring',
    name: 'picket-6f7b9c4d8',
    labels: { app: 'picket', 'controller-revision-hash': '6f7b9c4d8' },
    ownerReferences: [OWNER],
    creationTimestamp: ago(86_400),
  },
  revision: 2,
  data: { spec: { template: { ...TEMPLATE, $patch: 'replace' } } },
}

interface PodDiffers {
  readonly hash?: string
  readonly deletionTimestamp?: string
  readonly unbound?: boolean
  readonly status?: JsonObject
}

const pod = (
  on: string,
  { hash = '6f7b9c4d8', deletionTimestamp, unbound, status = {} }: PodDiffers = {},
): JsonObject => ({
  metadata: {
    namespace: 'monitoring',
    name: `picket-${on}`,
    uid: `pod-${on}`,
    labels: { app: 'picket', 'controller-revision-hash': hash },
    ownerReferences: [OWNER],
    creationTimestamp: ago(7200),
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
  },
  spec: unbound
    ? {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [on] }] }],
            },
          },
        },
      }
    : { nodeName: on },
  status: {
    phase: 'Running',
    startTime: ago(7190),
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(7180) }],
    containerStatuses: [
      { name: 'agent', ready: true, restartCount: 0, image: 'registry.example/picket:1.3', state: { running: {} } },
    ],
    ...status,
  },
})

const notReady = (seconds: number): JsonObject => ({
  type: 'Ready',
  status: 'False',
  reason: 'ContainersNotReady',
  message: 'containers with unready status: [agent]',
  lastTransitionTime: ago(seconds),
})
const waiting = (reason: string, message: string, more: JsonObject = {}): JsonObject => ({
  name: 'agent',
  ready: false,
  restartCount: 0,
  image: 'registry.example/picket:1.3',
  state: { waiting: { reason, message } },
  ...more,
})

const event = (reason: string, seconds: number, message: string): JsonObject => ({
  metadata: { namespace: 'monitoring', creationTimestamp: ago(seconds) },
  involvedObject: { kind: 'DaemonSet', namespace: 'monitoring', name: 'picket', uid: 'uid-of-picket' },
  reason,
  message,
  firstTimestamp: ago(seconds),
  lastTimestamp: ago(seconds),
  source: { component: 'picket-controller' },
})

const LISTS: Readonly<Record<string, readonly Json[]>> = {
  '/api/v1/nodes': [
    node('worker-1'),
    node('worker-2'),
    node('worker-3'),
    node('worker-4'),
    node('worker-5'),
    node(
      'worker-6',
      {},
      { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
    ),
    node('worker-7'),
    node('worker-8'),
    node('worker-9'),
    node('gpu-1', { taints: [{ key: 'gpu', value: 'only', effect: 'NoSchedule' }] }),
  ],
  '/apis/apps/v1/daemonsets': [
    daemonSet('picket', TEMPLATE, [9, 9, 4, 3, 4]),
    daemonSet('edge', { ...TEMPLATE, spec: { nodeSelector: { pool: 'edge' } } }, []),
  ],
  '/api/v1/namespaces/monitoring/pods': [
    pod('worker-1'),
    pod('worker-2', { hash: '5d9f7b6c7' }),
    pod('worker-3', {
      status: {
        conditions: [notReady(600)],
        containerStatuses: [
          waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container=agent', {
            restartCount: 7,
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(100) } },
          }),
        ],
      },
    }),
    pod('worker-4', {
      status: {
        phase: 'Pending',
        conditions: [notReady(130)],
        containerStatuses: [
          waiting('ImagePullBackOff', 'Back-off pulling image "registry.example/picket:1.3": ErrImagePull: not found'),
        ],
      },
    }),
    pod('worker-5', {
      unbound: true,
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message:
              '0/10 nodes are available: 1 Insufficient memory.\n9 node(s) didn’t match Pod’s node affinity/selector.',
            lastTransitionTime: ago(4000),
          },
        ],
        containerStatuses: [],
      },
    }),
    pod('worker-6', { deletionTimestamp: ago(240) }),
    pod('worker-8'),
    pod('worker-9'),
    pod('worker-0', { deletionTimestamp: ago(86) }),
  ],
  '/apis/apps/v1/namespaces/monitoring/controllerrevisions': [revision],
  '/api/v1/namespaces/monitoring/events': [
    event('TakeOver', 3, 'Node worker-7: makes the missing pod, there was none for 30 s'),
    event('NodeUncovered', 33, 'Node worker-7: not covered: there is no pod'),
    event(
      'NodeUncovered',
      900,
      'Node worker-8: not covered: the agent runs but delivers nothing: output search is held: HTTP 401',
    ),
    event('NodeUncovered', 800, 'Node worker-9: not covered: there is no pod'),
    event('TakeOver', 790, 'Node worker-9: makes the missing pod, there was none for 30 s'),
    event('NodeCovered', 780, 'Node worker-9: covered again, it was not (no_pod)'),
  ],
}

/** As a server filters by `app=…` and by name; events by nothing. */
export const answerTo = (path: string, query: Readonly<Record<string, string>>): readonly Json[] | undefined => {
  const list = LISTS[path.replace('/namespaces/monitoring/daemonsets', '/daemonsets')] as
    | readonly JsonObject[]
    | undefined
  const app = /^app=(\w+)$/.exec(query.labelSelector ?? '')?.[1]
  const name = /^metadata.name=(\w+)$/.exec(query.fieldSelector ?? '')?.[1]
  return list?.filter(({ metadata }) => {
    const { labels, name: own } = metadata as { labels?: { app?: string }; name?: string }
    return (app === undefined || labels?.app === app) && (name === undefined || own === name)
  })
}

const list: List = (path, query) => Promise.resolve(answerTo(path, query) ?? [])
const command = parseCoverage([])

export const sampleReports = command.kind === 'coverage' ? await readReports(list, command, () => NOW_MS) : []
