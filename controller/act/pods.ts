import { KubeError } from '../../lib/kube/kube-error.ts'
import type { CreatePod, DaemonSet, DeletePod, PodAction } from '../cluster.ts'
import { textAt } from '../plan/json-fields.ts'
import { podPath } from './paths.ts'
import { slowStart } from './slow-start.ts'
import type { TurnWriter } from './turn-writer.ts'

/** What was asked for and is to be seen through the watch. */
export interface PodExpectations {
  expect(creates: number, deletes: number): void
  /** It will not come. */
  creationObserved(): void
  deletionObserved(): void
  lower(creates: number): void
}

/** What became of each. `name`: of the pod that was made. 'gone': it no longer was there, so nobody is told that it was deleted. */
export interface PodReports {
  readonly created: (action: CreatePod, outcome: { readonly name: string } | { readonly error: Error }) => void
  readonly deleted: (action: DeletePod, outcome: 'deleted' | 'gone' | { readonly error: Error }) => void
}

/** The namespace goes: nothing can be made there, and to say it a thousand times helps nobody. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof KubeError && error.causes.includes('NamespaceTerminating')

const isCreate = (action: PodAction): action is CreatePod => action.kind === 'create_pod'

/**
 * pkg/controller/daemon syncNodes: creates with a slow start, then all deletes at once, also where creates failed. A plan has at most
 * 250 of each, and the client's connections bound how many are on their way. Of what failed nothing is expected; throws the first error.
 */
export const carryOutPods = async (
  actions: readonly PodAction[],
  { namespace }: DaemonSet,
  writer: TurnWriter,
  { expectations, reports }: { readonly expectations: PodExpectations; readonly reports: PodReports },
): Promise<void> => {
  const creates = actions.filter(isCreate)
  const deletes = actions.filter((action) => !isCreate(action))
  expectations.expect(creates.length, deletes.length)

  const create = async (action: CreatePod): Promise<void> => {
    try {
      const made = await writer.write('pods', { method: 'POST', path: podPath(namespace), body: action.body })
      reports.created(action, { name: textAt(made, 'metadata', 'name') })
    } catch (error) {
      if (isNamespaceTerminating(error)) return
      expectations.creationObserved()
      reports.created(action, { error: error as Error })
      throw error
    }
  }

  const remove = async (action: DeletePod): Promise<void> => {
    try {
      const was = await writer.remove('pods', action.pod, action.graceSeconds)
      if (!was) expectations.deletionObserved()
      reports.deleted(action, was ? 'deleted' : 'gone')
    } catch (error) {
      expectations.deletionObserved()
      reports.deleted(action, { error: error as Error })
      throw error
    }
  }

  const created = await slowStart(creates, create)
  if (created.tried < creates.length) expectations.lower(creates.length - created.tried)
  const deleted = await Promise.allSettled(deletes.map(remove))
  const failed = deleted.find((outcome) => outcome.status === 'rejected')
  const error = created.errors[0] ?? (failed?.reason as Error | undefined)
  if (error) throw error
}
