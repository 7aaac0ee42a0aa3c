import type { Clock } from '../io/clock.ts'

export interface RateLimit {
  readonly burst: number
  readonly windowMs: number
}

export interface RateLimiter {
  /** true: this line may pass. A kind's window opens with its first line and ends windowMs later. */
  admit(kind: string): boolean
  /** Reports every open window's suppressed lines now and stops waiting for their ends. */
  close(): void
}

interface Window {
  readonly endsMs: number
  admitted: number
  suppressed: number
}

/**
 * Keeps one kind of line from filling the log that the process itself tails (a loop that feeds on its own output never ends).
 * `report` is called once per window that suppressed something, at the window's end.
 */
export const createRateLimiter = (
  limit: RateLimit,
  clock: Clock,
  report: (kind: string, suppressed: number) => void,
): RateLimiter => {
  const windows = new Map<string, Window>()
  const closing = new AbortController()

  const finish = (kind: string, window: Window): void => {
    if (windows.get(kind) !== window) return
    windows.delete(kind)
    if (window.suppressed > 0) report(kind, window.suppressed)
  }

  // Only a window that suppressed something needs a timer: its report must not wait for the next line of its kind.
  const finishLater = async (kind: string, window: Window): Promise<void> => {
    await clock.sleep(window.endsMs - clock.monotonic(), closing.signal)
    finish(kind, window)
  }

  const open = (kind: string): Window => {
    const found = windows.get(kind)
    if (found && clock.monotonic() < found.endsMs) return found
    if (found) finish(kind, found)
    const fresh = { endsMs: clock.monotonic() + limit.windowMs, admitted: 0, suppressed: 0 }
    windows.set(kind, fresh)
    return fresh
  }

  const admit = (kind: string): boolean => {
    const window = open(kind)
    if (window.admitted < limit.burst) {
      window.admitted++
      return true
    }
    if (window.suppressed++ === 0 && !closing.signal.aborted) void finishLater(kind, window)
    return false
  }

  const close = (): void => {
    closing.abort()
    for (const [kind, window] of [...windows]) finish(kind, window)
  }

  return { admit, close }
}
