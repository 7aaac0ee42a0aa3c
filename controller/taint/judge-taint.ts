import type { Node } from '../cluster.ts'
import { AGENT_SEEN_ANNOTATION } from './agent-seen.ts'
import type { NodeAgents } from './node-agents.ts'
import type { TaintSettings } from './settings.ts'

export interface TaintQuestion {
  readonly node: Node
  readonly agents: NodeAgents
  /** The taint is there. */
  readonly tainted: boolean
  readonly missingSinceMs: number | undefined
  readonly nowMs: number
}

export interface Judgement {
  readonly kind: 'let_go' | 'hold_back' | 'leave'
  readonly why: string
  /** Time alone changes it then. */
  readonly againAtMs: number | undefined
}

const leave = (againAtMs?: number): Judgement => ({ kind: 'leave', why: '', againAtMs })
const letGo = (why: string): Judgement => ({ kind: 'let_go', why, againAtMs: undefined })

/** Taints that a node gets rid of by itself while it starts or recovers; no workload that is not meant to comes until then. */
const PASSING = /^(node\.kubernetes\.io|node\.cloudprovider\.kubernetes\.io)\//
/** Others may be a starting node's too (a network's, a driver's). For so long it is thought to be starting. */
const STARTING_MS = 10 * 60_000

/** The labels that an agent is selected by may be missing as long, too: a cloud's come when it takes off its own taint (uninitialized). */
const isPassing = ({ taints }: Node): boolean => taints.some(({ key }) => PASSING.test(key))

const isTaintOnly = ({ refused }: NodeAgents): boolean =>
  refused.some(({ eligibility }) => eligibility.rule === 'untolerated_taint')

/** No agent is to come as things are. A node is not to be blocked for ever by that, nor let go a moment before it becomes eligible. */
const judgeUneligible = ({ node, agents, nowMs }: TaintQuestion): Judgement => {
  if (agents.refused.length === 0) return leave()
  if (isPassing(node)) return leave()
  const untilMs = node.createdMs + STARTING_MS
  if (isTaintOnly(agents) && nowMs < untilMs) return leave(untilMs)
  const reasons = agents.refused.map(({ name, eligibility }) => `${name}: ${eligibility.detail}`)
  return letGo(`taken off, for no agent is to run here (${reasons.join('; ')})`)
}

const judgePutBack = ({ agents, tainted, missingSinceMs, node, nowMs }: TaintQuestion, after: number): Judgement => {
  // A DaemonSet that does not tolerate it would be kept away for ever; a node that is not ready takes nothing anyway.
  if (tainted || agents.untolerated || missingSinceMs === undefined || node.ready?.status !== 'True') return leave()
  const atMs = missingSinceMs + after
  if (nowMs < atMs) return leave(atMs)
  const why = `put on, for ${agents.missing.join(', ')} has had no Ready pod here for ${Math.round((nowMs - missingSinceMs) / 1000)} s`
  return { kind: 'hold_back', why, againAtMs: undefined }
}

export const judgeTaint = (question: TaintQuestion, { mode, backAfterMs }: TaintSettings): Judgement => {
  const { node, agents, tainted } = question
  if (mode === 'bootstrap' && (!tainted || AGENT_SEEN_ANNOTATION in node.annotations)) return leave()
  if (agents.missing.length > 0) return mode === 'continuous' ? judgePutBack(question, backAfterMs) : leave()
  if (!tainted) return leave()
  return agents.ready.length > 0
    ? letGo(`taken off, for the node’s agent is Ready (${agents.ready.join(', ')})`)
    : judgeUneligible(question)
}
