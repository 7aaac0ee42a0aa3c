import type { Clock } from '../../lib/io/clock.ts'

/**
 * How many creates and deletes were asked for and not yet seen through the watch, per DaemonSet (pkg/controller controller_utils.go
 * ControllerExpectations). Until they are, nothing more is asked for.
 */
export interface Expectations {
  /** In place of whatever was expected before. */
  expect(key: string, creates: number, deletes: number): void
  creationObserved(key: string): void
  deletionObserved(key: string): void
  /** Creates that will not be tried after all. */
  lower(key: string, creates: number): void
  satisfied(key: string): boolean
  forget(key: string): void
}

/** ExpectationsTimeout: an event that was lost must not stop a DaemonSet for good. */
const EXPIRY_MS = 300_000

interface Expected {
  creates: number
  deletes: number
  readonly atMs: number
}

export const createExpectations = (clock: Clock): Expectations => {
  const expected = new Map<string, Expected>()

  const lower = (key: string, creates: number, deletes: number): void => {
    const one = expected.get(key)
    if (!one) return
    // Below zero is well: a pod that somebody else made was seen too.
    one.creates -= creates
    one.deletes -= deletes
  }

  const satisfied = (key: string): boolean => {
    const one = expected.get(key)
    return !one || (one.creates <= 0 && one.deletes <= 0) || clock.monotonic() - one.atMs > EXPIRY_MS
  }

  return {
    expect: (key, creates, deletes) => void expected.set(key, { creates, deletes, atMs: clock.monotonic() }),
    creationObserved: (key) => lower(key, 1, 0),
    deletionObserved: (key) => lower(key, 0, 1),
    lower: (key, creates) => lower(key, creates, 0),
    satisfied,
    forget: (key) => void expected.delete(key),
  }
}
