import type {
  AnnotateDaemonSet,
  ClusterEvent,
  DaemonSet,
  DeletePod,
  RestoreTemplate,
  RolloutAction,
} from '../cluster.ts'
import { carryOutPods, type PodExpectations, type PodReports } from './pods.ts'
import { rolloutRequest } from './rollout-requests.ts'
import type { TurnWriter } from './turn-writer.ts'

export interface RolloutParts {
  readonly expectations: PodExpectations
  readonly event: (event: ClusterEvent) => void
  readonly acted: (daemonSet: DaemonSet, action: RolloutAction, error: Error | undefined) => void
}

const isDelete = (action: RolloutAction): action is DeletePod => action.kind === 'delete_pod'

/** As the placement's, with the reason: whoever asks why a pod went finds it with the DaemonSet. */
const reportsOf = (daemonSet: DaemonSet, { event, acted }: RolloutParts): PodReports => {
  const say = (type: ClusterEvent['type'], reason: string, message: string): void =>
    event({ about: { kind: 'DaemonSet', identity: daemonSet }, type, reason, message })
  return {
    created: () => {},
    deleted: (action, outcome) => {
      const error = typeof outcome === 'object' ? outcome.error : undefined
      acted(daemonSet, action, error)
      if (error) say('Warning', 'FailedDelete', `Error deleting: ${error.message}`)
      else if (outcome === 'deleted')
        say('Normal', 'SuccessfulDelete', `Deleted pod: ${action.pod.name}; ${action.why}`)
    },
  }
}

/** Pods first: where both are asked for, a failed new pod must be gone before the state forgets that it had failed. Throws the first error. */
export const carryOutRollout = async (
  actions: readonly RolloutAction[],
  daemonSet: DaemonSet,
  writer: TurnWriter,
  parts: RolloutParts,
): Promise<void> => {
  const write = async (action: AnnotateDaemonSet | RestoreTemplate): Promise<void> => {
    try {
      await writer.write('daemonsets', rolloutRequest(action))
      parts.acted(daemonSet, action, undefined)
    } catch (error) {
      parts.acted(daemonSet, action, error as Error)
      throw error
    }
  }
  const deletes = actions.filter(isDelete)
  const reports = reportsOf(daemonSet, parts)
  if (deletes.length > 0) await carryOutPods(deletes, daemonSet, writer, { expectations: parts.expectations, reports })
  for (const action of actions) if (!isDelete(action)) await write(action)
}
