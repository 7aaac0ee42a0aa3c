import type { Clock } from '../../lib/io/clock.ts'

const PERIOD_MS = 1000
const REMEMBERED_PERIODS = 60

export interface LoopDelay {
  /** Longest delay within the last minute, ms. */
  longestMs(): number
  /** Ends with the signal. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * How late a one-second timer fires is how long others waited for the loop. A bare timer: with a promise and a listener for each second
 * it was a twelfth of what an idle agent costs.
 */
export const createLoopDelay = (clock: Pick<Clock, 'after' | 'monotonic'>): LoopDelay => {
  const delaysMs: number[] = []
  const run = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      let dueMs = 0
      let cancel: () => void
      const wait = (): void => {
        dueMs = clock.monotonic() + PERIOD_MS
        cancel = clock.after(PERIOD_MS, look)
      }
      const look = (): void => {
        delaysMs.push(Math.max(0, clock.monotonic() - dueMs))
        if (delaysMs.length > REMEMBERED_PERIODS) delaysMs.shift()
        wait()
      }
      const end = (): void => {
        cancel()
        resolve()
      }
      wait()
      signal.addEventListener('abort', end, { once: true })
    })
  return { longestMs: () => Math.max(0, ...delaysMs), run }
}
