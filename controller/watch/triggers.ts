import type { DaemonSet, Labels, Node, Owner, Pod, Revision } from '../cluster.ts'
import { isReady } from '../plan/availability.ts'
import type { Change } from './object-store.ts'

/** What an event comes to. Keys are those of DaemonSets, `namespace/name`. */
export type Trigger =
  | { readonly kind: 'enqueue'; readonly key: string; readonly afterMs: number }
  | { readonly kind: 'creation_observed' | 'deletion_observed' | 'forget'; readonly key: string }
  | { readonly kind: 'look_at_node'; readonly node: string }

export interface Lookup {
  /** The DaemonSet that an owner reference means: of that name, with that uid. */
  owner(namespace: string, owner: Owner | undefined): DaemonSet | undefined
  /** Those of the namespace whose selector takes such labels. */
  matching(namespace: string, labels: Labels): readonly DaemonSet[]
}

interface Owned {
  readonly namespace: string
  readonly labels: Labels
  readonly owner: Owner | undefined
}

export const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`

const enqueue = (daemonSet: DaemonSet, afterMs = 0): Trigger => ({ kind: 'enqueue', key: keyOf(daemonSet), afterMs })

const ownerIn = (lookup: Lookup, { namespace, owner }: Owned): DaemonSet | undefined => lookup.owner(namespace, owner)

const enqueueMatching = (lookup: Lookup, { namespace, labels }: Owned): Trigger[] =>
  lookup.matching(namespace, labels).map((daemonSet) => enqueue(daemonSet))

const sameLabels = (a: Labels, b: Labels): boolean => {
  const names = Object.keys(a)
  return a === b || (names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]))
}

/** pkg/controller/daemon addDaemonset, updateDaemonset, deleteDaemonset. Another uid comes as a deletion and an addition. */
export const daemonSetTriggers = (change: Change<DaemonSet>): readonly Trigger[] => {
  if (change.kind !== 'deleted') return [enqueue(change.now)]
  return [{ kind: 'forget', key: keyOf(change.before) }, enqueue(change.before)]
}

const changedOwner = (before: Owned, now: Owned): boolean => before.owner?.uid !== now.owner?.uid

/** The old owner hears of it, and of an orphan those that may adopt it. */
const afterChange = (before: Owned, now: Owned, lookup: Lookup, owned: (owner: DaemonSet) => Trigger[]): Trigger[] => {
  const left = changedOwner(before, now) ? ownerIn(lookup, before) : undefined
  const owner = ownerIn(lookup, now)
  const orphaned = now.owner === undefined && (changedOwner(before, now) || !sameLabels(before.labels, now.labels))
  return [
    ...(left ? [enqueue(left)] : []),
    ...(owner ? owned(owner) : []),
    ...(orphaned ? enqueueMatching(lookup, now) : []),
  ]
}

const podGone = (pod: Pod, lookup: Lookup): readonly Trigger[] => {
  const owner = ownerIn(lookup, pod)
  return owner ? [{ kind: 'deletion_observed', key: keyOf(owner) }, enqueue(owner)] : []
}

/** A pod that has just become ready is available some time later; the second is for clocks that differ. */
const onOwnedPod =
  (before: Pod, now: Pod) =>
  (owner: DaemonSet): Trigger[] => {
    const becameReady = !isReady(before) && isReady(now) && owner.minReadySeconds > 0
    return [enqueue(owner), ...(becameReady ? [enqueue(owner, (owner.minReadySeconds + 1) * 1000)] : [])]
  }

/** addPod, updatePod, deletePod. That a pod terminates is told with every event about it, as upstream: a count that was missed is made up. */
export const podTriggers = (change: Change<Pod>, lookup: Lookup): readonly Trigger[] => {
  if (change.kind === 'deleted') return podGone(change.before, lookup)
  const { now } = change
  if (now.deletedMs !== undefined) return podGone(now, lookup)
  if (change.kind === 'changed') return afterChange(change.before, now, lookup, onOwnedPod(change.before, now))
  if (now.owner === undefined) return enqueueMatching(lookup, now)
  const owner = ownerIn(lookup, now)
  return owner ? [{ kind: 'creation_observed', key: keyOf(owner) }, enqueue(owner)] : []
}

const revisionGone = (revision: Revision, lookup: Lookup): readonly Trigger[] => {
  const owner = ownerIn(lookup, revision)
  return owner ? [enqueue(owner)] : []
}

/**
 * addHistory, updateHistory, deleteHistory. A new revision that has its owner wakes nobody: whoever made a duplicate may look at it for a
 * while (conformance test "should manage the lifecycle of a ControllerRevision").
 */
export const revisionTriggers = (change: Change<Revision>, lookup: Lookup): readonly Trigger[] => {
  if (change.kind === 'deleted') return revisionGone(change.before, lookup)
  const { now } = change
  if (change.kind === 'changed') return afterChange(change.before, now, lookup, (owner) => [enqueue(owner)])
  if (now.deleted) return revisionGone(now, lookup)
  return now.owner === undefined ? enqueueMatching(lookup, now) : []
}

/** Only what decides who may run there; a deleted node's pods are others' business (addNode, updateNode). */
export const nodeTriggers = (change: Change<Node>): readonly Trigger[] => {
  if (change.kind === 'deleted') return []
  const { now } = change
  if (change.kind === 'changed') {
    const { before } = change
    if (sameLabels(before.labels, now.labels) && sameTaints(before, now)) return []
  }
  return [{ kind: 'look_at_node', node: now.name }]
}

const sameTaints = (before: Node, now: Node): boolean => JSON.stringify(before.taints) === JSON.stringify(now.taints)
