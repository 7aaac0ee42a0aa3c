import type { ApiRequest, Send } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import type { DaemonSet, Identity, Json } from '../cluster.ts'
import { textAt } from '../plan/json-fields.ts'
import { daemonSetPath, podPath, revisionPath } from './paths.ts'

export type WrittenResource = 'pods' | 'daemonsets' | 'controllerrevisions'

/** Writes of one turn; each tells which version it made. Throws KubeError. */
export interface TurnWriter {
  /** The answer as JSON. */
  write(resource: WrittenResource, request: ApiRequest): Promise<Json>
  read(path: string): Promise<Json>
  /** The one with this uid; one that is gone, or whose name another has by now, is deleted. Tells whether it was there. */
  remove(resource: 'pods' | 'controllerrevisions', identity: Identity, graceSeconds?: number): Promise<boolean>
  /** The version that it has since this turn wrote it last, else the one that was observed. */
  version(identity: Identity): string
  /** The DaemonSet as it is now, from the server. */
  live(daemonSet: DaemonSet): Promise<Json>
}

export interface WriterDeps {
  readonly send: Send
  readonly wrote: (resource: WrittenResource, version: string) => void
  readonly signal: AbortSignal
}

export const isGone = (error: unknown): boolean => error instanceof KubeError && error.status === 404
/** The answer to a precondition that does not hold: the name is another object's now. */
const isConflict = (error: unknown): boolean => error instanceof KubeError && error.status === 409

const PATHS = { pods: podPath, controllerrevisions: revisionPath } as const

export const createTurnWriter = ({ send, wrote, signal }: WriterDeps): TurnWriter => {
  const versions = new Map<string, string>()

  const write: TurnWriter['write'] = async (resource, request) => {
    const answer = (await send(request, signal)) as Json
    const version = textAt(answer, 'metadata', 'resourceVersion')
    // A Status that tells of a deletion has none.
    if (version === '') return answer
    wrote(resource, version)
    if (resource === 'controllerrevisions') versions.set(textAt(answer, 'metadata', 'uid'), version)
    return answer
  }

  const read: TurnWriter['read'] = async (path) => (await send({ method: 'GET', path }, signal)) as Json

  const remove: TurnWriter['remove'] = async (resource, { namespace, name, uid }, graceSeconds) => {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid },
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
    }
    try {
      await write(resource, { method: 'DELETE', path: PATHS[resource](namespace, name), body })
      return true
    } catch (error) {
      if (isGone(error) || isConflict(error)) return false
      throw error
    }
  }

  return {
    write,
    read,
    remove,
    version: ({ uid, resourceVersion }) => versions.get(uid) ?? resourceVersion,
    live: ({ namespace, name }) => read(daemonSetPath(namespace, name)),
  }
}
