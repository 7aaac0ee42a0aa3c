import type { JsonObject } from '../../../controller/cluster.ts'
import type { ApiRequest, Send } from '../../../lib/kube/api-client.ts'
import { KubeError } from '../../../lib/kube/kube-error.ts'
import type { ModelClock } from '../../support/model-clock.ts'

/** How one request fares on its way. `lost`: it arrives or not, and its answer never does. */
export interface Passage {
  readonly thereMs: number
  readonly backMs: number
  readonly lost?: 'request' | 'answer'
  /** Refused with this status. */
  readonly status?: number
}

export interface LeaseServer {
  /** The way of one candidate, whose requests fare as `passage` says. */
  way(passage: () => Passage): Send
  readonly lease: JsonObject | undefined
  /** Who has held it, in order, with the moments of their writes. */
  readonly writes: readonly { readonly atMs: number; readonly method: string; readonly holder: unknown }[]
  /** As a hand that writes another holder into it. */
  give(holder: string): void
  /** As `kubectl delete lease`. */
  remove(): void
}

const PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'

const refused = (status: number, reason: string): KubeError =>
  new KubeError(reason, { status, reason, retryAfterMs: undefined, expired: false })

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const gone = (): void =>
      reject(
        new KubeError('aborted', { status: undefined, reason: undefined, retryAfterMs: undefined, expired: false }),
      )
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  })

/** One Lease with its optimistic lock, behind networks that delay and lose. */
export const createLeaseServer = (clock: ModelClock): LeaseServer => {
  let lease: JsonObject | undefined
  let version = 10
  const writes: { atMs: number; method: string; holder: unknown }[] = []

  const store = (method: string, body: JsonObject): JsonObject => {
    version += 1
    lease = { ...body, metadata: { ...(body.metadata as JsonObject), resourceVersion: `${version}` } }
    writes.push({ atMs: clock.monotonic(), method, holder: (lease.spec as JsonObject).holderIdentity })
    return lease
  }

  const versionOf = (body: JsonObject | undefined): unknown =>
    (body?.metadata as JsonObject | undefined)?.resourceVersion

  const serve = ({ method, path, body }: ApiRequest): JsonObject => {
    const sent = structuredClone(body) as JsonObject
    if (method === 'POST' && path === PATH) {
      if (lease) throw refused(409, 'AlreadyExists')
      return store(method, sent)
    }
    if (path !== `${PATH}/picket` || !lease) throw refused(404, 'NotFound')
    if (method === 'GET') return lease
    if (versionOf(sent) !== versionOf(lease)) throw refused(409, 'Conflict')
    return store(method, sent)
  }

  /** A request that is given up on its way arrives all the same: that is what makes it hard. */
  const way =
    (passage: () => Passage): Send =>
    async (request, signal) => {
      const { thereMs, backMs, lost, status } = passage()
      const served = (async (): Promise<JsonObject> => {
        await clock.sleep(thereMs)
        if (lost === 'request') return new Promise<never>(() => {})
        if (status !== undefined) throw refused(status, 'Refused')
        try {
          return structuredClone(serve(request))
        } finally {
          await clock.sleep(backMs)
        }
      })()
      served.catch(() => {})
      return lost === 'answer' ? untilAborted(signal) : Promise.race([served, untilAborted(signal)])
    }

  return {
    way,
    get lease() {
      return lease
    },
    writes,
    give: (holderIdentity) => void store('PUT', { ...lease, spec: { ...(lease?.spec as JsonObject), holderIdentity } }),
    remove: () => {
      lease = undefined
    },
  }
}
