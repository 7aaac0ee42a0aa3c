import type { Lease } from './lease.ts'

/** What a candidate knows of the lease. */
export type Known =
  /** Nothing, or what it knew is old. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'absent' }
  /** `seenMs`: when its present state was first seen, by the candidate's monotonic clock. */
  | { readonly kind: 'lease'; readonly lease: Lease; readonly seenMs: number }

export type Step =
  | { readonly kind: 'read' }
  | { readonly kind: 'create' }
  /** `renew`: it is ours; `take`: nobody's, or the holder has not renewed it for as long as it promised to. */
  | { readonly kind: 'renew' | 'take'; readonly lease: Lease }
  /** It is another's, who need not renew it for so long. */
  | { readonly kind: 'wait'; readonly forMs: number }

/**
 * What the candidate does about the lease (client-go tools/leaderelection tryAcquireOrRenew). That a holder has renewed is told by a change
 * of the lease, and the time since by the candidate's own clock: what the holder writes is by a clock that may be wrong.
 */
export const decide = (known: Known, identity: string, nowMs: number): Step => {
  if (known.kind === 'unread') return { kind: 'read' }
  if (known.kind === 'absent') return { kind: 'create' }
  const { lease, seenMs } = known
  if (lease.holder === identity) return { kind: 'renew', lease }
  const forMs = seenMs + lease.durationMs - nowMs
  return lease.holder !== '' && forMs > 0 ? { kind: 'wait', forMs } : { kind: 'take', lease }
}

/** After another look at the lease. A state that was known is as old as it was. */
export const sighted = (known: Known, lease: Lease, nowMs: number): Known =>
  known.kind === 'lease' && known.lease.state === lease.state
    ? { ...known, lease }
    : { kind: 'lease', lease, seenMs: nowMs }
