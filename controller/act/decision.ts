import type { Action } from '../cluster.ts'

/** One thing that is done, in words for the log and for `--dry-run`. */
export interface Decision {
  readonly what: Action['kind']
  /** The pod or revision; of a pod that is to be made, nothing: it has no name yet. */
  readonly object?: string
  readonly node?: string
  readonly why: string
}

export const decisionOf = (action: Action): Decision => {
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
    default:
      return { what, object: action.revision.name, why }
  }
}
