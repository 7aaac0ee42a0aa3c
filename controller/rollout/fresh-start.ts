import type { DeletePod } from '../cluster.ts'
import { RESUME_ANNOTATION } from './settings.ts'
import type { Situation } from './situation.ts'

/** Failed new pods to delete when a rollout is resumed by hand: with a new pod each begins with a clean slate, restarts are counted from none. */
export interface FreshStart {
  readonly deletes: readonly DeletePod[]
  /** false: more are to follow, and the command stays. */
  readonly isLast: boolean
}

/** The revision that is rolled out is paused by itself, and this says that it is to go on. */
export const isResumed = ({ observation, revision }: Situation): boolean =>
  observation.daemonSet.annotations[RESUME_ANNOTATION] === revision

/**
 * Some that count as failed work all the same (restarts of last night, a lag): they go as any working pod, no more at a time than may be
 * down. Those that are down go with the last of them, and not before: a cause that has not gone would have them made anew without end.
 */
export const freshStart = ({ failures, sites, standing }: Situation): FreshStart => {
  const up = new Set(sites.flatMap(({ fresh, available }) => (fresh && available ? [fresh] : [])))
  const working = failures.filter(({ pod }) => up.has(pod))
  const room = Math.max(0, standing.maxUnavailable - standing.unavailable)
  const isLast = working.length <= room
  const now = isLast ? failures : working.slice(0, room)
  const deletes = now.map(
    ({ pod, node }): DeletePod => ({
      kind: 'delete_pod',
      pod,
      why: `node ${node}: it has failed, and the rollout is resumed by hand`,
    }),
  )
  return { deletes, isLast }
}
