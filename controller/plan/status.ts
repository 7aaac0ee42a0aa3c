import type { DaemonSet, Pod, StatusNumbers } from '../cluster.ts'
import { isReady } from './availability.ts'
import { isUp, isUpdated, type Turn } from './turn.ts'
import { sooner } from './wishes.ts'

export type Status = StatusNumbers & { readonly observedGeneration: number }

/** The oldest scheduled pod of a node is the one that counts; one that terminates counts too. pkg/controller/daemon updateDaemonSetStatus. */
const count = (turn: Turn): StatusNumbers => {
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0]
  for (const { run, exists, pods } of turn.places) {
    const [first] = pods
    if (run) desired++
    if (!first || !exists) continue
    if (!run) {
      misscheduled++
      continue
    }
    current++
    if (isReady(first)) ready++
    if (isUp(turn, first)) available++
    if (isUpdated(turn, first)) updated++
  }
  return {
    desiredNumberScheduled: desired,
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
  }
}

const isAsIs = ({ status }: DaemonSet, wanted: Status): boolean =>
  Object.entries(wanted).every(([name, value]) => status[name as keyof Status] === value)

/** undefined: what is there is right. `raise`: the generation has been acted on. */
export const planStatus = (turn: Turn, raise: boolean): Status | undefined => {
  const { generation, status } = turn.daemonSet
  // Never lowered: the DaemonSet in the cache may be older than what was written.
  const observedGeneration = raise ? Math.max(generation, status.observedGeneration) : status.observedGeneration
  const wanted = { ...count(turn), observedGeneration }
  return isAsIs(turn.daemonSet, wanted) ? undefined : wanted
}

/** undefined: it waits for nothing but changes. */
const maturesInMs = ({ daemonSet, nowMs }: Turn, pod: Pod): number | undefined => {
  const sinceMs = pod.ready?.sinceMs ?? 0
  const wholeMs = daemonSet.minReadySeconds * 1000
  // By the node's clock, which may be ahead of ours: never later than a whole minReadySeconds (kubernetes#77203).
  return sinceMs === 0 ? wholeMs : Math.min(wholeMs, sinceMs + wholeMs - nowMs)
}

/** When the next pod that is ready becomes available: no watch will tell. */
export const nextAvailableMs = (turn: Turn): number | undefined => {
  if (turn.daemonSet.minReadySeconds === 0) return undefined
  let nextMs: number | undefined
  for (const { pods } of turn.places)
    for (const pod of pods) if (isReady(pod) && !isUp(turn, pod)) nextMs = sooner(nextMs, maturesInMs(turn, pod))
  return nextMs
}
