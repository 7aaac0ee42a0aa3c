import type { DaemonSet, Node, Pod } from '../cluster.ts'
import { judgeNode, placementOf } from './eligibility.ts'

/** A node, what the DaemonSet wants there, and the pods of it that are there or on their way. */
export interface Place {
  readonly name: string
  /** false: pods are for a node of this name, but there is none. */
  readonly exists: boolean
  readonly run: boolean
  readonly keep: boolean
  /** In the order of `byAge`. */
  readonly pods: readonly Pod[]
}

const NO_PODS: readonly Pod[] = []

/** Scheduled ones first, then the older. pkg/controller/daemon podByCreationTimestampAndPhase. */
const byAge = (a: Pod, b: Pod): number => {
  if ((a.nodeName !== '') !== (b.nodeName !== '')) return a.nodeName !== '' ? -1 : 1
  return a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1)
}

/** It will not run again, and someone has deleted it already: it stands in nobody's way (kubernetes#118716), finalizers or not. */
const isPast = ({ phase, deletedMs }: Pod): boolean =>
  deletedMs !== undefined && (phase === 'Failed' || phase === 'Succeeded')

const podsByNode = (pods: readonly Pod[]): Map<string, Pod[]> => {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    if (pod.target === undefined || isPast(pod)) continue
    const there = byNode.get(pod.target)
    if (there) there.push(pod)
    else byNode.set(pod.target, [pod])
  }
  for (const there of byNode.values()) if (there.length > 1) there.sort(byAge)
  return byNode
}

const byName = (a: Place, b: Place): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** By name: Go's map has a random order there; a stable one makes the same plan of the same cluster. */
export const placesOf = (daemonSet: DaemonSet, nodes: readonly Node[], claimed: readonly Pod[]): readonly Place[] => {
  const [byNode, placement] = [podsByNode(claimed), placementOf(daemonSet)]
  const places = nodes.map((node): Place => {
    const { run, keep } = judgeNode(node, placement)
    const pods = byNode.get(node.name) ?? NO_PODS
    byNode.delete(node.name)
    return { name: node.name, exists: true, run, keep, pods }
  })
  for (const [name, pods] of byNode) places.push({ name, exists: false, run: false, keep: false, pods })
  return byNode.size === 0 ? places : places.sort(byName)
}
