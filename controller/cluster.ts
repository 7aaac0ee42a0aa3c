/**
 * What the controller sees and does: the types that cross the borders of its folders, all of them values. Nothing is imported here.
 * Times are milliseconds since the epoch; those that the cluster wrote are by its clock. What other programs must get back
 * unchanged (templates, revisions' data) stays the JSON that the API server sent: typed models drop what they do not know.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}
export type Labels = Readonly<Record<string, string>>

export interface Identity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** The owner reference with `controller: true`. */
export interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export interface Taint {
  readonly key: string
  /** '' where there is none. */
  readonly value: string
  /** NoSchedule, PreferNoSchedule, NoExecute. */
  readonly effect: string
}

export interface Condition {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** Last transition; 0 where the cluster does not say. */
  readonly sinceMs: number
}

export interface Node {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Labels
  /** Of those that are not ours (`picket.dev/…`) only the names. */
  readonly annotations: Labels
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  readonly createdMs: number
  readonly deleted: boolean
  readonly ready: Condition | undefined
}

export interface Container {
  readonly name: string
  readonly init: boolean
  readonly image: string
  readonly ready: boolean
  readonly restarts: number
  /** ImagePullBackOff, CrashLoopBackOff, ContainerCreating… */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined
  readonly lastExit:
    | { readonly reason: string; readonly code: number; readonly signal: number; readonly atMs: number }
    | undefined
}

export interface Pod extends Identity {
  readonly labels: Labels
  readonly owner: Owner | undefined
  readonly createdMs: number
  /** deletionTimestamp: the moment at which its grace is over; undefined: nobody has deleted it. */
  readonly deletedMs: number | undefined
  /** The node it is bound to, else the one that its affinity pins it to; undefined: cannot be told, it is left alone everywhere. */
  readonly target: string | undefined
  /** spec.nodeName; '' while the scheduler has not bound it. */
  readonly nodeName: string
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** status.reason and message: Evicted, NodeAffinity, OutOfcpu… */
  readonly reason: string
  readonly message: string
  readonly ready: Condition | undefined
  readonly scheduled: Condition | undefined
  readonly containers: readonly Container[]
  readonly ip: string
  /** status.startTime; 0 before the kubelet has seen it. */
  readonly startedMs: number
}

export interface SelectorRequirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}
/** metadata.labels must satisfy all of it. Without any requirement it is the empty selector, which selects everything. */
export interface Selector {
  readonly matchLabels: Labels
  readonly matchExpressions: readonly SelectorRequirement[]
}

/** A number, or a share of the nodes that is rounded up. */
export type Scaled =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'percent'; readonly value: number }

export type UpdateStrategy =
  | { readonly kind: 'OnDelete' }
  | { readonly kind: 'RollingUpdate'; readonly maxUnavailable: Scaled; readonly maxSurge: Scaled }

export interface StatusNumbers {
  readonly desiredNumberScheduled: number
  readonly currentNumberScheduled: number
  readonly numberMisscheduled: number
  readonly numberReady: number
  readonly updatedNumberScheduled: number
  readonly numberAvailable: number
  readonly numberUnavailable: number
}

export interface DaemonSet extends Identity {
  readonly labels: Labels
  readonly annotations: Labels
  readonly generation: number
  readonly createdMs: number
  /** It has a deletionTimestamp: the garbage collector owns it now. */
  readonly deleted: boolean
  readonly selector: Selector
  /** spec.template as the server sent it. */
  readonly template: JsonObject
  readonly strategy: UpdateStrategy
  readonly minReadySeconds: number
  readonly revisionHistoryLimit: number
  readonly status: StatusNumbers & { readonly observedGeneration: number; readonly collisionCount: number | undefined }
}

export interface Revision extends Identity {
  readonly labels: Labels
  readonly owner: Owner | undefined
  readonly createdMs: number
  readonly deleted: boolean
  readonly revision: number
  /** As the server sent it: {"spec":{"template":{…,"$patch":"replace"}}}. */
  readonly data: JsonObject
}

/** An Event on an object of the cluster, as `kubectl get events` shows it. `kind` of `about` is DaemonSet, Node or Pod. */
export interface ClusterEvent {
  readonly about: {
    readonly kind: 'DaemonSet' | 'Node' | 'Pod'
    /** namespace: '' for a Node. */
    readonly identity: Pick<Identity, 'name' | 'uid' | 'namespace'> & Partial<Pick<Identity, 'resourceVersion'>>
  }
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase. */
  readonly reason: string
  readonly message: string
  /** Of a plan's pods: it is true, and told, once all of these have been carried out. */
  readonly after?: readonly PodAction[]
}

