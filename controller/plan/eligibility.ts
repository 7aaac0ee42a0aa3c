import type { DaemonSet, Node, Taint } from '../cluster.ts'
import { labelsAt, listAt, objectAt, textAt } from './json-fields.ts'
import { fitsNodeAffinity, type NodeAffinity, requiredNodeAffinity } from './node-affinity.ts'
import { labelOf } from './selector.ts'
import { readToleration, type Toleration, tolerates, withAutomaticTolerations } from './tolerations.ts'

/** What a template says of where its pods may be. */
export interface Placement {
  /** '': any. */
  readonly nodeName: string
  readonly nodeSelector: readonly (readonly [key: string, value: string])[]
  readonly affinity: NodeAffinity | undefined
  /** With the automatic ones. */
  readonly tolerations: readonly Toleration[]
}

export interface Eligibility {
  /** A pod is to be there. */
  readonly run: boolean
  /** A pod that is there may stay. */
  readonly keep: boolean
  readonly rule: 'eligible' | 'other_node_name' | 'node_selector' | 'node_affinity' | 'untolerated_taint'
  /** For people: the taint, the pair of the selector, the affinity. '' where it is eligible. */
  readonly detail: string
}

export const placementOf = ({ template }: DaemonSet): Placement => {
  const spec = objectAt(template, 'spec')
  const tolerations = withAutomaticTolerations(listAt(spec, 'tolerations'), spec.hostNetwork === true)
  return {
    nodeName: textAt(spec, 'nodeName'),
    nodeSelector: Object.entries(labelsAt(spec, 'nodeSelector')),
    affinity: requiredNodeAffinity(spec),
    tolerations: tolerations.map(readToleration),
  }
}

const ELIGIBLE: Eligibility = { run: true, keep: true, rule: 'eligible', detail: '' }
const refused = (rule: Eligibility['rule'], detail: string): Eligibility => ({ run: false, keep: false, rule, detail })

const taintText = ({ key, value, effect }: Taint): string =>
  value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`

const repels = ({ effect }: Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'

const judgeTaints = (taints: readonly Taint[], tolerations: readonly Toleration[]): Eligibility => {
  const untolerated = taints.filter((taint) => repels(taint) && !tolerations.some((t) => tolerates(t, taint)))
  const evicting = untolerated.find(({ effect }) => effect === 'NoExecute')
  const decisive = evicting ?? untolerated[0]
  if (!decisive) return ELIGIBLE
  return { run: false, keep: !evicting, rule: 'untolerated_taint', detail: `${taintText(decisive)} is not tolerated` }
}

/**
 * pkg/controller/daemon NodeShouldRunDaemonPod. What does not count, as there: resources, ports, affinity to pods, the node's conditions
 * and spec.unschedulable (its taint is tolerated), PreferNoSchedule: the scheduler decides the rest.
 */
export const judgeNode = (node: Node, placement: Placement): Eligibility => {
  const { nodeName, nodeSelector, affinity, tolerations } = placement
  if (nodeName !== '' && nodeName !== node.name)
    return refused('other_node_name', `the template names node ${nodeName}`)
  const unmet = nodeSelector.find(([key, value]) => labelOf(node.labels, key) !== value)
  if (unmet) {
    const [key, value] = unmet
    const found = labelOf(node.labels, key)
    return refused(
      'node_selector',
      `${key}=${value} is wanted, the node has ${found === undefined ? 'no such label' : `${key}=${found}`}`,
    )
  }
  if (affinity && !fitsNodeAffinity(affinity, node))
    return refused(
      'node_affinity',
      affinity.text === '' ? 'the required node affinity has no term' : `required: ${affinity.text}`,
    )
  return node.taints.length === 0 ? ELIGIBLE : judgeTaints(node.taints, tolerations)
}
