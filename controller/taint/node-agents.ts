import type { DaemonSet, Node, Pod } from '../cluster.ts'
import { isReady } from '../plan/availability.ts'
import { type Eligibility, judgeNode, type Placement, placementOf } from '../plan/eligibility.ts'
import type { TaintSettings } from './settings.ts'

/** The agents that a node should have, the startup taint aside. */
export interface NodeAgents {
  /** Names of DaemonSets whose pod is Ready there. */
  readonly ready: readonly string[]
  readonly missing: readonly string[]
  /** Of those that the node is not eligible for, why. */
  readonly refused: readonly { readonly name: string; readonly eligibility: Eligibility }[]
  /** One that should come does not tolerate the taint: it never would. */
  readonly untolerated: boolean
}

interface Agent {
  readonly name: string
  readonly placement: Placement
  readonly readyOn: ReadonlySet<string>
}

/** Only pods that are bound: where one is meant to be, none is yet. */
const readyNodes = (daemonSet: DaemonSet, pods: readonly Pod[]): ReadonlySet<string> =>
  new Set(
    pods
      .filter((pod) => pod.owner?.uid === daemonSet.uid && pod.deletedMs === undefined && isReady(pod))
      .map(({ nodeName }) => nodeName),
  )

const without = (node: Node, key: string): Node => ({
  ...node,
  taints: node.taints.filter((taint) => taint.key !== key),
})

const withTaint = (node: Node, key: string): Node => ({
  ...node,
  taints: [...without(node, key).taints, { key, value: '', effect: 'NoSchedule' }],
})

export const agentsOf = (
  { daemonSets, pods }: { readonly daemonSets: readonly DaemonSet[]; readonly pods: readonly Pod[] },
  { key }: TaintSettings,
): ((node: Node) => NodeAgents) => {
  const agents = daemonSets
    .filter(({ deleted }) => !deleted)
    .map((daemonSet): Agent => {
      const { namespace, name } = daemonSet
      return { name: `${namespace}/${name}`, placement: placementOf(daemonSet), readyOn: readyNodes(daemonSet, pods) }
    })
  return (node) => {
    const bare = without(node, key)
    const judged = agents.map((agent) => ({ ...agent, eligibility: judgeNode(bare, agent.placement) }))
    const wanted = judged.filter(({ eligibility }) => eligibility.run)
    const names = (ready: boolean): readonly string[] =>
      wanted.filter(({ readyOn }) => readyOn.has(node.name) === ready).map(({ name }) => name)
    return {
      ready: names(true),
      missing: names(false),
      refused: judged.filter(({ eligibility }) => !eligibility.run),
      untolerated: wanted.some(({ placement }) => !judgeNode(withTaint(node, key), placement).run),
    }
  }
}