/** Everything of a plan says why it is done: for events, the log, and `--dry-run`. */
export type ClaimAction =
  | { readonly kind: 'adopt_pod' | 'release_pod'; readonly pod: Pod; readonly why: string }
  | { readonly kind: 'adopt_revision' | 'release_revision'; readonly revision: Revision; readonly why: string }

export type HistoryAction =
  /** It gets its own name as the hash label. */
  | { readonly kind: 'label_revision'; readonly revision: Revision; readonly hash: string; readonly why: string }
  /** `body` is the text to post, as it is: the built-in controller compares the very bytes of a revision's data. */
  | { readonly kind: 'create_revision'; readonly name: string; readonly body: string; readonly why: string }
  | { readonly kind: 'raise_revision'; readonly revision: Revision; readonly to: number; readonly why: string }
  | { readonly kind: 'relabel_pod'; readonly pod: Pod; readonly hash: string; readonly why: string }
  | { readonly kind: 'delete_revision'; readonly revision: Revision; readonly why: string }

export interface CreatePod {
  readonly kind: 'create_pod'
  readonly node: string
  /** What is posted; JSON. */
  readonly body: JsonObject
  readonly why: string
}
export interface DeletePod {
  readonly kind: 'delete_pod'
  readonly pod: Pod
  readonly why: string
  /** 0: at once, for a pod whose node is gone; undefined: its own grace. */
  readonly graceSeconds?: number
}
export type PodAction = CreatePod | DeletePod
export type Action = ClaimAction | HistoryAction | PodAction

/** flowcontrol.Backoff's entry for a node whose pods fail. */
export interface BackoffEntry {
  readonly delayMs: number
  readonly updatedMs: number
}

/** All that a plan for one DaemonSet may look at. */
export interface Observation {
  readonly nowMs: number
  readonly daemonSet: DaemonSet
  /** By name, in order. */
  readonly nodes: readonly Node[]
  /** Of its namespace: those that it owns, and orphans. */
  readonly pods: readonly Pod[]
  /** The same of ControllerRevisions. */
  readonly revisions: readonly Revision[]
  /** What was asked for earlier has been seen: creates and deletes may be planned (1.7 of the contract; client-go's expectations). */
  readonly satisfied: boolean
  readonly namespaceTerminating: boolean
  /** Of nodes whose pods failed, by `uid/observedGeneration/node`. */
  readonly backoff: ReadonlyMap<string, BackoffEntry>
}

/** What a DaemonSet controller does in one turn, in this order; a step that fails ends its turn (status is written all the same, unless claims or history failed). */
export interface Plan {
  readonly claims: readonly ClaimAction[]
  readonly history: readonly HistoryAction[]
  readonly pods: readonly PodAction[]
  /** Old revisions beyond the limit. */
  readonly cleanup: readonly HistoryAction[]
  /** undefined: what is there is right. */
  readonly status: (StatusNumbers & { readonly observedGeneration: number }) | undefined
  readonly events: readonly ClusterEvent[]
  /** Entries that are new or longer now. */
  readonly backoff: ReadonlyMap<string, BackoffEntry>
  /** Look again then, though nothing may happen. */
  readonly requeueAfterMs: number | undefined
}

/** Sets annotations of a DaemonSet, or takes them off (null); all others stay as they are. */
export interface AnnotateDaemonSet {
  readonly kind: 'annotate_daemon_set'
  readonly daemonSet: DaemonSet
  readonly annotations: Readonly<Record<string, string | null>>
  readonly why: string
}
/** Puts an earlier template back, and the annotations in the same request: what was given up is known, or nothing has happened. */
export interface RestoreTemplate {
  readonly kind: 'restore_template'
  readonly daemonSet: DaemonSet
  readonly template: JsonObject
  /** Added or replaced. */
  readonly annotations: Labels
  readonly why: string
}
/** Pods are deleted first; what fails ends the turn, and the next one plans anew. */
export type RolloutAction = DeletePod | AnnotateDaemonSet | RestoreTemplate

/** Takes a taint off a node or puts it on, and marks the node; the node's other taints and annotations stay as they are. */
export interface TaintNode {
  readonly kind: 'remove_taint' | 'add_taint'
  readonly node: Node
  readonly taint: Taint
  /** Added or replaced, or taken off (null). */
  readonly annotations: Readonly<Record<string, string | null>>
  readonly why: string
}
