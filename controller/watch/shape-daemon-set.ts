import type { DaemonSet, Json, Scaled, Selector, UpdateStrategy } from '../cluster.ts'
import { labelsAt, listAt, objectAt, textAt, textsAt } from '../plan/json-fields.ts'
import { identityOf, isBeingDeleted, numberAt, ownLabelsOf, timeAt } from './shape-fields.ts'

const scaledOf = (value: Json | undefined, otherwise: number): Scaled => {
  if (typeof value === 'number') return { kind: 'number', value }
  const percent = /^(\d+)%$/.exec(typeof value === 'string' ? value : '')?.[1]
  return percent === undefined ? { kind: 'number', value: otherwise } : { kind: 'percent', value: Number(percent) }
}

/** Defaults as the server's own (pkg/apis/apps/v1/defaults.go). */
const strategyOf = (object: Json): UpdateStrategy => {
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return { kind: 'OnDelete' }
  const { maxUnavailable, maxSurge } = objectAt(object, 'spec', 'updateStrategy', 'rollingUpdate')
  return { kind: 'RollingUpdate', maxUnavailable: scaledOf(maxUnavailable, 1), maxSurge: scaledOf(maxSurge, 0) }
}

const selectorOf = (object: Json): Selector => ({
  matchLabels: labelsAt(object, 'spec', 'selector', 'matchLabels'),
  matchExpressions: listAt(object, 'spec', 'selector', 'matchExpressions').map((one) => ({
    key: textAt(one, 'key'),
    operator: textAt(one, 'operator'),
    values: textsAt(one, 'values'),
  })),
})

const statusOf = (object: Json): DaemonSet['status'] => {
  const status = objectAt(object, 'status')
  const { collisionCount } = status
  return {
    desiredNumberScheduled: numberAt(status, 'desiredNumberScheduled'),
    currentNumberScheduled: numberAt(status, 'currentNumberScheduled'),
    numberMisscheduled: numberAt(status, 'numberMisscheduled'),
    numberReady: numberAt(status, 'numberReady'),
    updatedNumberScheduled: numberAt(status, 'updatedNumberScheduled'),
    numberAvailable: numberAt(status, 'numberAvailable'),
    numberUnavailable: numberAt(status, 'numberUnavailable'),
    observedGeneration: numberAt(status, 'observedGeneration'),
    collisionCount: typeof collisionCount === 'number' ? collisionCount : undefined,
  }
}

export const shapeDaemonSet = (object: Json): DaemonSet => ({
  ...identityOf(object),
  labels: ownLabelsOf(object),
  annotations: labelsAt(object, 'metadata', 'annotations'),
  generation: numberAt(objectAt(object, 'metadata'), 'generation'),
  createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
  deleted: isBeingDeleted(object),
  selector: selectorOf(object),
  template: objectAt(object, 'spec', 'template'),
  strategy: strategyOf(object),
  minReadySeconds: numberAt(objectAt(object, 'spec'), 'minReadySeconds'),
  revisionHistoryLimit: numberAt(objectAt(object, 'spec'), 'revisionHistoryLimit', 10),
  status: statusOf(object),
})
