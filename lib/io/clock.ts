import { setTimeout as sleepFor } from 'node:timers/promises'

/** Time as a seam: loops take it from here, so that tests move it by hand and never sleep. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Monotonic, ms from an arbitrary start. */
  monotonic(): number
  /** Resolves after `ms`, or at once (still resolving) when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}
