import type { PodAction } from '../cluster.ts'
import { podBody } from '../plan/pod-body.ts'
import { DONE, type News } from './guard-events.ts'
import type { Need, NodeMemory } from './guard-memory.ts'
import type { Step, Turn } from './guard-turn.ts'
import { attempted } from './need.ts'
import { reasonWords } from './reason.ts'

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

const whyOf = (need: Need, { row, memory }: Step, { input, hash }: Turn): string => {
  if (need.kind === 'force_delete') return `takes pod ${need.pod.name} away: its node is gone, nobody else will end it`
  if (need.kind === 'delete' && row.reason) return `deletes pod ${need.pod.name}: ${reasonWords(row.reason)}`
  const missing = seconds(input.monotonicMs - (memory.need?.sinceMs ?? input.monotonicMs))
  return `makes the missing pod, there was none for ${missing}${hash === undefined ? '; without a hash' : ''}`
}

const actionOf = (need: Need, step: Step, turn: Turn): PodAction => {
  const why = whyOf(need, step, turn)
  if (need.kind === 'delete') return { kind: 'delete_pod', pod: need.pod, why }
  if (need.kind === 'force_delete') return { kind: 'delete_pod', pod: need.pod, why, graceSeconds: 0 }
  const { node } = step.row
  return { kind: 'create_pod', node, body: podBody(turn.input.observation.daemonSet, node, turn.hash), why }
}

const deedOf = (need: Need, words: string, atMs: number): NodeMemory['deed'] => {
  const kind = need.kind === 'create' ? 'created' : need.kind === 'delete' ? 'deleted' : 'force_deleted'
  return { kind, atMs, words }
}

interface Done {
  readonly action: PodAction
  readonly news: News
  readonly memory: NodeMemory
}

/** What is asked for, what is said of it, and what is remembered. */
export const carryOut = (need: Need, step: Step, turn: Turn): Done => {
  const action = actionOf(need, step, turn)
  const { nowMs } = turn.input.observation
  const { node } = step.row
  return {
    action,
    news: {
      type: need.kind === 'create' ? 'Normal' : 'Warning',
      reason: DONE[need.kind],
      node,
      words: action.why,
      alike: '',
      after: action,
    },
    memory: {
      ...attempted(need, step.memory, turn.settings, turn.input.monotonicMs),
      deed: deedOf(need, action.why, nowMs),
    },
  }
}
