import type { DaemonSet, Node, Pod, Scaled } from '../cluster.ts'
import { isReady } from '../plan/availability.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'
import { firstKept } from './own-pods.ts'
import type { Reason } from './reason.ts'
import { whyNotReady } from './why-not-ready.ts'

export interface Judgement {
  readonly state: 'covered' | 'not_covered' | 'not_eligible' | 'misplaced'
  readonly reason: Reason | undefined
  readonly sinceMs: number | undefined
  readonly pod: Pod | undefined
}

/** The cluster writes 0 for what it does not say. */
const firstSaid = (...ms: readonly (number | undefined)[]): number | undefined => ms.find((at) => at)

/** Since when it is not Ready; of a pod that nobody has scheduled, since when the scheduler says no. */
const notReadySince = (pod: Pod, kind: Reason['kind']): number | undefined =>
  kind === 'pending'
    ? firstSaid(pod.scheduled?.sinceMs, pod.createdMs)
    : firstSaid(pod.ready?.sinceMs, pod.startedMs, pod.createdMs)

const hashOf = (pod: Pod): string => pod.labels[HASH_LABEL] ?? ''

interface Wanted {
  readonly wantedHash: string
  readonly shipsNothing: { readonly words: string; readonly sinceMs: number } | undefined
}

/** The one live pod of a node that is to have one. */
export const lonePod = (pod: Pod, node: Node, { wantedHash, shipsNothing }: Wanted): Judgement => {
  if (!isReady(pod)) {
    const reason = whyNotReady(pod, node)
    return { state: 'not_covered', reason, sinceMs: notReadySince(pod, reason.kind), pod }
  }
  if (shipsNothing) {
    const { words, sinceMs } = shipsNothing
    return { state: 'not_covered', reason: { kind: 'ships_nothing', words }, sinceMs, pod }
  }
  const sinceMs = firstSaid(pod.ready?.sinceMs)
  // Without a revision of the template nobody can say which pods are old: the hash is only a name.
  if (wantedHash === '' || hashOf(pod) === wantedHash) return { state: 'covered', reason: undefined, sinceMs, pod }
  return { state: 'covered', reason: { kind: 'old_revision', has: hashOf(pod), wanted: wantedHash }, sinceMs, pod }
}

const isSome = ({ value }: Scaled): boolean => value > 0

/** An old and a new pod side by side, as maxSurge wants them. */
export const surgePair = (live: readonly Pod[], { strategy }: DaemonSet, wantedHash: string): boolean =>
  live.length === 2 &&
  strategy.kind === 'RollingUpdate' &&
  isSome(strategy.maxSurge) &&
  live.filter((pod) => hashOf(pod) === wantedHash).length === 1

const lostWords = ({ ready }: Node): string | undefined => {
  if (ready?.status === 'True') return undefined
  return ready?.status === 'Unknown' ? 'the node’s kubelet is silent' : 'the node is not ready'
}

const ending = (pod: Pod, graceEndsMs: number, node: Node, nowMs: number): Judgement => {
  const lost = lostWords(node)
  const reason: Reason =
    lost === undefined ? { kind: 'terminating', graceEndsMs } : { kind: 'terminating_on_lost_node', words: lost }
  return { state: 'not_covered', reason, sinceMs: graceEndsMs <= nowMs ? graceEndsMs : undefined, pod }
}

/** status.reason is the kubelet's where it refused or evicted the pod (pkg/kubelet/lifecycle, eviction, nodeshutdown); containers that failed leave it empty. */
const ended = (pod: Pod): Judgement => {
  const exits = pod.containers.flatMap(({ lastExit }) => lastExit ?? [])
  const exit = exits.find(({ code, signal }) => code !== 0 || signal !== 0) ?? exits[0]
  const phase = pod.phase === 'Succeeded' ? 'Succeeded' : 'Failed'
  const words = [pod.reason, pod.message].filter((text) => text !== '').join(': ')
  const reason: Reason =
    phase === 'Failed' && pod.reason !== '' ? { kind: 'rejected', words } : { kind: 'failed_backing_off', phase, exit }
  return { state: 'not_covered', reason, sinceMs: firstSaid(exit?.atMs, pod.startedMs, pod.createdMs), pod }
}

/** A node that is to have a pod and has none that lives. */
export const noLivePod = (pods: readonly Pod[], node: Node, nowMs: number): Judgement => {
  const dying = firstKept(pods.filter((pod) => pod.deletedMs !== undefined))
  if (dying?.deletedMs !== undefined) return ending(dying, dying.deletedMs, node, nowMs)
  const dead = firstKept(pods)
  if (dead) return ended(dead)
  return { state: 'not_covered', reason: { kind: 'no_pod' }, sinceMs: undefined, pod: undefined }
}
