import type { Json, Revision } from '../cluster.ts'
import { objectAt } from '../plan/json-fields.ts'
import { controllerOf, identityOf, isBeingDeleted, numberAt, ownLabelsOf, timeAt } from './shape-fields.ts'

/** undefined: of a StatefulSet, or of something else. */
export const shapeRevision = (object: Json): Revision | undefined => {
  const owner = controllerOf(object)
  if (owner && owner.kind !== 'DaemonSet') return undefined
  return {
    ...identityOf(object),
    labels: ownLabelsOf(object),
    owner,
    createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
    deleted: isBeingDeleted(object),
    revision: numberAt(object, 'revision'),
    data: objectAt(object, 'data'),
  }
}
