import type { Json, Labels, Node, Taint } from '../cluster.ts'
import { labelsAt, listAt, objectAt, textAt } from '../plan/json-fields.ts'
import { internText } from './intern.ts'
import { conditionOf, identityOf, isBeingDeleted, ownLabelsOf, timeAt } from './shape-fields.ts'

/** Most values are the same on many nodes. */
const interned = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, internText(value)]))

const OWN = 'picket.dev/'

/** Up to 256 KB a node, and only our own are read. Of the others the names stay: whether there are any decides how one is added. */
const ownAnnotations = (annotations: Labels): Labels =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [name, name.startsWith(OWN) ? value : '']))

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
    annotations: ownAnnotations(labelsAt(object, 'metadata', 'annotations')),
    taints: listAt(object, 'spec', 'taints').map(taintOf),
    unschedulable: objectAt(object, 'spec').unschedulable === true,
    createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
    deleted: isBeingDeleted(object),
    ready: conditionOf(object, 'Ready'),
  }
}
