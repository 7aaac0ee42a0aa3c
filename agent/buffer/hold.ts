/** The output takes nothing for now. One request at a time is tried until one is taken. */
export interface Hold {
  readonly sinceMs: number
  /** Number of the first request that was started during the hold. */
  readonly firstTry: number
  /** Tries that failed. */
  readonly attempt: number
  /** When the next try is due. */
  readonly untilMs: number
  readonly reason: string
  readonly needsHuman: boolean
}

export interface Refusal {
  /** Requests are numbered as they are started. */
  readonly request: number
  readonly nextRequest: number
  /** Monotonic, as all times here. */
  readonly nowMs: number
  readonly reason: string
  readonly needsHuman: boolean
  readonly retryAfterMs: number | undefined
}

/** A proxy's nonsense (a Retry-After of days) must not stop a node's logs for days. */
export const RETRY_AFTER_MAX_MS = 600_000

/** The hold after a refusal. Requests that were on their way when the hold began add nothing to it. */
export const holdAfterRefusal = (
  hold: Hold | undefined,
  refusal: Refusal,
  backoff: (attempt: number) => number,
): Hold => {
  if (hold && refusal.request < hold.firstTry) return hold
  const attempt = (hold?.attempt ?? 0) + 1
  const waitMs = Math.max(1, backoff(attempt), Math.min(refusal.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS))
  return {
    sinceMs: hold?.sinceMs ?? refusal.nowMs,
    firstTry: hold?.firstTry ?? refusal.nextRequest,
    attempt,
    untilMs: refusal.nowMs + waitMs,
    reason: refusal.reason,
    needsHuman: refusal.needsHuman,
  }
}

/** Only a request that was started during the hold ends it: an older one says nothing about now. */
export const holdAfterSuccess = (hold: Hold | undefined, request: number): Hold | undefined =>
  hold && request < hold.firstTry ? hold : undefined
