import type { Condition, Identity, Json, Labels, Owner } from '../cluster.ts'
import { labelsAt, listAt, objectAt, textAt } from '../plan/json-fields.ts'
import { internText } from './intern.ts'

/** Pieces of objects that several resources have. Objects are strangers' text: whatever stands there, nothing here throws. */

export const numberAt = (value: Json | undefined, field: string, otherwise = 0): number => {
  const at = objectAt(value)[field]
  return typeof at === 'number' && Number.isFinite(at) ? at : otherwise
}

/** RFC 3339; 0 where there is none. */
export const timeAt = (value: Json | undefined, ...path: readonly string[]): number => {
  const text = textAt(value, ...path)
  const ms = text === '' ? 0 : Date.parse(text)
  return Number.isFinite(ms) ? ms : 0
}

export const isBeingDeleted = (object: Json | undefined): boolean =>
  textAt(object, 'metadata', 'deletionTimestamp') !== ''

export const identityOf = (object: Json | undefined): Identity => ({
  namespace: internText(textAt(object, 'metadata', 'namespace')),
  name: textAt(object, 'metadata', 'name'),
  uid: textAt(object, 'metadata', 'uid'),
  resourceVersion: textAt(object, 'metadata', 'resourceVersion'),
})

export const ownLabelsOf = (object: Json | undefined): Labels => labelsAt(object, 'metadata', 'labels')

export const controllerOf = (object: Json | undefined): Owner | undefined => {
  const reference = listAt(object, 'metadata', 'ownerReferences').find((one) => objectAt(one).controller === true)
  if (reference === undefined) return undefined
  return {
    apiVersion: internText(textAt(reference, 'apiVersion')),
    kind: internText(textAt(reference, 'kind')),
    name: internText(textAt(reference, 'name')),
    uid: internText(textAt(reference, 'uid')),
  }
}

const statusOf = (text: string): Condition['status'] => (text === 'True' || text === 'False' ? text : 'Unknown')

export const conditionOf = (object: Json | undefined, type: string): Condition | undefined => {
  const found = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === type)
  if (found === undefined) return undefined
  return {
    status: statusOf(textAt(found, 'status')),
    reason: internText(textAt(found, 'reason')),
    message: internText(textAt(found, 'message')),
    sinceMs: timeAt(found, 'lastTransitionTime'),
  }
}
