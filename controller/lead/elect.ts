import { type Candidate, type CandidateDeps, type CandidateOptions, createCandidate } from './candidate.ts'

export interface ElectionOptions extends Omit<CandidateOptions, 'answerMs'> {
  /** A leader that could not renew for so long is one no more: less than durationMs, so that two never lead at once. */
  readonly renewDeadlineMs: number
  /** Between renewals, and between looks of those who wait. */
  readonly retryMs: number
}

export interface ElectionDeps extends CandidateDeps {
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

/** client-go JitterFactor: candidates that began together do not stay together. */
const JITTER = 1.2

const acquired = async (
  candidate: Candidate,
  { renewDeadlineMs, retryMs }: ElectionOptions,
  { clock, random }: ElectionDeps,
  signal: AbortSignal,
): Promise<number | undefined> => {
  while (!signal.aborted) {
    const standing = await candidate.turn(signal)
    // An answer that was long under way is of a lease that may be about to end.
    if (standing.kind === 'ours' && clock.monotonic() - standing.confirmedMs < renewDeadlineMs)
      return standing.confirmedMs
    const pauseMs = retryMs * (1 + random() * JITTER)
    // The moment at which it may be taken is known: no need to sleep past it.
    await clock.sleep(standing.kind === 'others' ? Math.min(pauseMs, standing.forMs) : pauseMs, signal)
  }
  return undefined
}

/**
 * Renews until `over`, and aborts `lost` where it could not in time or somebody else has the lease. The time is a timer's, whatever a request
 * that hangs is about.
 */
const keep = async (
  candidate: Candidate,
  options: ElectionOptions,
  { clock }: ElectionDeps,
  { confirmedMs, lost, over }: { confirmedMs: number; lost: AbortController; over: AbortSignal },
): Promise<void> => {
  const ended = AbortSignal.any([lost.signal, over])
  const lose = (): void => lost.abort()
  const deadline = (sinceMs: number): (() => void) =>
    clock.after(sinceMs + options.renewDeadlineMs - clock.monotonic(), lose)
  let cancel = deadline(confirmedMs)
  while (!ended.aborted) {
    await clock.sleep(options.retryMs, ended)
    if (ended.aborted) break
    const standing = await candidate.turn(ended)
    if (standing.kind === 'others') lose()
    if (standing.kind !== 'ours') continue
    cancel()
    cancel = deadline(standing.confirmedMs)
  }
  cancel()
}

/**
 * Waits until the lease is ours, and leads then: runs `work` with a signal that is aborted when `signal` is, or because the lease could not
 * be renewed in time ('lost': nothing may be done any more, and `work` is not waited for). Else the lease is kept until `work` has
 * ended, and given back then, so that no two lead at once (client-go tools/leaderelection, ReleaseOnCancel). Time is measured by this
 * machine's monotonic clock alone.
 */
export const leadWhenElected = async (
  options: ElectionOptions,
  deps: ElectionDeps,
  work: (leading: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'stopped' | 'lost'> => {
  // Half of the time, as kube-controller-manager: a request that is swallowed by the network leaves time for another.
  const candidate = createCandidate({ ...options, answerMs: options.renewDeadlineMs / 2 }, deps)
  const confirmedMs = await acquired(candidate, options, deps, signal)
  if (confirmedMs === undefined) {
    await candidate.release(new AbortController().signal)
    return 'stopped'
  }

  const lost = new AbortController()
  const over = new AbortController()
  const kept = keep(candidate, options, deps, { confirmedMs, lost, over: over.signal })
  const working = work(AbortSignal.any([signal, lost.signal]))
  const worked = working.then(
    () => over.abort(),
    () => over.abort(),
  )
  await Promise.race([worked, new Promise((resolve) => lost.signal.addEventListener('abort', resolve))])
  if (lost.signal.aborted) return 'lost'
  await kept
  await candidate.release(new AbortController().signal)
  await working
  return 'stopped'
}
