import type { ApiClient } from '../../lab/kubernetes/api-client.ts'
import { nodeBody } from '../../lab/kubernetes/nodes.ts'

export const NAMESPACE = 'bench'
export const FOREIGN = 'foreign'

const IN_FLIGHT = 16

/** Runs `act` for 0 to count - 1, so many at a time as the client has connections. */
const forEach = async (count: number, act: (i: number) => Promise<unknown>): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const i = next
      next += 1
      await act(i)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

export const nodeName = (i: number): string => `node-${String(i).padStart(5, '0')}`

export const createNamespace = (api: ApiClient, name: string): Promise<unknown> =>
  api.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

export const createNodes = (api: ApiClient, count: number): Promise<void> =>
  forEach(count, (i) => {
    const labels = { 'topology.kubernetes.io/zone': `zone-${i % 3}`, 'node.kubernetes.io/instance-type': 'c5.4xlarge' }
    return api.ask('POST', '/api/v1/nodes', nodeBody(nodeName(i), { labels }))
  })

/** As a Deployment's pod looks in a cluster that is lived in: some 4 KB. */
const foreignPod = (i: number, nodes: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `shop-${i % 200}-5f7d8c9b64-${i}`,
    labels: {
      app: `shop-${i % 200}`,
      'app.kubernetes.io/name': `shop-${i % 200}`,
      'app.kubernetes.io/instance': 'production',
      'pod-template-hash': '5f7d8c9b64',
    },
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'checksum/config': 'a'.repeat(64) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `shop-${i % 200}-5f7d8c9b64`,
        uid: `00000000-0000-4000-8000-${String(i % 200).padStart(12, '0')}`,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  spec: {
    nodeName: nodeName(i % nodes),
    containers: ['shop', 'proxy'].map((name) => ({
      name,
      image: `registry.example/${name}:1.2.3`,
      env: Array.from({ length: 10 }, (_, n) => ({ name: `SETTING_${n}`, value: 'x'.repeat(20) })),
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 10 },
    })),
  },
})

const running = (i: number): object => ({
  phase: 'Running',
  podIP: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
  startTime: '2026-01-01T00:00:00Z',
  conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })),
})

/** Bound and running without anybody's doing: they are only there to be known. */
export const createForeignPods = async (api: ApiClient, count: number, nodes: number): Promise<void> => {
  const pods = `/api/v1/namespaces/${FOREIGN}/pods`
  await forEach(count, async (i) => {
    const { metadata } = await api.ask<{ metadata: { name: string } }>('POST', pods, foreignPod(i, nodes))
    await api.merge(`${pods}/${metadata.name}/status`, { status: running(i) })
  })
}

export const createDaemonSet = (api: ApiClient): Promise<unknown> =>
  api.ask('POST', `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets`, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: {
          containers: [
            {
              name: 'agent',
              image: 'agent:1',
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              resources: { requests: { cpu: '50m', memory: '80Mi' } },
            },
          ],
        },
      },
    },
  })

/** Out of etcd's own count: a list of one says how many more there are. */
export const countPods = async (api: ApiClient): Promise<number> => {
  const list = await api.ask<{ items: object[]; metadata: { remainingItemCount?: number } }>(
    'GET',
    `/api/v1/namespaces/${NAMESPACE}/pods?limit=1`,
  )
  return list.items.length + (list.metadata.remainingItemCount ?? 0)
}

/** The DaemonSet, its pods and revisions, for the next round; nobody who would make them anew may run. */
export const clear = async (api: ApiClient): Promise<void> => {
  const apps = `/apis/apps/v1/namespaces/${NAMESPACE}`
  await api.call('DELETE', `${apps}/daemonsets/agent?propagationPolicy=Background`)
  await api.ask('DELETE', `${apps}/controllerrevisions`)
  await api.ask('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`)
}
