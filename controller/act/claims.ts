import { KubeError } from '../../lib/kube/kube-error.ts'
import type { ClaimAction, DaemonSet, Json, JsonObject, Pod, Revision } from '../cluster.ts'
import { textAt } from '../plan/json-fields.ts'
import { ownerReference } from '../plan/pod-body.ts'
import { podPath, revisionPath } from './paths.ts'
import { isGone, type TurnWriter } from './turn-writer.ts'

type Claimed =
  | { readonly resource: 'pods'; readonly object: Pod }
  | { readonly resource: 'controllerrevisions'; readonly object: Revision }

const claimedOf = (action: ClaimAction): Claimed =>
  'pod' in action
    ? { resource: 'pods', object: action.pod }
    : { resource: 'controllerrevisions', object: action.revision }

const isAdoption = ({ kind }: ClaimAction): boolean => kind === 'adopt_pod' || kind === 'adopt_revision'

/**
 * The cache may not know yet that the DaemonSet is being deleted, or is another one of the same name: before the first adoption of a turn
 * the server is asked (pkg/controller RecheckDeletionTimestamp, k/k#42639).
 */
const recheck = async (daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
  const live = await writer.live(daemonSet)
  if (textAt(live, 'metadata', 'uid') !== daemonSet.uid)
    throw new Error(`${daemonSet.namespace}/${daemonSet.name} is another DaemonSet by now; it adopts nothing`)
  if (textAt(live, 'metadata', 'deletionTimestamp') !== '')
    throw new Error(`${daemonSet.namespace}/${daemonSet.name} has just been deleted; it adopts nothing`)
}

/** The uid is the lock: a patch must not meet another object that has got the name. */
const adoption = (daemonSet: DaemonSet, uid: string): JsonObject => ({
  metadata: { ownerReferences: [ownerReference(daemonSet)], uid },
})
const release = (daemonSet: DaemonSet, uid: string): JsonObject => ({
  metadata: { ownerReferences: [{ $patch: 'delete', uid: daemonSet.uid }], uid },
})

const patch = async (claimed: Claimed, body: Json, writer: TurnWriter): Promise<void> => {
  const { resource, object } = claimed
  const path = resource === 'pods' ? podPath : revisionPath
  await writer.write(resource, {
    method: 'PATCH',
    path: path(object.namespace, object.name),
    body,
    contentType: 'application/strategic-merge-patch+json',
  })
}

/** 422: it no longer has the owner reference, or is another object. */
const isReleased = (error: unknown): boolean => isGone(error) || (error instanceof KubeError && error.status === 422)

/** Every claim is tried; the errors of those that failed. */
export const carryOutClaims = async (
  actions: readonly ClaimAction[],
  daemonSet: DaemonSet,
  writer: TurnWriter,
  done: (action: ClaimAction, error: Error | undefined) => void,
): Promise<void> => {
  let rechecked: Promise<void> | undefined
  const adopt = async (claimed: Claimed): Promise<void> => {
    rechecked ??= recheck(daemonSet, writer)
    await rechecked
    await patch(claimed, adoption(daemonSet, claimed.object.uid), writer).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
  }
  const letGo = (claimed: Claimed): Promise<void> =>
    patch(claimed, release(daemonSet, claimed.object.uid), writer).catch((error: unknown) => {
      if (!isReleased(error)) throw error
    })

  const errors: Error[] = []
  for (const action of actions) {
    const claimed = claimedOf(action)
    const error = await (isAdoption(action) ? adopt(claimed) : letGo(claimed)).then(
      () => undefined,
      (caught: Error) => caught,
    )
    done(action, error)
    if (error) errors.push(error)
  }
  if (errors[0]) throw errors[0]
}
