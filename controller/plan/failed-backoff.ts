import type { BackoffEntry, DaemonSet } from '../cluster.ts'

// pkg/controller/daemon: flowcontrol.NewBackOff(1 s, 15 min).
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 15 * 60_000

/** The generation is part of it: a changed DaemonSet is tried at once. */
export const backoffKey = (daemonSet: DaemonSet, node: string): string =>
  `${daemonSet.uid}/${daemonSet.status.observedGeneration}/${node}`

const isExpired = ({ updatedMs }: BackoffEntry, nowMs: number): boolean => nowMs - updatedMs > 2 * LONGEST_DELAY_MS

/** How long the node's failed pod is left alone yet; 0: it may go. What began in the future began before the clock was set back. */
export const backoffLeftMs = (entry: BackoffEntry | undefined, nowMs: number): number =>
  entry && !isExpired(entry, nowMs) && entry.updatedMs <= nowMs
    ? Math.max(0, entry.updatedMs + entry.delayMs - nowMs)
    : 0

export const nextBackoff = (entry: BackoffEntry | undefined, nowMs: number): BackoffEntry => ({
  delayMs: entry && !isExpired(entry, nowMs) ? Math.min(2 * entry.delayMs, LONGEST_DELAY_MS) : FIRST_DELAY_MS,
  updatedMs: nowMs,
})
