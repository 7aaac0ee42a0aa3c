import type { BackoffEntry } from '../cluster.ts'

/** The waits of nodes whose pods failed, between turns. */
export interface FailedPods {
  readonly entries: ReadonlyMap<string, BackoffEntry>
  add(entries: ReadonlyMap<string, BackoffEntry>): void
  /** Drops those that nothing has happened to for twice the longest wait (flowcontrol.Backoff GC). */
  sweep(nowMs: number): void
}

const IDLE_MS = 2 * 900_000

export const createFailedPods = (): FailedPods => {
  const entries = new Map<string, BackoffEntry>()
  return {
    entries,
    add: (more) => {
      for (const [key, entry] of more) entries.set(key, entry)
    },
    sweep: (nowMs) => {
      for (const [key, { updatedMs }] of entries) if (nowMs - updatedMs > IDLE_MS) entries.delete(key)
    },
  }
}
