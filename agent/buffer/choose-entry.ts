import type { Entry } from './entry.ts'

/** Chunks of which something waits for its own backoff, with the positions of what is left: more are not begun, so that these stay few. */
export const OPEN_MAX = 64

export interface Choice {
  readonly nowMs: number
  /** The second oldest, where there is one: the oldest may be what the output chokes on. */
  readonly second: boolean
  /** What is on disk is safe where it is: at a stop the time is for what is in memory. */
  readonly memoryOnly: boolean
  /** How long nothing may be sent to this data stream, ms. */
  readonly heldMs: (stream: string) => number
}

/** The oldest entry that may be sent, or for how long none may be. `entries`: oldest first. */
export const chooseEntry = (entries: Iterable<Entry>, choice: Choice): Entry | number => {
  const { nowMs, second, memoryOnly, heldMs } = choice
  let waitMs = Number.POSITIVE_INFINITY
  let first: Entry | undefined
  let open = 0
  for (const entry of entries) {
    if (entry.phase === 'sending' || (memoryOnly && entry.place.kind === 'disk')) continue
    const held = entry.waitsFor === undefined ? 0 : heldMs(entry.waitsFor)
    if (held > 0) {
      waitMs = Math.min(waitMs, held)
    } else if (entry.notBeforeMs > nowMs) {
      waitMs = Math.min(waitMs, entry.notBeforeMs - nowMs)
      open++
    } else if (open < OPEN_MAX || entry.attempt > 0) {
      if (first || !second) return entry
      first = entry
    }
  }
  return first ?? waitMs
}
