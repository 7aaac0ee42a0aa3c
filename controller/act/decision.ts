import type { Action, RolloutAction } from '../cluster.ts'

/** One thing that is done, in words for the log and for `--dry-run`. */
export interface Decision {
  readonly what: (Action | RolloutAction)['kind']
  /** The pod or revision; of a pod that is to be made, nothing: it has no name yet. */
  readonly object?: string
  readonly node?: string
  /** Set, or (null) taken off. */
  readonly annotations?: Readonly<Record<string, string | null>>
  readonly why: string
}

export const decisionOf = (action: Action | RolloutAction): Decision => {
  const { kind: what, why } = action
  switch (action.kind) {
    case 'create_pod':
      return { what, node: action.node, why }
    case 'create_revision':
      return { what, object: action.name, why }
    case 'adopt_pod':
    case 'release_pod':
    case 'relabel_pod':
    case 'delete_pod': {
      const { name, target } = action.pod
      return { what, object: name, ...(target === undefined ? {} : { node: target }), why }
    }
    case 'annotate_daemon_set':
    case 'restore_template':
      return { what, object: action.daemonSet.name, annotations: action.annotations, why }
    default:
      return { what, object: action.revision.name, why }
  }
}
