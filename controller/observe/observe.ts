import type { BackoffEntry, DaemonSet, Observation } from '../cluster.ts'
import type { ClusterCache } from '../watch/cluster-cache.ts'

export interface ObserveDeps {
  readonly cache: ClusterCache
  readonly now: () => number
  readonly backoff: ReadonlyMap<string, BackoffEntry>
}

/** What the caches hold about one DaemonSet at this moment. */
export const observe = (
  daemonSet: DaemonSet,
  satisfied: boolean,
  { cache, now, backoff }: ObserveDeps,
): Observation => ({
  nowMs: now(),
  daemonSet,
  nodes: cache.nodes(),
  pods: cache.podsFor(daemonSet),
  revisions: cache.revisionsFor(daemonSet),
  satisfied,
  namespaceTerminating: cache.isTerminating(daemonSet.namespace),
  backoff,
})
