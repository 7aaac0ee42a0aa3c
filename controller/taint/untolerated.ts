import type { ClusterEvent, DaemonSet, Node, Taint } from '../cluster.ts'
import { placementOf } from '../plan/eligibility.ts'
import { tolerates } from '../plan/tolerations.ts'

export interface Untolerated {
  readonly uid: string
  readonly event: ClusterEvent
}

const eventOf = ({ namespace, name, uid }: DaemonSet, { key, effect }: Taint, nodes: number): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: { namespace, name, uid } },
  type: 'Warning',
  reason: 'StartupTaintNotTolerated',
  message:
    `The template does not tolerate ${key}:${effect}, which nodes have (${nodes} now) until a pod of this DaemonSet is Ready there: ` +
    `none will ever be. Add to its tolerations: {key: ${key}, operator: Exists, effect: ${effect}}`,
})

/** DaemonSets whose pods would never come to nodes that wait for them. */
export const untoleratedBy = (
  daemonSets: readonly DaemonSet[],
  taint: Taint,
  nodes: readonly Node[],
): readonly Untolerated[] => {
  const tainted = nodes.filter(({ taints }) =>
    taints.some(({ key, effect }) => key === taint.key && effect === taint.effect),
  )
  if (tainted.length === 0) return []
  return daemonSets
    .filter((daemonSet) => !daemonSet.deleted && !placementOf(daemonSet).tolerations.some((t) => tolerates(t, taint)))
    .map((daemonSet) => ({ uid: daemonSet.uid, event: eventOf(daemonSet, taint, tainted.length) }))
}
