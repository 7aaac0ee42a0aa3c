import type { Clock } from '../../lib/io/clock.ts'

/** One timer for a loop that computes anew, at each turn, when it is next due. A ring that comes too early does no harm. */
export interface Alarm {
  /** Rings in `ms` at the latest; Infinity asks for nothing. */
  set(ms: number): void
  cancel(): void
}

export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let pending: { readonly atMs: number; readonly stop: () => void } | undefined
  const cancel = (): void => {
    pending?.stop()
    pending = undefined
  }
  const rung = (): void => {
    pending = undefined
    ring()
  }
  const set = (ms: number): void => {
    if (ms === Number.POSITIVE_INFINITY) return
    const atMs = clock.monotonic() + Math.max(0, ms)
    // A steady stream of chunks must not set a timer each.
    if (pending && pending.atMs <= atMs) return
    cancel()
    // setTimeout cuts fractions off: a millisecond more, or it rings just before the time.
    pending = { atMs, stop: clock.after(Math.ceil(Math.max(0, ms)), rung) }
  }
  return { set, cancel }
}
