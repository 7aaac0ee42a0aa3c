import type { ClusterEvent, DaemonSet, Node, Pod, Taint, TaintNode } from '../cluster.ts'
import { AGENT_SEEN_ANNOTATION } from './agent-seen.ts'
import { type Judgement, judgeTaint } from './judge-taint.ts'
import { agentsOf, type NodeAgents } from './node-agents.ts'
import type { TaintSettings } from './settings.ts'
import { untoleratedBy } from './untolerated.ts'

export interface TaintObservation {
  readonly nowMs: number
  readonly nodes: readonly Node[]
  /** Whose pods a node waits for: all for which it is eligible. */
  readonly daemonSets: readonly DaemonSet[]
  /** Of those DaemonSets, and possibly others. */
  readonly pods: readonly Pod[]
}

/** Kept by the process between two plans, and only what may be lost. */
export interface TaintMemory {
  /** Since when a node's agent has not been Ready, as far as we have seen; by the node's uid. */
  readonly missingSinceMs: ReadonlyMap<string, number>
  /** DaemonSets by uid whose lack of a toleration has been said. */
  readonly told: ReadonlySet<string>
}

export const NO_TAINT_MEMORY: TaintMemory = { missingSinceMs: new Map(), told: new Set() }

/** The event is true once the action has succeeded. */
export interface TaintStep {
  readonly action: TaintNode
  readonly event: ClusterEvent
}

export interface TaintPlan {
  /** Each for itself. */
  readonly steps: readonly TaintStep[]
  readonly events: readonly ClusterEvent[]
  readonly memory: TaintMemory
  readonly requeueAfterMs: number | undefined
}

const startupTaint = ({ key }: TaintSettings): Taint => ({ key, value: '', effect: 'NoSchedule' })

/** The taint as it is there: its value is whatever the node was started with. */
const existing = (node: Node, { key }: TaintSettings): Taint | undefined =>
  node.taints.find((taint) => taint.key === key && taint.effect === 'NoSchedule')

const eventOn = (node: Node, { kind, why }: Pick<TaintNode, 'kind' | 'why'>, key: string): ClusterEvent => ({
  about: { kind: 'Node', identity: { namespace: '', name: node.name, uid: node.uid } },
  type: kind === 'remove_taint' ? 'Normal' : 'Warning',
  reason: kind === 'remove_taint' ? 'StartupTaintRemoved' : 'StartupTaintAdded',
  message: `Taint ${key}: ${why}`,
})

const actionOf = (node: Node, judgement: Judgement, settings: TaintSettings, nowMs: number): TaintNode | undefined => {
  const found = existing(node, settings)
  const { kind, why } = judgement
  if (kind === 'let_go' && found) {
    const annotations = { [AGENT_SEEN_ANNOTATION]: new Date(nowMs).toISOString() }
    return { kind: 'remove_taint', node, taint: found, annotations, why }
  }
  if (kind !== 'hold_back' || found) return undefined
  // With the mark a controller in bootstrap mode would leave the taint there for ever.
  const annotations = AGENT_SEEN_ANNOTATION in node.annotations ? { [AGENT_SEEN_ANNOTATION]: null } : {}
  return { kind: 'add_taint', node, taint: startupTaint(settings), annotations, why }
}

interface NodeTurn {
  readonly node: Node
  readonly action: TaintNode | undefined
  readonly missingSinceMs: number | undefined
  readonly againAtMs: number | undefined
}

const turnOf = (
  node: Node,
  agents: NodeAgents,
  seen: TaintObservation & TaintMemory,
  settings: TaintSettings,
): NodeTurn => {
  const missingSinceMs = agents.missing.length > 0 ? (seen.missingSinceMs.get(node.uid) ?? seen.nowMs) : undefined
  const tainted = existing(node, settings) !== undefined
  const judgement = judgeTaint({ node, agents, tainted, missingSinceMs, nowMs: seen.nowMs }, settings)
  return {
    node,
    missingSinceMs,
    action: actionOf(node, judgement, settings, seen.nowMs),
    againAtMs: judgement.againAtMs,
  }
}

const sinceOf = (turns: readonly NodeTurn[], { mode }: TaintSettings): ReadonlyMap<string, number> =>
  new Map(
    turns.flatMap(({ node, missingSinceMs }): [string, number][] =>
      missingSinceMs === undefined || mode === 'bootstrap' ? [] : [[node.uid, missingSinceMs]],
    ),
  )

const soonest = (turns: readonly NodeTurn[], nowMs: number): number | undefined => {
  const times = turns.flatMap(({ againAtMs }) => againAtMs ?? [])
  return times.length === 0 ? undefined : times.reduce((least, atMs) => Math.min(least, atMs)) - nowMs
}

/** Which nodes lose the startup taint now, and which get it. A node that is on its way out is left alone. */
export const planTaint = (observation: TaintObservation, settings: TaintSettings, memory: TaintMemory): TaintPlan => {
  const { nodes, nowMs } = observation
  const seen = { ...observation, ...memory }
  const agents = agentsOf(observation, settings)
  const turns = nodes.filter(({ deleted }) => !deleted).map((node) => turnOf(node, agents(node), seen, settings))
  const actions = turns.flatMap(({ action }) => action ?? [])
  const untolerated = untoleratedBy(observation.daemonSets, startupTaint(settings), nodes)
  const news = untolerated.filter(({ uid }) => !memory.told.has(uid))
  return {
    steps: actions.map((action) => ({ action, event: eventOn(action.node, action, settings.key) })),
    events: news.map(({ event }) => event),
    memory: { missingSinceMs: sinceOf(turns, settings), told: new Set(untolerated.map(({ uid }) => uid)) },
    requeueAfterMs: soonest(turns, nowMs),
  }
}
