import type { DaemonSet, Pod } from '../cluster.ts'
import { selects } from '../plan/selector.ts'

/** Those that count for a DaemonSet: its own, and orphans that its controller would adopt (1.5 of its contract; daemon_controller.go getDaemonPods). */
const counts = (daemonSet: DaemonSet, pod: Pod): boolean => {
  if (pod.namespace !== daemonSet.namespace) return false
  if (pod.owner) return pod.owner.uid === daemonSet.uid && selects(daemonSet.selector, pod.labels)
  return pod.deletedMs === undefined && selects(daemonSet.selector, pod.labels)
}

/** By the node that they are bound or pinned to. A pod that cannot be told is left alone. */
export const podsByNode = (daemonSet: DaemonSet, pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> => {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    if (pod.target === undefined || !counts(daemonSet, pod)) continue
    const there = byNode.get(pod.target)
    if (there) there.push(pod)
    else byNode.set(pod.target, [pod])
  }
  return byNode
}

export const isTerminal = ({ phase }: Pod): boolean => phase === 'Failed' || phase === 'Succeeded'

/** Scheduled before unscheduled, then the oldest, then by name: the one that the DaemonSet controller keeps (podByCreationTimestampAndPhase). */
export const firstKept = (pods: readonly Pod[]): Pod | undefined => {
  const scheduled = pods.filter(({ nodeName }) => nodeName !== '')
  const candidates = scheduled.length > 0 ? scheduled : pods
  return candidates.reduce<Pod | undefined>((first, pod) => {
    if (!first) return pod
    const age = pod.createdMs - first.createdMs
    return age < 0 || (age === 0 && pod.name < first.name) ? pod : first
  }, undefined)
}
