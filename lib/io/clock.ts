/** Time as a seam: loops take it from here, so that tests move it by hand and never sleep. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Monotonic, ms from an arbitrary start. */
  monotonic(): number
  /** Resolves after `ms`, or at once (still resolving) when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`; returns its cancellation. Loops use it: no promise, no signal, no listener. */
  after(ms: number, call: () => void): () => void
}

/** Not node:timers/promises, which makes an error with its stack for every sleep that is cut short: loops do that all day. */
const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })

const after = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms)
  return () => clearTimeout(timer)
}

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  after,
}
