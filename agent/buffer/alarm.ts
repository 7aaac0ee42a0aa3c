import type { Clock } from '../../lib/io/clock.ts'

/** One timer for a loop that computes anew, at each turn, when it is next due. A ring that comes too early does no harm. */
export interface Alarm {
  /** Rings in `ms` at the latest; Infinity asks for nothing. */
  set(ms: number): void
  cancel(): void
}

export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let pending: { readonly atMs: number; readonly stop: AbortController } | undefined
  const cancel = (): void => {
    pending?.stop.abort()
    pending = undefined
  }
  const set = (ms: number): void => {
    if (ms === Number.POSITIVE_INFINITY) return
    const atMs = clock.monotonic() + Math.max(0, ms)
    // Timers are dear (a promise, a signal and a listener each); a steady stream of chunks must not set one each.
    if (pending && pending.atMs <= atMs) return
    cancel()
    const mine = { atMs, stop: new AbortController() }
    pending = mine
    // setTimeout cuts fractions off: a millisecond more, or it rings just before the time.
    void clock.sleep(Math.ceil(Math.max(0, ms)), mine.stop.signal).then(() => {
      if (pending !== mine) return
      pending = undefined
      ring()
    })
  }
  return { set, cancel }
}
