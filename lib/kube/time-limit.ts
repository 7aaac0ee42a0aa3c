import type { Clock } from '../io/clock.ts'

/** Runs `work` with a signal that is aborted together with `signal`, or after `ms`; then the error says so. */
export const withTimeLimit = async <R>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<R>,
): Promise<R> => {
  const limit = new AbortController()
  const done = new AbortController()
  void clock.sleep(ms, done.signal).then(() => {
    if (!done.signal.aborted) limit.abort(new Error(`not answered within ${ms} ms`))
  })
  try {
    return await work(AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error
  } finally {
    done.abort()
  }
}
