import type { Pod } from '../cluster.ts'
import { isReady } from './availability.ts'
import { allowsSurge } from './budget.ts'
import { backoffKey, backoffLeftMs } from './failed-backoff.ts'
import type { Place } from './places.ts'
import { isUp, isUpdated, type Turn } from './turn.ts'
import { type CreateWish, type DeleteWish, sooner, type Wishes } from './wishes.ts'

const WANTED: Wishes = { creates: [], deletes: [], againMs: undefined }

const WHY = {
  covered: 'The node is eligible and has no pod.',
  leaving: 'The node is eligible and its only pod is terminating; the surge allows one beside it.',
  failed: 'It failed.',
  succeeded: 'It ended, though it is to run for ever.',
  duplicate: 'An older pod is on the node.',
  third: 'One old and one new pod are enough on a node.',
  unready: 'A new pod is on the node, and this old one is not ready.',
  replaced: 'The new pod on the node is available.',
  ineligible: 'It may not stay on the node.',
  nodeless: 'Its node is gone and it was never bound.',
} as const

const creation = (node: string, why: string): Wishes => ({ creates: [{ node, why }], deletes: [], againMs: undefined })
const deletions = (pods: readonly Pod[], why: string): DeleteWish[] => pods.map((pod) => ({ pod, why, ended: false }))

interface Ended {
  readonly deletes: readonly DeleteWish[]
  readonly againMs: number | undefined
}

/** One failed pod of a node a turn: the next one finds the node's backoff begun. */
const endedOn = (turn: Turn, place: Place): Ended => {
  const deletes: DeleteWish[] = place.pods
    .filter(({ phase, deletedMs }) => phase === 'Succeeded' && deletedMs === undefined)
    .map((pod) => ({ pod, why: WHY.succeeded, ended: true }))
  const failed = place.pods.find(({ phase, deletedMs }) => phase === 'Failed' && deletedMs === undefined)
  if (!failed) return { deletes, againMs: undefined }
  const leftMs = backoffLeftMs(turn.backoff.get(backoffKey(turn.daemonSet, place.name)), turn.nowMs)
  if (leftMs > 0) return { deletes, againMs: leftMs }
  return { deletes: [...deletes, { pod: failed, why: WHY.failed, ended: true }], againMs: undefined }
}

/** Of pods that live: at most one old and one new, and the old one only while it is of more use than the new. */
const surplusOfSurge = (turn: Turn, running: readonly Pod[]): DeleteWish[] => {
  const fresh = running.find((pod) => isUpdated(turn, pod))
  const old = running.find((pod) => !isUpdated(turn, pod))
  const third = deletions(
    running.filter((pod) => pod !== fresh && pod !== old),
    WHY.third,
  )
  if (!fresh || !old) return third
  if (!isReady(old)) return [...third, ...deletions([old], WHY.unready)]
  return isUp(turn, fresh) ? [...third, ...deletions([old], WHY.replaced)] : third
}

/**
 * Beside a failed pod nothing is created, nor in the turn that deletes it. (Upstream does where surge is allowed, whatever the backoff
 * says: create, reject, create, without an end.)
 */
const missingInSurge = (place: Place): boolean =>
  place.run && place.pods.every(({ deletedMs }) => deletedMs !== undefined)

const settle = (turn: Turn, place: Place): Wishes => {
  const running = place.pods.filter(
    ({ phase, deletedMs }) => deletedMs === undefined && phase !== 'Failed' && phase !== 'Succeeded',
  )
  const surge = allowsSurge(turn.daemonSet.strategy)
  if (surge && missingInSurge(place)) return creation(place.name, WHY.leaving)
  const surplus = surge ? surplusOfSurge(turn, running) : deletions(running.slice(1), WHY.duplicate)
  const { deletes, againMs } = endedOn(turn, place)
  return { creates: [], deletes: [...deletes, ...surplus], againMs }
}

const ofNode = (turn: Turn, place: Place): Wishes => {
  const { pods, run, keep } = place
  const [first] = pods
  if (!first) return run ? creation(place.name, WHY.covered) : WANTED
  if (!keep) {
    const staying = pods.filter(({ deletedMs }) => deletedMs === undefined)
    return { creates: [], deletes: deletions(staying, WHY.ineligible), againMs: undefined }
  }
  // Nearly every node of nearly every turn.
  if (pods.length === 1 && first.deletedMs === undefined && (first.phase === 'Running' || first.phase === 'Pending'))
    return WANTED
  return settle(turn, place)
}

/** Pods that were bound to a node that is gone are the pod garbage collector's to delete. */
const ofMissingNode = ({ pods }: Place): Wishes => {
  const unbound = pods.filter(({ nodeName, deletedMs }) => nodeName === '' && deletedMs === undefined)
  return { creates: [], deletes: deletions(unbound, WHY.nodeless), againMs: undefined }
}

/** One pod on every node that is to have one, and none elsewhere. pkg/controller/daemon manage, podsShouldBeOnNode. */
export const manage = (turn: Turn): Wishes => {
  const creates: CreateWish[] = []
  const deletes: DeleteWish[] = []
  let againMs: number | undefined
  for (const place of turn.places) {
    const wishes = place.exists ? ofNode(turn, place) : ofMissingNode(place)
    if (wishes === WANTED) continue
    creates.push(...wishes.creates)
    deletes.push(...wishes.deletes)
    againMs = sooner(againMs, wishes.againMs)
  }
  return { creates, deletes, againMs }
}
