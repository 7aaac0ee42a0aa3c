import type { DaemonSet, Node, Pod, Revision } from '../cluster.ts'
import { isReady } from '../plan/availability.ts'
import { type Eligibility, judgeNode, placementOf } from '../plan/eligibility.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'
import { currentRevision } from '../plan/revision-data.ts'
import { type Judgement, lonePod, noLivePod, surgePair } from './judge-pods.ts'
import { firstKept, isTerminal, podsByNode } from './own-pods.ts'
import type { Reason } from './reason.ts'

/** The last thing that Picket did about a node. */
export interface Deed {
  readonly kind: 'created' | 'deleted' | 'force_deleted'
  readonly atMs: number
  readonly words: string
}

export interface CoverageInput {
  readonly nowMs: number
  readonly daemonSet: DaemonSet
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  readonly revisions: readonly Revision[]
  /** Per node: since when it is known that it has no pod. */
  readonly missingSinceMs: ReadonlyMap<string, number>
  /** Per node. */
  readonly deeds: ReadonlyMap<string, Deed>
  /** By uid, pods that run and whose agents deliver nothing. */
  readonly shipsNothing: ReadonlyMap<string, { readonly words: string; readonly sinceMs: number }>
}

export interface CoverageRow {
  readonly node: string
  readonly eligibility: Omit<Eligibility, 'rule'> & { readonly rule: Eligibility['rule'] | 'no_such_node' }
  /** `misplaced`: a pod is where none belongs. */
  readonly state: 'covered' | 'not_covered' | 'not_eligible' | 'misplaced'
  /** Always there where the node is not covered or has a misplaced pod. */
  readonly reason: Reason | undefined
  /** Of the reason; undefined: the cluster does not say. */
  readonly sinceMs: number | undefined
  /** The pod that is spoken of. */
  readonly pod: Pod | undefined
  readonly deed: Deed | undefined
}

const NO_SUCH_NODE = { run: false, keep: false, rule: 'no_such_node', detail: 'there is no such node' } as const

const shuttingDown = /\bnode is shutting down\b/

/** The kubelet's graceful shutdown says so in the Ready condition (pkg/kubelet/nodeshutdown, kubelet_node_status.go). */
const isShuttingDown = ({ ready }: Node): boolean => ready?.status === 'False' && shuttingDown.test(ready.message)

const known = (ms: number | undefined): number | undefined => (ms ? ms : undefined)

interface Context {
  readonly input: CoverageInput
  /** '' where no revision of the template exists. */
  readonly wantedHash: string
}

/** Several live pods count as one where one of them is Ready; two are as they should be while a surge replaces the old one. */
const judgeLive = (live: readonly Pod[], node: Node, { input, wantedHash }: Context): Judgement => {
  const first = (live.find(isReady) ?? firstKept(live)) as Pod
  const alone = lonePod(first, node, { wantedHash, shipsNothing: input.shipsNothing.get(first.uid) })
  if (live.length === 1 || alone.state === 'not_covered' || surgePair(live, input.daemonSet, wantedHash)) return alone
  const pods = live.map(({ name }) => name).sort()
  return {
    state: 'covered',
    reason: { kind: 'duplicate', pods },
    sinceMs: known(Math.max(...live.map((p) => p.createdMs))),
    pod: first,
  }
}

const judgeEligible = (node: Node, pods: readonly Pod[], context: Context): Judgement => {
  // An ended pod that is also deleted is nothing any more, whatever finalizer keeps it (kubernetes#118716).
  const counted = pods.filter((pod) => pod.deletedMs === undefined || !isTerminal(pod))
  const live = counted.filter((pod) => pod.deletedMs === undefined && !isTerminal(pod))
  const judged = live.length > 0 ? judgeLive(live, node, context) : noLivePod(counted, node, context.input.nowMs)
  if (judged.state === 'covered' || !isShuttingDown(node))
    return judged.reason?.kind === 'no_pod'
      ? { ...judged, sinceMs: context.input.missingSinceMs.get(node.name) }
      : judged
  return { ...judged, reason: { kind: 'node_shutting_down' }, sinceMs: known(node.ready?.sinceMs) }
}

const judgeIneligible = ({ rule, detail, keep }: CoverageRow['eligibility'], pods: readonly Pod[]): Judgement => {
  const there = firstKept(pods.filter((pod) => !isTerminal(pod)))
  if (there) {
    const reason: Reason = { kind: 'not_eligible_but_there', words: detail, stays: keep }
    return { state: 'misplaced', reason, sinceMs: undefined, pod: there }
  }
  const reason: Reason | undefined =
    rule === 'untolerated_taint' ? { kind: 'untolerated_taint', words: detail } : undefined
  return { state: 'not_eligible', reason, sinceMs: undefined, pod: undefined }
}

/** Pods whose node is gone: PodGC's and the guard's work, and nothing that a user could see anywhere else. */
const judgeLost = (pods: readonly Pod[]): Judgement => {
  const pod = firstKept(pods)
  const ending = pods.find((p) => p.deletedMs !== undefined)
  const reason: Reason = ending
    ? { kind: 'terminating_on_lost_node', words: NO_SUCH_NODE.detail }
    : { kind: 'not_eligible_but_there', words: NO_SUCH_NODE.detail, stays: false }
  return { state: 'misplaced', reason, sinceMs: ending?.deletedMs, pod: ending ?? pod }
}

/** A row per node, in the nodes' order, then one per node that is gone and still has pods. Linear in nodes and pods. */
export const coverage = (input: CoverageInput): readonly CoverageRow[] => {
  const placement = placementOf(input.daemonSet)
  const wantedHash = currentRevision(input.daemonSet, input.revisions)?.labels[HASH_LABEL] ?? ''
  const byNode = podsByNode(input.daemonSet, input.pods)
  const names = new Set(input.nodes.map(({ name }) => name))
  const rows = input.nodes.map((node): CoverageRow => {
    const eligibility = judgeNode(node, placement)
    const pods = byNode.get(node.name) ?? []
    const judged = eligibility.run
      ? judgeEligible(node, pods, { input, wantedHash })
      : judgeIneligible(eligibility, pods)
    return { node: node.name, eligibility, ...judged, deed: input.deeds.get(node.name) }
  })
  const lost = [...byNode].filter(([node]) => !names.has(node))
  const lostRows = lost.map(
    ([node, pods]): CoverageRow => ({
      node,
      eligibility: NO_SUCH_NODE,
      ...judgeLost(pods),
      deed: input.deeds.get(node),
    }),
  )
  return [...rows, ...lostRows.sort((a, b) => (a.node < b.node ? -1 : 1))]
}
