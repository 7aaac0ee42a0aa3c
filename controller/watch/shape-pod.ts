import type { Container, Json, Pod } from '../cluster.ts'
import { listAt, objectAt, textAt } from '../plan/json-fields.ts'
import { podTarget } from '../plan/pod-target.ts'
import { internLabels, internText } from './intern.ts'
import { conditionOf, controllerOf, identityOf, isBeingDeleted, numberAt, ownLabelsOf, timeAt } from './shape-fields.ts'

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const

const phaseOf = (text: string): Pod['phase'] => PHASES.find((phase) => phase === text) ?? 'Unknown'

const lastExitOf = (status: Json): Container['lastExit'] => {
  const state = objectAt(status, 'state', 'terminated')
  const ended = Object.keys(state).length > 0 ? state : objectAt(status, 'lastState', 'terminated')
  if (Object.keys(ended).length === 0) return undefined
  return {
    reason: internText(textAt(ended, 'reason')),
    code: numberAt(ended, 'exitCode'),
    signal: numberAt(ended, 'signal'),
    atMs: timeAt(ended, 'finishedAt'),
  }
}

const waitingOf = (status: Json): Container['waiting'] => {
  const waiting = objectAt(status, 'state', 'waiting')
  if (Object.keys(waiting).length === 0) return undefined
  return { reason: internText(textAt(waiting, 'reason')), message: textAt(waiting, 'message') }
}

const containersOf = (object: Json, field: string, init: boolean): Container[] =>
  listAt(object, 'status', field).map((status) => ({
    name: internText(textAt(status, 'name')),
    init,
    image: internText(textAt(status, 'image')),
    ready: objectAt(status).ready === true,
    restarts: numberAt(status, 'restartCount'),
    waiting: waitingOf(status),
    lastExit: lastExitOf(status),
  }))

/** undefined: somebody else controls it, which no turn looks at; there are many, and nothing of them is kept. */
export const shapePod = (object: Json): Pod | undefined => {
  const owner = controllerOf(object)
  if (owner && owner.kind !== 'DaemonSet') return undefined
  const spec = objectAt(object, 'spec')
  return {
    ...identityOf(object),
    labels: internLabels(ownLabelsOf(object)),
    owner,
    createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
    deletedMs: isBeingDeleted(object) ? timeAt(object, 'metadata', 'deletionTimestamp') : undefined,
    target: podTarget(spec),
    nodeName: textAt(spec, 'nodeName'),
    phase: phaseOf(textAt(object, 'status', 'phase')),
    reason: internText(textAt(object, 'status', 'reason')),
    message: textAt(object, 'status', 'message'),
    ready: conditionOf(object, 'Ready'),
    scheduled: conditionOf(object, 'PodScheduled'),
    containers: [
      ...containersOf(object, 'initContainerStatuses', true),
      ...containersOf(object, 'containerStatuses', false),
    ],
    ip: textAt(object, 'status', 'podIP'),
    startedMs: timeAt(object, 'status', 'startTime'),
  }
}
