import type { BackoffEntry } from '../cluster.ts'
import type { CoverageRow } from './coverage.ts'
import { blank, type Need, type NodeMemory } from './guard-memory.ts'

export interface GuardSettings {
  /** How long a node may be without a pod object before the guard makes it, and a failed one be there before it is deleted. */
  readonly takeoverAfterMs: number
  /** false: another controller acts, and nodes are only told of. */
  readonly acts: boolean
}

/** Where creations show no pod, and where pods fail: the built-in controller would take 15 min. */
const CAP_MS = 5 * 60_000
/** Where the kubelet refuses every pod, the next one is refused too: as slow as the built-in controller (failedPodsBackoff). */
const REJECTED_CAP_MS = 15 * 60_000
/** flowcontrol.Backoff forgets after twice its longest delay. */
const FORGET_AFTER_MS = 2 * REJECTED_CAP_MS
/** The pod garbage collector waits 40 s for a node to come back (pkg/controller/podgc quarantineTime); it is to have the first go. */
const FORCE_AFTER_MS = 60_000

export const needOf = ({ state, eligibility, reason, pod }: CoverageRow): Need | undefined => {
  if (state === 'not_covered' && reason?.kind === 'no_pod') return { kind: 'create' }
  if (!pod || !reason) return undefined
  if (state === 'not_covered' && (reason.kind === 'rejected' || reason.kind === 'failed_backing_off'))
    return { kind: 'delete', pod, rejected: reason.kind === 'rejected' }
  const lost = reason.kind === 'terminating_on_lost_node' && eligibility.rule === 'no_such_node'
  // A pod that was never bound has no kubelet to wait for, and goes when it is deleted.
  if (!lost || pod.deletedMs === undefined || pod.nodeName === '') return undefined
  return { kind: 'force_delete', pod, graceEndsMs: pod.deletedMs }
}

const keyOf = (need: Need): string => (need.kind === 'create' ? 'create' : `${need.kind} ${need.pod.uid}`)

const stillKnown = (entry: BackoffEntry | undefined, nowMs: number): BackoffEntry | undefined =>
  entry && nowMs - entry.updatedMs <= FORGET_AFTER_MS ? entry : undefined

interface Known {
  readonly nodeUid: string
  readonly before: NodeMemory | undefined
  /** Of the monotonic clock. */
  readonly monotonicMs: number
}

/** What is known of a node after this look, before anything is done. */
export const remember = (row: CoverageRow, need: Need | undefined, known: Known): NodeMemory => {
  const { nodeUid, monotonicMs } = known
  const before = known.before?.nodeUid === nodeUid ? known.before : blank(nodeUid)
  const key = need && keyOf(need)
  return {
    ...before,
    need: key === undefined ? undefined : before.need?.key === key ? before.need : { key, sinceMs: monotonicMs },
    uncoveredSinceMs: row.state === 'not_covered' ? (before.uncoveredSinceMs ?? monotonicMs) : undefined,
    creating: row.pod ? undefined : before.creating,
    failing: stillKnown(before.failing, monotonicMs),
  }
}

/** In how many milliseconds it is time to do it; not more than 0: now. */
export const dueInMs = (
  need: Need,
  memory: NodeMemory,
  { takeoverAfterMs }: GuardSettings,
  { nowMs, monotonicMs }: { readonly nowMs: number; readonly monotonicMs: number },
): number => {
  const since = memory.need?.sinceMs ?? monotonicMs
  const entry = need.kind === 'create' ? memory.creating : memory.failing
  const again = entry ? entry.updatedMs + entry.delayMs - monotonicMs : 0
  if (need.kind !== 'force_delete') return Math.max(since + takeoverAfterMs - monotonicMs, again)
  const patience = since + Math.max(takeoverAfterMs, FORCE_AFTER_MS) - monotonicMs
  return Math.max(patience, again, need.graceEndsMs - nowMs)
}

const next = (
  entry: BackoffEntry | undefined,
  settings: GuardSettings,
  capMs: number,
  nowMs: number,
): BackoffEntry => ({
  delayMs: entry ? Math.max(settings.takeoverAfterMs, Math.min(entry.delayMs * 2, capMs)) : settings.takeoverAfterMs,
  updatedMs: nowMs,
})

/** After it was asked for. Whether it came about is seen by the watch alone. */
export const attempted = (need: Need, memory: NodeMemory, settings: GuardSettings, nowMs: number): NodeMemory => {
  if (need.kind === 'create') return { ...memory, creating: next(memory.creating, settings, CAP_MS, nowMs) }
  const capMs = need.kind === 'delete' && need.rejected ? REJECTED_CAP_MS : CAP_MS
  return { ...memory, failing: next(memory.failing, settings, capMs, nowMs) }
}
