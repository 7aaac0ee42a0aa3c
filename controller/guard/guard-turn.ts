import type { Node, Observation } from '../cluster.ts'
import { isFrozen } from '../rollout/settings.ts'
import type { CoverageInput, CoverageRow } from './coverage.ts'
import { tellInMs } from './guard-events.ts'
import type { Need, NodeMemory } from './guard-memory.ts'
import { dueInMs, type GuardSettings } from './need.ts'

export interface GuardInput {
  readonly observation: Observation
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: number
  /** By that clock, when the guard last saw the built-in controller say FailedCreate: quota or a webhook would refuse ours too. */
  readonly failedCreateMs: number | undefined
  readonly shipsNothing: CoverageInput['shipsNothing']
}

/** A node in this turn. */
export interface Step {
  readonly row: CoverageRow
  readonly need: Need | undefined
  readonly memory: NodeMemory
}

export interface Turn {
  readonly input: GuardInput
  readonly settings: GuardSettings
  readonly nodes: ReadonlyMap<string, Node>
  readonly hash: string | undefined
}

/** As many as the built-in controller makes and deletes in one turn (daemon_controller.go BurstReplicas). */
const BURST = 250
/** What the burst left over. */
const NEXT_TURN_MS = 1000

/** Nothing is done at all: it is another's to do, what was asked for has not been seen yet, or the owner wants stillness. */
const isHeld = ({ input: { observation }, settings }: Turn): boolean =>
  !settings.acts || !observation.satisfied || isFrozen(observation.daemonSet.annotations)

const waitMs = ({ need, memory }: Step, { input, settings }: Turn): number => {
  if (!need) return Number.POSITIVE_INFINITY
  const { nowMs } = input.observation
  const due = dueInMs(need, memory, settings, { nowMs, monotonicMs: input.monotonicMs })
  if (need.kind !== 'create' || input.failedCreateMs === undefined) return due
  return Math.max(due, input.failedCreateMs + settings.takeoverAfterMs - input.monotonicMs)
}

/** Those whose time has come, creations and deletions cut to a burst each. */
export const dueSteps = (steps: readonly Step[], turn: Turn): readonly Step[] => {
  if (isHeld(turn)) return []
  const due = steps.filter((step) => waitMs(step, turn) <= 0)
  const creations = due.filter(({ need }) => need?.kind === 'create').slice(0, BURST)
  const deletions = due.filter(({ need }) => need?.kind !== 'create').slice(0, BURST)
  return [...deletions, ...creations]
}

/** When to look again though nothing happens. */
export const soonest = (steps: readonly Step[], turn: Turn): number | undefined => {
  const telling = { takeoverAfterMs: turn.settings.takeoverAfterMs, monotonicMs: turn.input.monotonicMs }
  const held = isHeld(turn)
  let first = Number.POSITIVE_INFINITY
  for (const step of steps) {
    const act = held ? Number.POSITIVE_INFINITY : waitMs(step, turn)
    first = Math.min(first, act <= 0 ? NEXT_TURN_MS : act, tellInMs(step.memory, telling) ?? Number.POSITIVE_INFINITY)
  }
  return Number.isFinite(first) ? first : undefined
}
