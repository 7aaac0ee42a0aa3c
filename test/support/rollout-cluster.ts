import type {
  Condition,
  Container,
  DaemonSet,
  JsonObject,
  Labels,
  Node,
  Observation,
  Pod,
  Revision,
} from '../../controller/cluster.ts'
import { revisionData } from '../../controller/plan/revision-data.ts'

/** A small cluster of values, for the plans beyond upstream. Times are seconds since a beginning. */
export const BEGIN_MS = Date.UTC(2026, 0, 1)
export const at = (seconds: number): number => BEGIN_MS + seconds * 1000

export const condition = (status: Condition['status'], sinceSeconds: number, reason = ''): Condition => ({
  status,
  reason,
  message: '',
  sinceMs: at(sinceSeconds),
})

export const templateOf = (image: string): JsonObject => ({
  metadata: { labels: { app: 'agent' } },
  spec: { containers: [{ name: 'agent', image }] },
})

export const daemonSetOf = (image: string, annotations: Labels = {}): DaemonSet => ({
  namespace: 'logs',
  name: 'agent',
  uid: 'ds',
  resourceVersion: '7',
  labels: {},
  annotations,
  generation: 1,
  createdMs: at(0),
  deleted: false,
  selector: { matchLabels: { app: 'agent' }, matchExpressions: [] },
  template: templateOf(image),
  strategy: { kind: 'OnDelete' },
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
    observedGeneration: 1,
    collisionCount: undefined,
  },
})

const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'ds' }

/** Its hash is the image. */
export const revisionOf = (image: string, revision: number, createdSeconds: number): Revision => ({
  namespace: 'logs',
  name: `agent-${image}`,
  uid: `revision-${image}`,
  resourceVersion: '1',
  labels: { app: 'agent', 'controller-revision-hash': image },
  owner: OWNER,
  createdMs: at(createdSeconds),
  deleted: false,
  revision,
  data: revisionData(daemonSetOf(image)),
})

export const nodeOf = (name: string, changes: Partial<Node> = {}): Node => ({
  name,
  uid: `node-${name}`,
  resourceVersion: '1',
  labels: {},
  annotations: {},
  taints: [],
  unschedulable: false,
  createdMs: at(0),
  deleted: false,
  ready: condition('True', 0),
  ...changes,
})

export const containerOf = (changes: Partial<Container> = {}): Container => ({
  name: 'agent',
  init: false,
  image: 'v1',
  ready: true,
  restarts: 0,
  waiting: undefined,
  lastExit: undefined,
  ...changes,
})

/** Ready since it was made. */
export const podOf = (node: string, image: string, createdSeconds: number, changes: Partial<Pod> = {}): Pod => ({
  namespace: 'logs',
  name: `agent-${node}-${image}`,
  uid: `${node}-${image}-${createdSeconds}`,
  resourceVersion: '1',
  labels: { app: 'agent', 'controller-revision-hash': image },
  owner: OWNER,
  createdMs: at(createdSeconds),
  deletedMs: undefined,
  target: node,
  nodeName: node,
  phase: 'Running',
  reason: '',
  message: '',
  ready: condition('True', createdSeconds),
  scheduled: condition('True', createdSeconds),
  containers: [containerOf()],
  ip: '10.0.0.1',
  startedMs: at(createdSeconds),
  ...changes,
})

/** Nodes a, b, c… each with a pod of v1; the template is v2 since second 100, and now it is second 200. */
export const observationOf = (annotations: Labels, changes: Partial<Observation> = {}): Observation => {
  const names = ['a', 'b', 'c', 'd']
  return {
    nowMs: at(200),
    daemonSet: daemonSetOf('v2', annotations),
    nodes: names.map((name) => nodeOf(name)),
    pods: names.map((name) => podOf(name, 'v1', 1)),
    revisions: [revisionOf('v1', 1, 0), revisionOf('v2', 2, 100)],
    satisfied: true,
    namespaceTerminating: false,
    backoff: new Map(),
    ...changes,
  }
}
