import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import { withTimeLimit } from '../../lib/kube/time-limit.ts'
import type { Json, JsonObject } from '../cluster.ts'
import { heldLease, type Lease, newLease, readLease, releasedLease } from './lease.ts'

export interface ElectionOptions {
  readonly namespace: string
  readonly name: string
  /** Of this candidate; no other may have it. */
  readonly identity: string
  /** Others wait this long after the last renewal that they saw. */
  readonly durationMs: number
  /** A leader that could not renew for so long is one no more: less than durationMs, so that two never lead at once. */
  readonly renewDeadlineMs: number
  readonly retryMs: number
}

export interface ElectionDeps {
  /** Not the one that waits behind thousands of creates. */
  readonly send: Send
  readonly clock: Clock
  readonly random: () => number
  readonly failed: (error: Error) => void
  /** Who leads, where that changes; '' where nobody does. */
  readonly leader: (identity: string) => void
}

/** client-go JitterFactor: candidates that began together do not stay together. */
const JITTER = 1.2

/**
 * Waits until the lease is ours, and leads then: runs `work` with a signal that is aborted when leading ends, by `signal` (and the lease
 * is given back when `work` has ended) or because the lease could not be renewed in time ('lost': nothing may be done any more, `work`
 * is not waited for). Time is measured by this machine's monotonic clock alone, from the moment at which a change of the lease was
 * seen: clocks of machines differ (client-go tools/leaderelection).
 */
export const leadWhenElected = async (
  options: ElectionOptions,
  deps: ElectionDeps,
  work: (leading: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'stopped' | 'lost'> => {
  const { identity, durationMs, retryMs, renewDeadlineMs } = options
  const { clock, send } = deps
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`
  const path = `${collection}/${options.name}`
  let seen: Lease | undefined
  let seenMs = 0

  const look = (json: Json): Lease => {
    const lease = readLease(json)
    if (lease.holder !== seen?.holder) deps.leader(lease.holder)
    if (lease.state !== seen?.state) seenMs = clock.monotonic()
    seen = lease
    return lease
  }

  const holding = () => ({ identity, durationMs, nowMs: clock.now() })

  const put = async (body: JsonObject, limited: AbortSignal): Promise<void> =>
    void look((await send({ method: 'PUT', path, body }, limited)) as Json)

  const read = async (limited: AbortSignal): Promise<Lease | undefined> => {
    try {
      return look((await send({ method: 'GET', path }, limited)) as Json)
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined
      throw error
    }
  }

  const isOthers = ({ holder, durationMs: theirsMs }: Lease): boolean =>
    holder !== '' && holder !== identity && clock.monotonic() - seenMs < theirsMs

  /** Whether it is ours now. */
  const take = async (limited: AbortSignal): Promise<boolean> => {
    const lease = await read(limited)
    if (!lease) {
      const body = newLease(options.namespace, options.name, holding())
      look((await send({ method: 'POST', path: collection, body }, limited)) as Json)
      return true
    }
    if (isOthers(lease)) return false
    await put(heldLease(lease, holding()), limited)
    return true
  }

  /** Without a look first, as nobody else should have written; where somebody has, with one. */
  const renew = async (limited: AbortSignal): Promise<boolean> => {
    if (seen?.holder !== identity) return take(limited)
    try {
      await put(heldLease(seen, holding()), limited)
      return true
    } catch (error) {
      if (error instanceof KubeError && error.status === 409) return take(limited)
      throw error
    }
  }

  const attempt = async (way: (limited: AbortSignal) => Promise<boolean>, withinMs: number): Promise<boolean> => {
    try {
      return await withTimeLimit(clock, withinMs, signal, way)
    } catch (error) {
      // Two candidates at the same moment: one of them hears of a conflict, and that is how it should be.
      const raced = error instanceof KubeError && error.status === 409
      if (!raced && !signal.aborted) deps.failed(error as Error)
      return false
    }
  }

  const acquire = async (): Promise<boolean> => {
    while (!signal.aborted) {
      if (await attempt(take, renewDeadlineMs)) return true
      await clock.sleep(retryMs * (1 + deps.random() * JITTER), signal)
    }
    return false
  }

  /** Resolves when the lease is lost, or `until` is aborted. */
  const keep = async (until: AbortSignal): Promise<void> => {
    let renewedMs = clock.monotonic()
    while (!until.aborted) {
      await clock.sleep(retryMs, until)
      if (until.aborted) return
      const leftMs = renewedMs + renewDeadlineMs - clock.monotonic()
      if (leftMs <= 0) return
      const beganMs = clock.monotonic()
      if (await attempt(renew, leftMs)) renewedMs = beganMs
      else if (seen && seen.holder !== identity && isOthers(seen)) return
    }
  }

  const release = async (): Promise<void> => {
    if (seen?.holder !== identity) return
    const body = releasedLease(seen, clock.now())
    // The signal is spent; what is left of the grace of a pod that stops is enough for one request.
    await withTimeLimit(clock, retryMs, new AbortController().signal, (limited) => put(body, limited)).catch(
      deps.failed,
    )
  }

  if (!(await acquire())) return 'stopped'
  const leading = new AbortController()
  const until = AbortSignal.any([signal, leading.signal])
  const working = work(until)
  const kept = keep(until)
  const first = await Promise.race([
    kept.then(() => 'kept' as const),
    working.then(
      () => 'worked' as const,
      () => 'worked' as const,
    ),
  ])
  if (first === 'kept' && !signal.aborted) {
    leading.abort()
    working.catch(() => {})
    return 'lost'
  }
  leading.abort()
  await Promise.allSettled([working, kept])
  await release()
  await working
  return 'stopped'
}
