import type { ClusterEvent, DaemonSet, Observation, Plan } from '../cluster.ts'
import { type Claimed, claim } from './claim.ts'
import { type History, planCleanup, planHistory } from './history.ts'
import { manage } from './manage.ts'
import { NO_PLAN } from './no-plan.ts'
import { placesOf } from './places.ts'
import { podActions } from './pod-actions.ts'
import { rollingUpdate } from './rolling-update.ts'
import { isEmptySelector } from './selector.ts'
import { nextAvailableMs, planStatus } from './status.ts'
import type { Turn } from './turn.ts'
import { sooner, type Wishes } from './wishes.ts'

const selectingAll = (daemonSet: DaemonSet): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: daemonSet },
  type: 'Warning',
  reason: 'SelectingAll',
  message: 'This daemon set is selecting all pods. A non-empty selector is required.',
})

const isNone = ({ creates, deletes }: Wishes): boolean => creates.length === 0 && deletes.length === 0

/** A rollout goes on only in a turn in which every node has what it needs. */
const wishesOf = (turn: Turn): Wishes => {
  const managed = manage(turn)
  if (!isNone(managed) || turn.daemonSet.strategy.kind === 'OnDelete') return managed
  return { ...rollingUpdate(turn), againMs: managed.againMs }
}

const turnOf = ({ nowMs, daemonSet, nodes, backoff }: Observation, { hash, pods }: History): Turn => ({
  nowMs,
  daemonSet,
  hash,
  places: placesOf(daemonSet, nodes, pods),
  backoff,
})

/** What was asked for has not been seen yet: the same would be asked for twice. Only the numbers are brought up to date. */
const waiting = (turn: Turn, claimed: Claimed, history: History): Plan => ({
  ...NO_PLAN,
  claims: claimed.actions,
  history: history.actions,
  status: planStatus(turn, false),
  requeueAfterMs: nextAvailableMs(turn),
})

/**
 * One turn of the DaemonSet controller. pkg/controller/daemon syncDaemonSet; what is being deleted, or is in a namespace that is, belongs to
 * the garbage collector.
 */
export const planDaemonSet = (observation: Observation): Plan => {
  const { daemonSet, namespaceTerminating } = observation
  if (isEmptySelector(daemonSet.selector)) return { ...NO_PLAN, events: [selectingAll(daemonSet)] }
  if (daemonSet.deleted || namespaceTerminating) return NO_PLAN
  const claimed = claim(daemonSet, observation.pods, observation.revisions)
  const history = planHistory(daemonSet, claimed.revisions, claimed.pods)
  const turn = turnOf(observation, history)
  if (!observation.satisfied) return waiting(turn, claimed, history)
  const wishes = wishesOf(turn)
  return {
    claims: claimed.actions,
    history: history.actions,
    ...podActions(turn, wishes),
    cleanup: planCleanup(history.old, daemonSet.revisionHistoryLimit, claimed.pods),
    status: planStatus(turn, true),
    requeueAfterMs: sooner(wishes.againMs, nextAvailableMs(turn)),
  }
}
