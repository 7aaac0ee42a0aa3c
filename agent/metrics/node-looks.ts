import type { MetricFamily } from '../event.ts'
import { type Look, lookAt } from './documents/look.ts'

export interface NodeLooksDeps {
  readonly collect: () => Promise<readonly MetricFamily[]>
  readonly nowMonotonicMs: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly looked: (now: Look, before: Look | undefined) => void
}

/** What comes first; a collector that hangs must not hold up a stop. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const stop = (): void => resolve(undefined)
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}

/**
 * Looks at the node once a period until aborted. A period that was missed (the process was stopped, a collector hung) is not made up for: the
 * next look tells of all that was counted since the last.
 */
export const runNodeLooks = async (periodMs: number, deps: NodeLooksDeps, signal: AbortSignal): Promise<void> => {
  const { nowMonotonicMs } = deps
  let before: Look | undefined
  let dueMs = nowMonotonicMs()
  while (!signal.aborted) {
    const families = await unlessAborted(deps.collect(), signal)
    if (!families || signal.aborted) return
    const now = lookAt(families, nowMonotonicMs())
    deps.looked(now, before)
    before = now
    const missed = Math.floor((nowMonotonicMs() - dueMs) / periodMs)
    dueMs += (Math.max(0, missed) + 1) * periodMs
    await deps.sleep(dueMs - nowMonotonicMs(), signal)
  }
}
