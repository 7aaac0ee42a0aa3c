import type { BackoffEntry, Pod } from '../cluster.ts'
import type { Deed } from './coverage.ts'
import type { ReasonKind } from './reason.ts'

/** What the guard would do about a node, once it has been so for long enough. */
export type Need =
  | { readonly kind: 'create' }
  /** Failed or ended: the pod is in the way of another. */
  | { readonly kind: 'delete'; readonly pod: Pod; readonly rejected: boolean }
  /** Its node is gone, and with it the kubelet that would confirm its end. */
  | { readonly kind: 'force_delete'; readonly pod: Pod; readonly graceEndsMs: number }

/** Times are of the monotonic clock: the wall clock may jump, and other people's clocks differ. */
export interface NodeMemory {
  /** '' where the node is gone. A new node of the same name begins anew. */
  readonly nodeUid: string
  /** `key` tells one need from the next: a pod is not the pod before it. */
  readonly need: { readonly key: string; readonly sinceMs: number } | undefined
  readonly uncoveredSinceMs: number | undefined
  /** Creations that have shown no pod yet. */
  readonly creating: BackoffEntry | undefined
  /** Pods that were deleted here because they failed or would not go; it outlives them, or a node that refuses every pod would be a hot loop. */
  readonly failing: BackoffEntry | undefined
  /** The last thing that events said of it. */
  readonly told: { readonly kind: ReasonKind; readonly atMs: number } | undefined
  readonly deed: Deed | undefined
}

/** What the guard knows of one DaemonSet from one look to the next. It is lost with the process: then it counts from the beginning. */
export interface GuardMemory {
  /** Only nodes of which there is something to know. */
  readonly nodes: ReadonlyMap<string, NodeMemory>
  /** The generation of which it was said that no revision of it exists. */
  readonly unhashedTold: number | undefined
}

export const EMPTY_MEMORY: GuardMemory = { nodes: new Map(), unhashedTold: undefined }

export const blank = (nodeUid: string): NodeMemory => ({
  nodeUid,
  need: undefined,
  uncoveredSinceMs: undefined,
  creating: undefined,
  failing: undefined,
  told: undefined,
  deed: undefined,
})

export const isBlank = ({ nodeUid: _, ...rest }: NodeMemory): boolean =>
  Object.values(rest).every((v) => v === undefined)
