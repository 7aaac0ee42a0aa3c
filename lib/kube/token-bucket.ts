import type { Clock } from '../io/clock.ts'

export interface BucketLimits {
  readonly perSecond: number
  readonly burst: number
}

export interface TokenBucket {
  /** Takes one and tells how long to wait for it, ms: 0 while there are some. Those who come later wait longer. */
  reserve(): number
  /** Takes one and resolves when it is due; early where the signal is aborted. */
  take(signal: AbortSignal): Promise<void>
}

/** As golang.org/x/time/rate: it fills steadily and holds `burst` at most. */
export const createTokenBucket = ({ perSecond, burst }: BucketLimits, clock: Clock): TokenBucket => {
  let tokens = burst
  let filledMs = clock.monotonic()

  const reserve = (): number => {
    const nowMs = clock.monotonic()
    tokens = Math.min(burst, tokens + ((nowMs - filledMs) / 1000) * perSecond)
    filledMs = nowMs
    tokens -= 1
    return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000
  }

  const take = async (signal: AbortSignal): Promise<void> => {
    const waitMs = reserve()
    if (waitMs > 0) await clock.sleep(waitMs, signal)
  }

  return { reserve, take }
}
