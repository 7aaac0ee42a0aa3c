import type { Node, Observation, Pod } from '../cluster.ts'
import { isAvailable } from '../plan/availability.ts'
import { judgeNode, placementOf } from '../plan/eligibility.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'

/** A node that has, or should have, a pod of the DaemonSet. */
export interface Site {
  readonly node: Node
  /** A pod is to be there now. */
  readonly run: boolean
  /** Neither terminating nor over. */
  readonly old: Pod | undefined
  readonly fresh: Pod | undefined
  readonly available: boolean
  /** Why its pod will not come by waiting; undefined: nothing is known against it. */
  readonly dead: string | undefined
}

/** A pod that is still there this long after its grace is over, or that the scheduler has not placed for so long, is not waited for. */
const STUCK_MS = 60_000

const isLiving = ({ deletedMs, phase }: Pod): boolean =>
  deletedMs === undefined && phase !== 'Failed' && phase !== 'Succeeded'

const deadNode = ({ ready, deleted, taints }: Node): string | undefined => {
  if (deleted) return 'the node is being deleted'
  if (ready && ready.status !== 'True') return `the node is not ready (${ready.reason || ready.status})`
  return taints.some(({ key }) => key === 'node.kubernetes.io/unreachable') ? 'the node is unreachable' : undefined
}

const stuckPod = (pods: readonly Pod[], nowMs: number): string | undefined => {
  const ending = pods.find(({ deletedMs }) => deletedMs !== undefined && deletedMs + STUCK_MS < nowMs)
  if (ending) return `pod ${ending.name} does not end`
  const homeless = pods.find(
    (pod) =>
      isLiving(pod) &&
      pod.scheduled?.status === 'False' &&
      pod.scheduled.sinceMs > 0 &&
      pod.scheduled.sinceMs + STUCK_MS < nowMs,
  )
  return homeless && `pod ${homeless.name} cannot be scheduled: ${homeless.scheduled?.message}`
}

const groupByNode = ({ daemonSet, pods }: Observation): ReadonlyMap<string, readonly Pod[]> =>
  Map.groupBy(
    pods.filter(({ owner, target }) => owner?.uid === daemonSet.uid && target !== undefined),
    ({ target }) => target as string,
  )

const siteOf = (observation: Observation, revision: string, run: boolean, node: Node, pods: readonly Pod[]): Site => {
  const { daemonSet, nowMs } = observation
  const living = pods.filter(isLiving)
  const [only, second] = living
  const fresh = living.find(({ labels }) => labels[HASH_LABEL] === revision)
  // Two pods on one node are for whoever places pods to settle, and the node counts as down meanwhile, as upstream counts it.
  const available = only !== undefined && !second && isAvailable(only, daemonSet.minReadySeconds, nowMs)
  const old = second ? undefined : living.find(({ labels }) => labels[HASH_LABEL] !== revision)
  return { node, run, old, fresh, available, dead: available ? undefined : (deadNode(node) ?? stuckPod(pods, nowMs)) }
}

/** Nodes that are not eligible count while a pod of ours is on them, as in pkg/controller/daemon rollingUpdate. */
export const sitesOf = (observation: Observation, revision: string): readonly Site[] => {
  const placement = placementOf(observation.daemonSet)
  const byNode = groupByNode(observation)
  return observation.nodes.flatMap((node) => {
    const pods = byNode.get(node.name) ?? []
    const { run } = judgeNode(node, placement)
    return run || pods.some(isLiving) ? [siteOf(observation, revision, run, node, pods)] : []
  })
}

/** When a site's standing changes by time alone; for looking again. */
export const changesAtMs = (observation: Observation): readonly number[] => {
  const { daemonSet, pods, nowMs } = observation
  const own = pods.filter(({ owner }) => owner?.uid === daemonSet.uid)
  return own
    .flatMap(({ ready, deletedMs, scheduled }) => [
      ready?.status === 'True' && ready.sinceMs > 0 ? ready.sinceMs + daemonSet.minReadySeconds * 1000 : 0,
      deletedMs === undefined ? 0 : deletedMs + STUCK_MS + 1,
      scheduled?.status === 'False' && scheduled.sinceMs > 0 ? scheduled.sinceMs + STUCK_MS + 1 : 0,
    ])
    .filter((atMs) => atMs > nowMs)
}
