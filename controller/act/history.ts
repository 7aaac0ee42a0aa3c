import { KubeError } from '../../lib/kube/kube-error.ts'
import type { DaemonSet, HistoryAction, Json, JsonObject } from '../cluster.ts'
import { objectAt, textAt } from '../plan/json-fields.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'
import { sameTemplate } from '../plan/revision-data.ts'
import { daemonSetPath, podPath, revisionPath } from './paths.ts'
import { isGone, type TurnWriter } from './turn-writer.ts'

/** By its version, so that a change which has not been seen yet is not written over. */
const mergePatch = (
  writer: TurnWriter,
  resource: 'pods' | 'controllerrevisions' | 'daemonsets',
  path: string,
  body: Json,
): Promise<Json> => writer.write(resource, { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })

/**
 * The name is taken by a revision of another template. The count goes into the hash, so the next turn has another name; whether somebody
 * else has raised it meanwhile is told by the server's answer (pkg/controller/daemon snapshot).
 */
const countCollision = async (daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
  const { namespace, name, uid, status } = daemonSet
  const live = await writer.live(daemonSet)
  const counted = objectAt(live, 'status').collisionCount
  const known = typeof counted === 'number' ? counted : undefined
  if (known !== status.collisionCount)
    throw new Error(`the collisionCount of ${namespace}/${name} is ${known ?? 'unset'} by now; once more`)
  const body = {
    metadata: { uid, resourceVersion: textAt(live, 'metadata', 'resourceVersion') },
    status: { collisionCount: (known ?? 0) + 1 },
  }
  await mergePatch(writer, 'daemonsets', `${daemonSetPath(namespace, name)}/status`, body)
}

type CreateRevision = Extract<HistoryAction, { kind: 'create_revision' }>

/** It exists where a watch that lags does not show it yet, or where two templates have the same hash. */
const createRevision = async (action: CreateRevision, daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
  const { namespace } = daemonSet
  try {
    await writer.write('controllerrevisions', { method: 'POST', path: revisionPath(namespace), body: action.body })
  } catch (error) {
    if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error
    const there = await writer.read(revisionPath(namespace, action.name))
    const wanted = objectAt(JSON.parse(action.body) as JsonObject, 'data')
    if (sameTemplate(objectAt(there, 'data'), wanted)) return
    await countCollision(daemonSet, writer)
    throw error
  }
}

const carryOut = async (action: HistoryAction, daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
  switch (action.kind) {
    case 'create_revision':
      return createRevision(action, daemonSet, writer)
    case 'label_revision': {
      const { namespace, name } = action.revision
      const body = {
        metadata: { resourceVersion: writer.version(action.revision), labels: { [HASH_LABEL]: action.hash } },
      }
      await mergePatch(writer, 'controllerrevisions', revisionPath(namespace, name), body)
      return
    }
    case 'raise_revision': {
      const { namespace, name } = action.revision
      const body = { metadata: { resourceVersion: writer.version(action.revision) }, revision: action.to }
      await mergePatch(writer, 'controllerrevisions', revisionPath(namespace, name), body)
      return
    }
    case 'relabel_pod': {
      const { namespace, name, uid } = action.pod
      const body = { metadata: { uid, labels: { [HASH_LABEL]: action.hash } } }
      await mergePatch(writer, 'pods', podPath(namespace, name), body).catch((error: unknown) => {
        if (!isGone(error)) throw error
      })
      return
    }
    case 'delete_revision':
      await writer.remove('controllerrevisions', action.revision)
  }
}

/** One after the other, to the first that fails. */
export const carryOutHistory = async (
  actions: readonly HistoryAction[],
  daemonSet: DaemonSet,
  writer: TurnWriter,
  done: (action: HistoryAction, error: Error | undefined) => void,
): Promise<void> => {
  for (const action of actions) {
    try {
      await carryOut(action, daemonSet, writer)
    } catch (error) {
      done(action, error as Error)
      throw error
    }
    done(action, undefined)
  }
}
