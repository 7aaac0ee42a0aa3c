import type { Json, Labels, Node, Taint } from '../cluster.ts'
import { labelsAt, listAt, objectAt, textAt } from '../plan/json-fields.ts'
import { internText } from './intern.ts'
import { conditionOf, identityOf, isBeingDeleted, ownLabelsOf, timeAt } from './shape-fields.ts'

/** The largest of all, and nobody here reads it. That it is there is kept: a patch that thinks that there are none would write over it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Most values are the same on many nodes. */
const interned = (labels: Labels): Labels =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, name === LAST_APPLIED ? '' : internText(value)]),
  )

const taintOf = (taint: Json): Taint => ({
  key: internText(textAt(taint, 'key')),
  value: internText(textAt(taint, 'value')),
  effect: internText(textAt(taint, 'effect')),
})

export const shapeNode = (object: Json): Node => {
  const { name, uid, resourceVersion } = identityOf(object)
  return {
    name,
    uid,
    resourceVersion,
    labels: interned(ownLabelsOf(object)),
    annotations: interned(labelsAt(object, 'metadata', 'annotations')),
    taints: listAt(object, 'spec', 'taints').map(taintOf),
    unschedulable: objectAt(object, 'spec').unschedulable === true,
    createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
    deleted: isBeingDeleted(object),
    ready: conditionOf(object, 'Ready'),
  }
}
