import type { Json, JsonObject } from '../cluster.ts'
import { objectAt, textAt } from '../plan/json-fields.ts'

/** A coordination.k8s.io/v1 Lease as far as an election reads it. */
export interface Lease {
  /** As the server sent it; what is not of the election goes back unchanged. */
  readonly raw: JsonObject
  /** '': nobody holds it. */
  readonly holder: string
  readonly durationMs: number
  readonly transitions: number
  readonly acquireTime: string
  /** Changes with every renewal: whoever watches compares this text, never the clocks. */
  readonly state: string
}

const numberOf = (value: Json | undefined): number => (typeof value === 'number' && value > 0 ? value : 0)

export const readLease = (json: Json): Lease => {
  const spec = objectAt(json, 'spec')
  return {
    raw: objectAt(json),
    holder: textAt(spec, 'holderIdentity'),
    durationMs: numberOf(spec.leaseDurationSeconds) * 1000,
    transitions: numberOf(spec.leaseTransitions),
    acquireTime: textAt(spec, 'acquireTime'),
    state: JSON.stringify(spec),
  }
}

/** metav1.MicroTime. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')

const withSpec = (raw: JsonObject, spec: JsonObject): JsonObject => ({
  ...raw,
  spec: { ...objectAt(raw, 'spec'), ...spec },
})

export interface Holding {
  readonly identity: string
  readonly durationMs: number
  readonly nowMs: number
}

/** What is written to take the lease, or to keep it. Its resourceVersion makes two candidates exclude each other. */
export const heldLease = (lease: Lease, { identity, durationMs, nowMs }: Holding): JsonObject => {
  const mine = lease.holder === identity
  return withSpec(lease.raw, {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: mine && lease.acquireTime !== '' ? lease.acquireTime : microTime(nowMs),
    renewTime: microTime(nowMs),
    leaseTransitions: mine ? lease.transitions : lease.transitions + 1,
  })
}

/** A lease that nobody has taken before. */
export const newLease = (namespace: string, name: string, { identity, durationMs, nowMs }: Holding): JsonObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace, name },
  spec: {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: microTime(nowMs),
    renewTime: microTime(nowMs),
    leaseTransitions: 0,
  },
})

/** Given back: the next one need not wait. The shortest duration that the server takes, as client-go's release. */
export const releasedLease = (lease: Lease, nowMs: number): JsonObject =>
  withSpec(lease.raw, {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(nowMs),
    renewTime: microTime(nowMs),
  })
