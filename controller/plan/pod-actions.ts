import type { BackoffEntry, ClusterEvent, Pod, PodAction } from '../cluster.ts'
import { backoffKey, nextBackoff } from './failed-backoff.ts'
import { podBody } from './pod-body.ts'
import type { Turn } from './turn.ts'
import type { DeleteWish, Wishes } from './wishes.ts'

/** pkg/controller/daemon BurstReplicas: of each, in one turn. */
const BURST = 250

export interface PodActions {
  readonly pods: readonly PodAction[]
  readonly events: readonly ClusterEvent[]
  readonly backoff: ReadonlyMap<string, BackoffEntry>
}

const endEvent = ({ daemonSet }: Turn, { namespace, name, target, phase }: Pod): ClusterEvent => {
  const [type, reason, what, end] =
    phase === 'Failed'
      ? (['Warning', 'FailedDaemonPod', 'failed', 'kill'] as const)
      : (['Normal', 'SucceededDaemonPod', 'succeeded', 'delete'] as const)
  const message = `Found ${what} daemon pod ${namespace}/${name} on node ${target}, will try to ${end} it`
  return { about: { kind: 'DaemonSet', identity: daemonSet }, type, reason, message }
}

/** Only for those that are deleted in this turn: the rest is found again, and its node has not waited yet. */
const backoffsOf = (turn: Turn, ended: readonly DeleteWish[]): ReadonlyMap<string, BackoffEntry> =>
  new Map(
    ended
      .filter(({ pod }) => pod.phase === 'Failed')
      .map(({ pod }) => {
        const key = backoffKey(turn.daemonSet, pod.target ?? '')
        return [key, nextBackoff(turn.backoff.get(key), turn.nowMs)]
      }),
  )

/** What is done of the wishes in this turn. */
export const podActions = (turn: Turn, wishes: Wishes): PodActions => {
  const deletes = wishes.deletes.slice(0, BURST)
  const ended = deletes.filter((wish) => wish.ended)
  return {
    pods: [
      ...wishes.creates.slice(0, BURST).map(
        ({ node, why }): PodAction => ({
          kind: 'create_pod',
          node,
          body: podBody(turn.daemonSet, node, turn.hash),
          why,
        }),
      ),
      ...deletes.map(({ pod, why }): PodAction => ({ kind: 'delete_pod', pod, why })),
    ],
    events: ended.map(({ pod }) => endEvent(turn, pod)),
    backoff: backoffsOf(turn, ended),
  }
}
