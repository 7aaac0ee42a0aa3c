import type { Clock } from '../../lib/io/clock.ts'

export interface HeldOutput {
  readonly output: string
  /** Only this data stream of the output is held. */
  readonly stream?: string
  readonly reason: string
  readonly forMs: number
}

/** Which outputs, or data streams of them, take nothing at this moment, why, and for how long: for people who look at /readyz. */
export interface HeldOutputs {
  hold(output: string, reason: string, stream?: string): void
  release(output: string, stream?: string): void
  list(): HeldOutput[]
}

interface Held {
  readonly output: string
  readonly stream: string | undefined
  readonly sinceMs: number
  readonly reason: string
}

export const createHeldOutputs = (clock: Clock): HeldOutputs => {
  const held = new Map<string, Held>()
  const keyOf = (output: string, stream: string | undefined): string => `${output}\n${stream ?? ''}`
  return {
    hold: (output, reason, stream) => {
      const sinceMs = held.get(keyOf(output, stream))?.sinceMs ?? clock.monotonic()
      held.set(keyOf(output, stream), { output, stream, sinceMs, reason })
    },
    release: (output, stream) => void held.delete(keyOf(output, stream)),
    list: () =>
      [...held.values()].map(({ output, stream, reason, sinceMs }) => ({
        output,
        ...(stream !== undefined && { stream }),
        reason,
        forMs: Math.round(clock.monotonic() - sinceMs),
      })),
  }
}
