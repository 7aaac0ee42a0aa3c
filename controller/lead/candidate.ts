import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import { withTimeLimit } from '../../lib/kube/time-limit.ts'
import type { Json, JsonObject } from '../cluster.ts'
import { decide, type Known, type Step, sighted } from './decide.ts'
import { heldLease, newLease, readLease, releasedLease } from './lease.ts'
import { createTrouble, type TroubleEvents } from './trouble.ts'

export interface CandidateOptions {
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Of this candidate; no other may have it. */
  readonly identity: string
  /** What it promises to others: they may take the lease when it was not renewed for so long. */
  readonly durationMs: number
  /** For each request. */
  readonly answerMs: number
}

export interface CandidateDeps extends TroubleEvents {
  /** Not the one that waits behind thousands of creates. */
  readonly send: Send
  readonly clock: Clock
  /** Who holds the lease, where that changes; '' where nobody does. */
  readonly leader: (identity: string) => void
}

export type Standing =
  /** `confirmedMs`: when the request that confirmed it began; no other has counted from an earlier moment. */
  | { readonly kind: 'ours'; readonly confirmedMs: number }
  | { readonly kind: 'others'; readonly forMs: number }
  /** It could not be told. */
  | { readonly kind: 'unclear' }

export interface Candidate {
  /** One try to take the lease, or to keep it. */
  turn(signal: AbortSignal): Promise<Standing>
  /** Gives it back, where it is ours, or may be since the answer to a write was not waited for: the next one need not wait. */
  release(signal: AbortSignal): Promise<void>
}

const hasStatus = (error: unknown, status: number): boolean => error instanceof KubeError && error.status === status

/** Whatever is asked on the way (a credential plugin) need not hear the signal. */
const unlessAborted = async <T>(answer: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const given = (): void => reject(signal.reason)
  if (signal.aborted) given()
  signal.addEventListener('abort', given, { once: true })
  try {
    return await Promise.race([answer, promise])
  } finally {
    signal.removeEventListener('abort', given)
  }
}

/** One who wants the lease: knows what it has seen of it, and asks the API server. Writes are locked by the version that was read. */
export const createCandidate = (options: CandidateOptions, deps: CandidateDeps): Candidate => {
  const { identity, namespace, name } = options
  const { clock } = deps
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  const path = `${collection}/${name}`
  const trouble = createTrouble(deps)
  let known: Known = { kind: 'unread' }
  let leader: string | undefined
  let mayBeOurs = false

  const sight = (answer: unknown): void => {
    const lease = readLease(answer as Json)
    known = sighted(known, lease, clock.monotonic())
    if (lease.holder !== leader) deps.leader(lease.holder)
    leader = lease.holder
    mayBeOurs = lease.holder === identity
  }

  const send = (request: Parameters<Send>[0], signal: AbortSignal): Promise<unknown> =>
    withTimeLimit(clock, options.answerMs, signal, (limited) => unlessAborted(deps.send(request, limited), limited))

  const read = async (signal: AbortSignal): Promise<void> => {
    try {
      sight(await send({ method: 'GET', path }, signal))
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      known = { kind: 'absent' }
    }
  }

  const put = async (body: JsonObject, signal: AbortSignal): Promise<void> =>
    sight(await send({ method: 'PUT', path, body }, signal))

  const write = async (step: Exclude<Step, { kind: 'read' | 'wait' }>, signal: AbortSignal): Promise<Standing> => {
    const confirmedMs = clock.monotonic()
    const holding = { identity, durationMs: options.durationMs, nowMs: clock.now() }
    mayBeOurs = true
    if (step.kind === 'create')
      sight(await send({ method: 'POST', path: collection, body: newLease(namespace, name, holding) }, signal))
    else await put(heldLease(step.lease, holding), signal)
    return { kind: 'ours', confirmedMs }
  }

  const next = (): Step => decide(known, identity, clock.monotonic())

  /** Whoever holds it need not look first: nobody else should have written. */
  const attempt = async (signal: AbortSignal): Promise<Standing> => {
    if (next().kind !== 'renew') await read(signal)
    const step = next()
    if (step.kind === 'read') return { kind: 'unclear' }
    return step.kind === 'wait' ? { kind: 'others', forMs: step.forMs } : write(step, signal)
  }

  /** Two candidates at the same moment, or a write of ours whose answer was lost: what is known is old, and one more look tells. */
  const settled = async (signal: AbortSignal): Promise<Standing> => {
    try {
      return await attempt(signal)
    } catch (error) {
      if (!hasStatus(error, 409) && !hasStatus(error, 404)) throw error
      known = { kind: 'unread' }
      return await attempt(signal)
    }
  }

  const turn = async (signal: AbortSignal): Promise<Standing> => {
    try {
      const standing = await settled(signal)
      trouble.over()
      return standing
    } catch (error) {
      if (!signal.aborted) trouble.met(error as Error)
      return { kind: 'unclear' }
    }
  }

  const giveBack = async (signal: AbortSignal): Promise<void> => {
    await read(signal)
    if (known.kind === 'lease' && known.lease.holder === identity)
      await put(releasedLease(known.lease, clock.now()), signal)
  }

  /** A renewal that was given up on its way may arrive in between: once more. */
  const release = async (signal: AbortSignal): Promise<void> => {
    if (!mayBeOurs) return
    try {
      await giveBack(signal).catch((error: unknown) => {
        if (!hasStatus(error, 409)) throw error
        return giveBack(signal)
      })
    } catch (error) {
      trouble.met(error as Error)
    }
  }

  return { turn, release }
}
