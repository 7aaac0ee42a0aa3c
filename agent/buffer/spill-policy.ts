/**
 * When a chunk goes to disk. In the steady state never: it is sealed, sent and forgotten in memory. It is spilled
 *
 * - when the lane is starved (all of its slots are in use and it has more to encode) and the chunk was refused once, or the
 *   output has taken nothing for `holdMs`, or the chunk has waited for `afterMs`; not while it is being sent: its memory could
 *   not be reused anyway;
 * - when one of its files is deleted and it has waited for `vanishingMs`, even while it is being sent;
 * - at a stop: at once when it cannot be flushed in order (it was refused once, the output takes nothing,
 *   or older chunks are on disk),
 *   else when the grace is over.
 */
export interface SpillLimits {
  readonly afterMs: number
  readonly holdMs: number
  readonly vanishingMs: number
}

/** `afterMs` is the default of the option spill_after. */
export const defaultSpillLimits: SpillLimits = { afterMs: 5000, holdMs: 1000, vanishingMs: 1000 }

/** A chunk in memory, and the queue around it. */
export interface SpillFacts {
  readonly mode: 'running' | 'closing' | 'stopping'
  readonly starved: boolean
  readonly sending: boolean
  readonly failedBefore: boolean
  readonly vanishing: boolean
  /** Since push(). */
  readonly waitedMs: number
  /** How long the output has taken nothing; undefined while it does. */
  readonly heldForMs: number | undefined
  readonly behindDisk: boolean
}

const whenStarved = (facts: SpillFacts, limits: SpillLimits): number => {
  if (!facts.starved || facts.sending) return Number.POSITIVE_INFINITY
  if (facts.failedBefore) return 0
  const held = facts.heldForMs === undefined ? Number.POSITIVE_INFINITY : limits.holdMs - facts.heldForMs
  return Math.min(held, limits.afterMs - facts.waitedMs)
}

const whenClosing = (facts: SpillFacts): number => {
  if (facts.mode === 'stopping') return 0
  if (facts.mode === 'running' || facts.sending) return Number.POSITIVE_INFINITY
  return facts.heldForMs !== undefined || facts.failedBefore || facts.behindDisk ? 0 : Number.POSITIVE_INFINITY
}

/** Milliseconds until this chunk is to be spilled, if nothing changes: 0 is now, Infinity never. */
export const spillInMs = (facts: SpillFacts, limits: SpillLimits): number => {
  const vanishing = facts.vanishing ? limits.vanishingMs - facts.waitedMs : Number.POSITIVE_INFINITY
  return Math.max(0, Math.min(vanishing, whenStarved(facts, limits), whenClosing(facts)))
}
