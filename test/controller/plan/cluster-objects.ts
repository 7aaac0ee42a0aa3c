import type {
  Condition,
  DaemonSet,
  JsonObject,
  Labels,
  Node,
  Owner,
  Pod,
  Revision,
  Scaled,
  Taint,
  UpdateStrategy,
} from '../../../controller/cluster.ts'

/** Builders: what a test does not say is as dull as it can be. */

export const NAMESPACE = 'logging'
export const SET_UID = 'set-uid'
export const LABELS: Labels = { app: 'agent' }
/** The DaemonSet as an owner. */
export const OURS: Owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: SET_UID }
export const OTHERS: Owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'other', uid: 'other-uid' }
export const START_MS = Date.UTC(2026, 0, 1)

export const taint = (key: string, effect: string, value = ''): Taint => ({ key, value, effect })

export const node = (name: string, fields: Partial<Node> = {}): Node => ({
  name,
  uid: `${name}-uid`,
  resourceVersion: '1',
  labels: {},
  annotations: {},
  taints: [],
  unschedulable: false,
  createdMs: START_MS,
  deleted: false,
  ready: condition('True'),
  ...fields,
})

export const nodes = (from: number, to: number, fields: Partial<Node> = {}): Node[] =>
  Array.from({ length: to - from }, (_, i) => node(`node-${from + i}`, fields))

export const condition = (status: Condition['status'], sinceMs = START_MS): Condition => ({
  status,
  reason: '',
  message: '',
  sinceMs,
})

/** Owned, bound, running, not ready; of no revision. */
export const pod = (name: string, nodeName: string, fields: Partial<Pod> = {}): Pod => ({
  namespace: NAMESPACE,
  name,
  uid: `${name}-uid`,
  resourceVersion: '1',
  labels: LABELS,
  owner: OURS,
  createdMs: START_MS,
  deletedMs: undefined,
  target: nodeName,
  nodeName,
  phase: 'Running',
  reason: '',
  message: '',
  ready: undefined,
  scheduled: undefined,
  containers: [],
  ip: '',
  startedMs: 0,
  ...fields,
})

export const number = (value: number): Scaled => ({ kind: 'number', value })
export const percent = (value: number): Scaled => ({ kind: 'percent', value })

export const upTo = (maxUnavailable: Scaled | number): UpdateStrategy => ({
  kind: 'RollingUpdate',
  maxUnavailable: typeof maxUnavailable === 'number' ? number(maxUnavailable) : maxUnavailable,
  maxSurge: number(0),
})
export const surgeOf = (maxSurge: Scaled | number): UpdateStrategy => ({
  kind: 'RollingUpdate',
  maxUnavailable: number(0),
  maxSurge: typeof maxSurge === 'number' ? number(maxSurge) : maxSurge,
})

export const template = (spec: JsonObject = {}, image = 'agent:1'): JsonObject => ({
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'agent', image }], ...spec },
})

export const daemonSet = (fields: Partial<DaemonSet> = {}): DaemonSet => ({
  namespace: NAMESPACE,
  name: 'agent',
  uid: SET_UID,
  resourceVersion: '1',
  labels: {},
  annotations: {},
  generation: 1,
  createdMs: START_MS,
  deleted: false,
  selector: { matchLabels: LABELS, matchExpressions: [] },
  template: template(),
  strategy: upTo(1),
  minReadySeconds: 0,
  revisionHistoryLimit: 10,
  status: {
    desiredNumberScheduled: 0,
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
    numberUnavailable: 0,
    observedGeneration: 0,
    collisionCount: undefined,
  },
  ...fields,
})

/** Owned; its hash label is its name's last part. */
export const revision = (name: string, number: number, data: JsonObject, fields: Partial<Revision> = {}): Revision => ({
  namespace: NAMESPACE,
  name,
  uid: `${name}-uid`,
  resourceVersion: '1',
  labels: { ...LABELS, 'controller-revision-hash': name.slice(name.lastIndexOf('-') + 1) },
  owner: OURS,
  createdMs: START_MS,
  deleted: false,
  revision: number,
  data,
  ...fields,
})
