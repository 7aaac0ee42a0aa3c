import type { Pod } from '../cluster.ts'
import { budgetOf } from './budget.ts'
import type { Place } from './places.ts'
import { isUp, isUpdated, type Turn } from './turn.ts'
import type { CreateWish, DeleteWish, Wishes } from './wishes.ts'

/** What of a place's living pods is old and what new; `crowded`: two of a kind, which manage() clears up. */
type Pair =
  | { readonly kind: 'crowded' | 'none' }
  | { readonly kind: 'old'; readonly old: Pod }
  | { readonly kind: 'new'; readonly fresh: Pod }
  | { readonly kind: 'both'; readonly old: Pod; readonly fresh: Pod }

/** pkg/controller/daemon findUpdatedPodsOnNode. */
const pairOf = (turn: Turn, { pods }: Place): Pair => {
  let old: Pod | undefined
  let fresh: Pod | undefined
  for (const pod of pods) {
    if (pod.deletedMs !== undefined) continue
    const updated = isUpdated(turn, pod)
    if (updated ? fresh : old) return { kind: 'crowded' }
    if (updated) fresh = pod
    else old = pod
  }
  if (old) return fresh ? { kind: 'both', old, fresh } : { kind: 'old', old }
  return fresh ? { kind: 'new', fresh } : { kind: 'none' }
}

const deletion =
  (why: string) =>
  (pod: Pod): DeleteWish => ({ pod, why, ended: false })

/**
 * Old pods that are not available go at once, whatever the budget, and count as down; those that are available go as far as the budget
 * reaches beyond everything that is down (kubernetes#123232). The next turns create what is missing.
 */
const replaceInPlace = (turn: Turn, maxUnavailable: number): Wishes => {
  const useless: Pod[] = []
  const candidates: Pod[] = []
  let unavailable = 0
  for (const place of turn.places) {
    if (!place.run && place.pods.length === 0) continue
    const pair = pairOf(turn, place)
    const up = (pair.kind === 'old' && isUp(turn, pair.old)) || (pair.kind === 'new' && isUp(turn, pair.fresh))
    if (!up) unavailable++
    if (pair.kind === 'old') (up ? candidates : useless).push(pair.old)
  }
  const allowed = Math.max(0, maxUnavailable - unavailable)
  const deletes = [
    ...useless.map(deletion(`It is of an old revision and not available; ${turn.hash} is wanted.`)),
    ...candidates
      .slice(0, allowed)
      .map(deletion(`It is of an old revision; ${turn.hash} is wanted, and ${maxUnavailable} may be down.`)),
  ]
  return { creates: [], deletes, againMs: undefined }
}

interface Surging {
  /** Old pods that may go now. */
  readonly goes: Pod[]
  /** Available old pods on nodes that are no longer eligible: they go as others have become available. */
  readonly ineligible: Pod[]
  /** Nodes whose old pod is of no use: a new one beside it costs nothing. */
  readonly free: string[]
  readonly candidates: string[]
  surging: number
  available: number
}

/** A pod alone, of an old revision. */
const considerOld = (turn: Turn, place: Place, old: Pod, seen: Surging): void => {
  const up = isUp(turn, old)
  if (up) seen.available++
  if (!place.run) (up ? seen.ineligible : seen.goes).push(old)
  else (up ? seen.candidates : seen.free).push(place.name)
}

const considerBoth = (turn: Turn, { old, fresh }: { readonly old: Pod; readonly fresh: Pod }, seen: Surging): void => {
  if (isUp(turn, old)) seen.available++
  if (isUp(turn, fresh)) seen.goes.push(old)
  else seen.surging++
}

const consider = (turn: Turn, place: Place, seen: Surging): void => {
  const pair = pairOf(turn, place)
  if (pair.kind === 'crowded') seen.surging++
  else if (pair.kind === 'old') considerOld(turn, place, pair.old, seen)
  else if (pair.kind === 'both') considerBoth(turn, pair, seen)
  else if (pair.kind === 'new' && isUp(turn, pair.fresh)) seen.available++
}

const surge = (turn: Turn, maxSurge: number, desired: number): Wishes => {
  const seen: Surging = { goes: [], ineligible: [], free: [], candidates: [], surging: 0, available: 0 }
  // A pod whose node is gone is nobody's: upstream cannot find the node and stops the whole rollout until the pod is collected.
  for (const place of turn.places) if (place.exists) consider(turn, place, seen)
  const beyond = Math.max(0, seen.available - desired)
  const creation =
    (why: string) =>
    (node: string): CreateWish => ({ node, why })
  return {
    creates: [
      ...seen.free.map(creation(`Its pod is of an old revision and not available; ${turn.hash} is wanted.`)),
      ...seen.candidates
        .slice(0, Math.max(0, maxSurge - seen.surging))
        .map(creation(`Its pod is of an old revision; ${turn.hash} is to start beside it, ${maxSurge} at a time.`)),
    ],
    deletes: [
      ...seen.goes.map(deletion('It is of an old revision, and its node has a new one or is no longer eligible.')),
      ...seen.ineligible
        .slice(0, beyond)
        .map(deletion('Its node is no longer eligible, and pods enough are available elsewhere.')),
    ],
    againMs: undefined,
  }
}

/** pkg/controller/daemon rollingUpdate, for a turn in which manage() has nothing to do. */
export const rollingUpdate = (turn: Turn): Wishes => {
  let desired = 0
  for (const { run } of turn.places) if (run) desired++
  const { maxUnavailable, maxSurge } = budgetOf(turn.daemonSet.strategy, desired)
  return maxSurge === 0 ? replaceInPlace(turn, maxUnavailable) : surge(turn, maxSurge, desired)
}
