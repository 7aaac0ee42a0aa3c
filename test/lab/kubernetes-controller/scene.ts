import assert from 'node:assert/strict'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { createNode, type NodeOptions } from '../kubernetes/nodes.ts'
import { type DaemonSet, type DaemonSetOptions, daemonSetBody, type ScenePod, shapePod } from './daemon-set.ts'

/** A namespace, nodes and one DaemonSet that nothing else in the cluster has to do with. */
export interface Scene {
  readonly namespace: string
  readonly pods: string
  readonly daemonSets: string
  readonly daemonSet: string
  readonly revisions: string
  /** Names of its nodes so far. */
  readonly nodes: readonly string[]
  addNode(options?: NodeOptions): Promise<string>
  removeNode(name: string): Promise<void>
  patchNode(name: string, patch: object): Promise<unknown>
  create(options?: DaemonSetOptions): Promise<DaemonSet>
  patch(spec: object): Promise<DaemonSet>
  read(): Promise<DaemonSet>
  /** Those that are not being deleted, by their nodes' names. */
  live(): Promise<readonly ScenePod[]>
  all(): Promise<readonly ScenePod[]>
  /** Waits until exactly these nodes have one ready pod each, and the status says so. */
  covers(nodes: readonly string[], deadlineMs?: number): Promise<readonly ScenePod[]>
  /** Reasons of the events on its DaemonSet so far, each with its messages. */
  events(): Promise<readonly { readonly reason: string; readonly message: string; readonly component: string }[]>
  end(): Promise<void>
}

const DEADLINE_MS = 60_000
const NAME = 'agent'

const settledStatus = (set: DaemonSet, count: number): object => ({
  observedGeneration: set.metadata.generation,
  desiredNumberScheduled: count,
  currentNumberScheduled: count,
  updatedNumberScheduled: count,
  numberReady: count,
  numberAvailable: count,
})

const statusOf = (set: DaemonSet): object =>
  Object.fromEntries(
    Object.keys(settledStatus(set, 0)).map((key) => [key, set.status[key as keyof typeof set.status] ?? 0]),
  )

export const createScene = async (cluster: Cluster, name: string, nodeCount: number): Promise<Scene> => {
  const namespace = `scene-${name}`
  const base = `/apis/apps/v1/namespaces/${namespace}`
  const paths = {
    pods: `/api/v1/namespaces/${namespace}/pods`,
    daemonSets: `${base}/daemonsets`,
    daemonSet: `${base}/daemonsets/${NAME}`,
    revisions: `${base}/controllerrevisions`,
  }
  const nodes: string[] = []
  let count = 0

  const addNode = async (options: NodeOptions = {}): Promise<string> => {
    const node = `${name}-${count}`
    count += 1
    await createNode(cluster, node, { ...options, labels: { 'lab/scene': name, ...options.labels } })
    nodes.push(node)
    return node
  }

  const removeNode = async (node: string): Promise<void> => {
    await cluster.ask('DELETE', `/api/v1/nodes/${node}`)
    nodes.splice(nodes.indexOf(node), 1)
  }

  const read = (): Promise<DaemonSet> => cluster.ask('GET', paths.daemonSet)
  const all = async (): Promise<readonly ScenePod[]> => {
    const { items } = await cluster.ask<{ items: object[] }>('GET', paths.pods)
    return items.map(shapePod).sort((a, b) => (a.node < b.node ? -1 : 1))
  }
  const live = async (): Promise<readonly ScenePod[]> => (await all()).filter((pod) => !pod.deleted)

  const covers: Scene['covers'] = async (wanted, deadlineMs = DEADLINE_MS) => {
    const expected = { nodes: [...wanted].sort(), status: undefined as unknown }
    const look = async (): Promise<readonly ScenePod[]> => {
      const [set, pods] = [await read(), await all()]
      const there = { nodes: pods.map(({ node }) => node), status: statusOf(set) }
      assert.deepEqual(there, { ...expected, status: settledStatus(set, wanted.length) })
      assert.ok(
        pods.every(({ ready, deleted }) => ready && !deleted),
        JSON.stringify(pods),
      )
      return pods
    }
    return eventually(`one ready pod on each of ${wanted.join(', ')}`, look, deadlineMs)
  }

  await cluster.ask('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  })
  for (let i = 0; i < nodeCount; i += 1) await addNode()
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
  await eventually('its ServiceAccount', async () => (await cluster.call('GET', account)).status === 200)

  return {
    namespace,
    ...paths,
    nodes,
    addNode,
    removeNode,
    patchNode: (node, patch) => cluster.merge(`/api/v1/nodes/${node}`, patch),
    create: (options = {}) => cluster.ask('POST', paths.daemonSets, daemonSetBody(NAME, name, options)),
    patch: (spec) => cluster.merge(paths.daemonSet, { spec }),
    read,
    live,
    all,
    covers,
    events: async () => {
      const { items } = await cluster.ask<{ items: SceneEvent[] }>('GET', `/api/v1/namespaces/${namespace}/events`)
      return items
        .filter(({ involvedObject }) => involvedObject.kind === 'DaemonSet')
        .map(({ reason, message, source, reportingComponent }) => ({
          reason,
          message: message ?? '',
          component: source?.component || reportingComponent || '',
        }))
    },
    end: async () => {
      await cluster.call('DELETE', paths.daemonSets)
      await eventually('the end of its pods', async () => {
        await cluster.ask('DELETE', `${paths.pods}?gracePeriodSeconds=0`)
        return (await all()).length === 0
      })
      // Not waited for: the namespace controller looks again after 5 s where it found pods.
      await cluster.ask('DELETE', `/api/v1/namespaces/${namespace}`)
      for (const node of [...nodes]) await removeNode(node)
    },
  }
}

interface SceneEvent {
  readonly reason: string
  readonly message?: string
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
  readonly involvedObject: { readonly kind: string }
}
