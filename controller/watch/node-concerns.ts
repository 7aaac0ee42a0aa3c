import type { DaemonSet, Node } from '../cluster.ts'
import { judgeNode, placementOf } from '../plan/eligibility.ts'

/** Whether a changed node is work for a DaemonSet; `hasPods`: some of its pods are bound to it. pkg/controller/daemon syncNodeUpdate. */
export const concerns = (node: Node, daemonSet: DaemonSet, hasPods: boolean): boolean => {
  const { run, keep } = judgeNode(node, placementOf(daemonSet))
  return (run && !hasPods) || (!keep && hasPods) || (hasPods && daemonSet.status.numberMisscheduled > 0)
}
