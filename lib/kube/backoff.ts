/** Waits between tries, ms. */
export interface Backoff {
  readonly baseMs: number
  readonly capMs: number
}

/** Never less than this between two failed tries, whatever the dice say: a loop that cannot spin. */
export const MIN_WAIT_MS = 50

/** Full jitter: anything between nothing and an exponentially growing bound, so that a thousand agents do not return at once. */
export const backoffMs = (failures: number, { baseMs, capMs }: Backoff, random: () => number): number =>
  Math.max(MIN_WAIT_MS, Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30))))
