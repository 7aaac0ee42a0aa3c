import type { ApiRequest, Send } from '../../../lib/kube/api-client.ts'
import { type KubeError, kubeErrorFromStatus } from '../../../lib/kube/kube-error.ts'

/** An API server in memory: objects by their paths, with the locks and patches that the controller uses. */

interface Meta {
  readonly name: string
  readonly generateName?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels?: unknown
  readonly ownerReferences?: readonly { readonly uid: string; readonly $patch?: string }[]
}
export interface ApiObject {
  readonly metadata: Meta
  readonly [field: string]: unknown
}

export interface ModelApi {
  readonly send: Send
  /** Every request, in the order of arrival. */
  readonly requests: readonly ApiRequest[]
  readonly objects: ReadonlyMap<string, ApiObject>
  put(path: string, object: { readonly metadata: object; readonly [field: string]: unknown }): void
  /** Asked before anything is done; an error is the answer. */
  refuse: (request: ApiRequest) => KubeError | undefined
}

export const refusal = (code: number, reason: string, message: string, cause?: string): KubeError =>
  kubeErrorFromStatus({
    kind: 'Status',
    code,
    reason,
    message,
    details: cause === undefined ? {} : { causes: [{ reason: cause }] },
  })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386. */
const merge = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = merge(merged[key], value)
  }
  return merged
}

type References = NonNullable<Meta['ownerReferences']>

/** Of lists only ownerReferences are patched here, by their uid. */
const mergeReferences = (target: References = [], patch: References): References => {
  const uids = new Set(patch.map(({ uid }) => uid))
  return [...target.filter(({ uid }) => !uids.has(uid)), ...patch.filter(({ $patch }) => $patch !== 'delete')]
}

export const createModelApi = (): ModelApi => {
  const objects = new Map<string, ApiObject>()
  const requests: ApiRequest[] = []
  let version = 100

  const put: ModelApi['put'] = (path, object) => {
    version++
    const metadata = { name: path.slice(path.lastIndexOf('/') + 1), uid: `uid-${version}`, ...object.metadata }
    objects.set(path, { ...object, metadata: { ...metadata, resourceVersion: String(version) } })
  }

  const there = (path: string): ApiObject => {
    const object = objects.get(path)
    if (!object) throw refusal(404, 'NotFound', `${path} not found`)
    return object
  }

  const create = (path: string, body: ApiObject): ApiObject => {
    const { generateName, name = `${generateName}${version + 1}` } = body.metadata
    const at = `${path}/${name}`
    if (objects.has(at)) throw refusal(409, 'AlreadyExists', `${at} already exists`)
    put(at, { ...body, metadata: { ...body.metadata, name } })
    return there(at)
  }

  const patch = (path: string, body: ApiObject, strategic: boolean): ApiObject => {
    const at = path.replace(/\/status$/, '')
    const object = there(at)
    const { uid = object.metadata.uid, resourceVersion = object.metadata.resourceVersion } = body.metadata ?? {}
    if (uid !== object.metadata.uid) throw refusal(422, 'Invalid', 'metadata.uid: field is immutable')
    if (resourceVersion !== object.metadata.resourceVersion)
      throw refusal(409, 'Conflict', 'the object has been modified')
    const merged = merge(object, body) as ApiObject
    const references = body.metadata?.ownerReferences
    const ownerReferences = strategic && references && mergeReferences(object.metadata.ownerReferences, references)
    put(at, ownerReferences ? { ...merged, metadata: { ...merged.metadata, ownerReferences } } : merged)
    return there(at)
  }

  const remove = (path: string, body: { readonly preconditions?: { readonly uid?: string } }): unknown => {
    const object = there(path)
    if (body.preconditions?.uid !== object.metadata.uid) throw refusal(409, 'Conflict', 'Precondition failed: UID')
    objects.delete(path)
    return { kind: 'Status', metadata: {}, status: 'Success' }
  }

  const answer = ({ method, path, body, contentType }: ApiRequest): unknown => {
    const sent = (typeof body === 'string' ? JSON.parse(body) : body) as ApiObject
    if (method === 'GET') return there(path)
    if (method === 'POST') return create(path, sent)
    if (method === 'PATCH') return patch(path, sent, contentType === 'application/strategic-merge-patch+json')
    return remove(path, sent as never)
  }

  const api: ModelApi = {
    requests,
    objects,
    put,
    refuse: () => undefined,
    send: async (request) => {
      requests.push(request)
      const refused = api.refuse(request)
      if (refused) throw refused
      return answer(request)
    },
  }
  return api
}
