import type { Clock } from '../../lib/io/clock.ts'

const PERIOD_MS = 1000
const REMEMBERED_PERIODS = 60

export interface LoopDelay {
  /** Longest delay within the last minute, ms. */
  longestMs(): number
  /** Ends with the signal. */
  run(signal: AbortSignal): Promise<void>
}

/** How late a one-second timer fires is how long others waited for the loop. One wake-up a second is all that it costs. */
export const createLoopDelay = (clock: Clock): LoopDelay => {
  const delaysMs: number[] = []
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const dueMs = clock.monotonic() + PERIOD_MS
      await clock.sleep(PERIOD_MS, signal)
      if (signal.aborted) return
      delaysMs.push(Math.max(0, clock.monotonic() - dueMs))
      if (delaysMs.length > REMEMBERED_PERIODS) delaysMs.shift()
    }
  }
  return { longestMs: () => Math.max(0, ...delaysMs), run }
}
