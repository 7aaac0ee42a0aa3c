/**
 * A file that cannot be read for now. A failed read is no loss: a disk behind a path that failed over, a network disk that
 * reconnects, a handle too few, a permission taken away by mistake all come back. So it is tried again, after a delay that
 * grows, as long as the file is there; what lies before the failing place is read meanwhile. Pure.
 */
export interface Trouble {
  readonly sinceMs: number
  readonly attempts: number
  readonly nextTryMs: number
  /** What failed: a read at this offset, opening it again, or looking at it. */
  readonly at: number | 'open' | 'look'
  /** Until `nextTryMs` has come; then one try is free. */
  waiting: boolean
}

const firstDelayMs = 1_000
const longestDelayMs = 60_000

/** A run that ends (`--once`) tries so often, half a minute in all; so does whatever holds up others. */
export const patientTries = 5

export const retryDelayMs = (attempts: number): number =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 16))

export const worse = (before: Trouble | undefined, at: Trouble['at'], nowMs: number): Trouble => {
  const attempts = (before?.attempts ?? 0) + 1
  const nextTryMs = nowMs + retryDelayMs(attempts)
  return { sinceMs: before?.sinceMs ?? nowMs, attempts, nextTryMs, at, waiting: true }
}

/** How much of `want` bytes from `offset` may be tried: all that lies before the failing place. */
export const allowed = (trouble: Trouble, offset: number, want: number): number => {
  if (!trouble.waiting) return want
  return typeof trouble.at === 'number' ? Math.min(want, Math.max(0, trouble.at - offset)) : 0
}

/** Whether a read of `got` bytes from `offset` of `size` shows that it is over. */
export const isOver = ({ at, waiting }: Trouble, offset: number, got: number, size: number): boolean =>
  typeof at === 'number' ? offset <= at && at < offset + got : at === 'look' && !waiting && offset + got >= size

/** EINTR and EAGAIN say nothing of the file: at once again (signal(7), "Interruption of system calls"). */
export const isMomentary = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EINTR' || code === 'EAGAIN'
}
