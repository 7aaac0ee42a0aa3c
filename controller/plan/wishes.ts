import type { Pod } from '../cluster.ts'

/** What a step wants of pods, before the limits of one turn cut it. */
export interface CreateWish {
  readonly node: string
  readonly why: string
}

export interface DeleteWish {
  readonly pod: Pod
  readonly why: string
  /** It goes because it failed or succeeded: people are told, and after a failure its node must wait. */
  readonly ended: boolean
}

export interface Wishes {
  readonly creates: readonly CreateWish[]
  readonly deletes: readonly DeleteWish[]
  /** From now until the first backoff of a node is over. */
  readonly againMs: number | undefined
}

/** The earlier of two waits. */
export const sooner = (a: number | undefined, b: number | undefined): number | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
