import type { Condition, Container, DaemonSet, Json, Node, Pod, Revision } from '../../../controller/cluster.ts'

/** Objects as the cluster has them when all is well; a test says what differs. */

export const NOW_MS = Date.UTC(2026, 4, 1, 12)
export const ago = (seconds: number): number => NOW_MS - seconds * 1000

export const condition = (
  status: Condition['status'],
  { reason = '', message = '', sinceMs = ago(3600) }: Partial<Condition> = {},
): Condition => ({ status, reason, message, sinceMs })

export const aNode = (name: string, differs: Partial<Node> = {}): Node => ({
  name,
  uid: `uid-of-${name}`,
  resourceVersion: '1',
  labels: { 'kubernetes.io/hostname': name },
  annotations: {},
  taints: [],
  unschedulable: false,
  createdMs: ago(86_400),
  deleted: false,
  ready: condition('True', { reason: 'KubeletReady', message: 'kubelet is posting ready status' }),
  ...differs,
})

export const aContainer = (differs: Partial<Container> = {}): Container => ({
  name: 'agent',
  init: false,
  image: 'registry.example/picket:1.2',
  ready: true,
  restarts: 0,
  waiting: undefined,
  lastExit: undefined,
  ...differs,
})

const LABELS = { app: 'picket' }
export const TEMPLATE: { readonly [key: string]: Json } = {
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'agent', image: 'registry.example/picket:1.2' }], nodeSelector: {} },
}

export const aDaemonSet = (differs: Partial<DaemonSet> = {}): DaemonSet => ({
  namespace: 'monitoring',
  name: 'picket',
  uid: 'uid-of-picket',
  resourceVersion: '1',
  labels: {},
  annotations: { 'deprecated.daemonset.template.generation': '1' },
  generation: 1,
  createdMs: ago(86_400),
  deleted: false,
  selector: { matchLabels: LABELS, matchExpressions: [] },
  template: TEMPLATE,
  strategy: {
    kind: 'RollingUpdate',
    maxUnavailable: { kind: 'number', value: 1 },
    maxSurge: { kind: 'number', value: 0 },
  },
  minReadySeconds: 0,
  revisionHistoryLimit: 10,
  status: {
    desiredNumberScheduled: 1,
    currentNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 0,
    observedGeneration: 1,
    collisionCount: undefined,
  },
  ...differs,
})

export const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'picket', uid: 'uid-of-picket' }

export const aRevision = (hash: string, revision: number, template = TEMPLATE): Revision => ({
  namespace: 'monitoring',
  name: `picket-${hash}`,
  uid: `uid-of-${hash}`,
  resourceVersion: '1',
  labels: { ...LABELS, 'controller-revision-hash': hash },
  owner: OWNER,
  createdMs: ago(86_400),
  deleted: false,
  revision,
  data: { spec: { template: { ...template, $patch: 'replace' } } },
})

/** Ready on its node, of revision `aaa`. */
export const aPod = (node: string, differs: Partial<Pod> = {}): Pod => ({
  namespace: 'monitoring',
  name: `picket-${node}`,
  uid: `uid-of-picket-${node}`,
  resourceVersion: '1',
  labels: { ...LABELS, 'controller-revision-hash': 'aaa' },
  owner: OWNER,
  createdMs: ago(7200),
  deletedMs: undefined,
  target: node,
  nodeName: node,
  phase: 'Running',
  reason: '',
  message: '',
  ready: condition('True'),
  scheduled: condition('True', { sinceMs: ago(7200) }),
  containers: [aContainer()],
  ip: '10.0.0.7',
  startedMs: ago(7200),
  ...differs,
})
