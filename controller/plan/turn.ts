import type { BackoffEntry, DaemonSet, Pod } from '../cluster.ts'
import { isAvailable } from './availability.ts'
import type { Place } from './places.ts'
import { HASH_LABEL } from './pod-body.ts'

/** What every decision of one plan looks at. */
export interface Turn {
  readonly nowMs: number
  readonly daemonSet: DaemonSet
  /** Of the current revision. */
  readonly hash: string
  readonly places: readonly Place[]
  readonly backoff: ReadonlyMap<string, BackoffEntry>
}

/**
 * By its label alone: upstream's second comparison, of the template's generation, compares with the text of a pointer and never holds.
 * A pod that was edited or mutated by a webhook is up to date.
 */
export const isUpdated = ({ hash }: Turn, pod: Pod): boolean => pod.labels[HASH_LABEL] === hash

export const isUp = ({ daemonSet, nowMs }: Turn, pod: Pod): boolean =>
  isAvailable(pod, daemonSet.minReadySeconds, nowMs)
