import type { Clock } from '../../lib/io/clock.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'
import { listWatch } from '../../lib/kube/list-watch.ts'
import type { KubeObject, Resource } from '../../lib/kube/resource.ts'
import type { ListWatchTuning } from '../../lib/kube/tuning.ts'
import type { Json } from '../cluster.ts'
import type { ClusterCache, Namespace } from './cluster-cache.ts'
import type { Change, ObjectStore, Seen, Stored } from './object-store.ts'
import { shapeDaemonSet } from './shape-daemon-set.ts'
import { identityOf, isBeingDeleted } from './shape-fields.ts'
import { shapeNode } from './shape-node.ts'
import { shapePod } from './shape-pod.ts'
import { shapeRevision } from './shape-revision.ts'
import { daemonSetTriggers, nodeTriggers, podTriggers, revisionTriggers, type Trigger } from './triggers.ts'

export const WATCHED = ['nodes', 'pods', 'daemonsets', 'controllerrevisions', 'namespaces'] as const
export type Watched = (typeof WATCHED)[number]

export interface WatchOptions {
  /** undefined: every namespace. */
  readonly namespace: string | undefined
  /** A label selector of DaemonSets; '': all. */
  readonly selector: string
  readonly tuning?: Partial<ListWatchTuning>
}

export interface WatchDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  readonly cache: ClusterCache
  readonly trigger: (trigger: Trigger) => void
  readonly established: (resource: Watched) => void
  readonly failed: (resource: Watched, error: Error, retryInMs: number) => void
}

export interface ClusterWatch {
  /** How far the watch of a resource has come; '' before its first list. */
  version(resource: Watched): string
  /** Every resource has been listed. */
  readonly synced: Promise<void>
  /** Resolves when the signal has ended every watch. */
  readonly ended: Promise<void>
}

interface Subject<T extends Stored> {
  readonly resource: Watched
  readonly request: Omit<Resource, 'client'>
  readonly shape: (object: Json) => T | undefined
  readonly store: ObjectStore<T>
  readonly triggers: (change: Change<T>) => readonly Trigger[]
}

/** etcd keeps 5 minutes of history: a controller that lists pages of thousands wants the latest, and never all in one answer. */
const TUNING: Partial<ListWatchTuning> = { listsFrom: 'storage' }

const shapeNamespace = (object: Json): Namespace => ({ ...identityOf(object), terminating: isBeingDeleted(object) })

const pathOf = (group: string, resource: string, namespace: string | undefined): string =>
  namespace === undefined ? `${group}/${resource}` : `${group}/namespaces/${namespace}/${resource}`

const full = (path: string, query: Record<string, string> = {}): Omit<Resource, 'client'> => ({
  path,
  query,
  content: 'full',
})

/** Lists and watches all that a DaemonSet controller looks at, keeps it in the cache, and tells what is to be looked at for it. */
export const watchCluster = (options: WatchOptions, deps: WatchDeps, signal: AbortSignal): ClusterWatch => {
  const { cache, clock, random } = deps
  const versions = new Map<Watched, string>()
  const { promise: synced, resolve: allSynced } = Promise.withResolvers<void>()

  const listed = (resource: Watched, version: string): void => {
    versions.set(resource, version)
    if (versions.size === WATCHED.length) allSynced()
  }

  const follow = <T extends Stored>({ resource, request, shape, store, triggers }: Subject<T>): Promise<void> => {
    const seen = (raw: KubeObject): Seen<T> => {
      const { uid, resourceVersion } = identityOf(raw as Json)
      return { uid, resourceVersion, object: shape(raw as Json) }
    }
    const tell = (changes: readonly Change<T>[]): void => {
      for (const change of changes) for (const trigger of triggers(change)) deps.trigger(trigger)
    }
    return listWatch<Seen<T>>(
      {
        ...request,
        client: deps.client,
        shape: seen,
        onSnapshot: (objects, version) => {
          const changes = store.replace(objects)
          listed(resource, version)
          tell(changes)
        },
        onEvent: (type, one) => {
          const changes = store.apply(type, one)
          versions.set(resource, one.resourceVersion)
          tell(changes)
        },
        onEstablished: () => deps.established(resource),
        onFailed: (error, retryInMs) => deps.failed(resource, error, retryInMs),
        tuning: { ...TUNING, ...options.tuning },
      },
      { clock, random },
      signal,
    )
  }

  const { namespace, selector } = options
  const only = namespace === undefined ? {} : { fieldSelector: `metadata.name=${namespace}` }
  const labelled = selector === '' ? {} : { labelSelector: selector }
  const ended = Promise.all([
    follow({
      resource: 'nodes',
      request: full('/api/v1/nodes'),
      shape: shapeNode,
      store: cache.nodeStore,
      triggers: nodeTriggers,
    }),
    follow({
      resource: 'pods',
      request: full(pathOf('/api/v1', 'pods', namespace)),
      shape: shapePod,
      store: cache.podStore,
      triggers: (change) => podTriggers(change, cache),
    }),
    follow({
      resource: 'daemonsets',
      request: full(pathOf('/apis/apps/v1', 'daemonsets', namespace), labelled),
      shape: shapeDaemonSet,
      store: cache.daemonSetStore,
      triggers: daemonSetTriggers,
    }),
    follow({
      resource: 'controllerrevisions',
      request: full(pathOf('/apis/apps/v1', 'controllerrevisions', namespace)),
      shape: shapeRevision,
      store: cache.revisionStore,
      triggers: (change) => revisionTriggers(change, cache),
    }),
    follow<Namespace>({
      resource: 'namespaces',
      request: { path: '/api/v1/namespaces', query: only, content: 'metadata' },
      shape: shapeNamespace,
      store: cache.namespaceStore,
      triggers: () => [],
    }),
  ]).then(() => {})

  return { version: (resource) => versions.get(resource) ?? '', synced, ended }
}
