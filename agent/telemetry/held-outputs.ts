import type { Clock } from '../../lib/io/clock.ts'

export interface HeldOutput {
  readonly output: string
  readonly reason: string
  readonly forMs: number
}

/** Which outputs take nothing at this moment, why, and for how long: for people who look at /readyz. */
export interface HeldOutputs {
  hold(output: string, reason: string): void
  release(output: string): void
  list(): HeldOutput[]
}

export const createHeldOutputs = (clock: Clock): HeldOutputs => {
  const held = new Map<string, { readonly sinceMs: number; readonly reason: string }>()
  return {
    hold: (output, reason) =>
      void held.set(output, { sinceMs: held.get(output)?.sinceMs ?? clock.monotonic(), reason }),
    release: (output) => void held.delete(output),
    list: () =>
      [...held].map(([output, { sinceMs, reason }]) => ({
        output,
        reason,
        forMs: Math.round(clock.monotonic() - sinceMs),
      })),
  }
}
