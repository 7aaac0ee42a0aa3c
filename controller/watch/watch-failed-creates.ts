import type { Clock } from '../../lib/io/clock.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'
import { listWatch } from '../../lib/kube/list-watch.ts'
import type { KubeObject } from '../../lib/kube/resource.ts'
import type { Json } from '../cluster.ts'
import { textAt } from '../plan/json-fields.ts'
import { timeAt } from './shape-fields.ts'

export interface FailedCreatesDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  readonly namespace: string | undefined
  readonly established: () => void
  readonly failed: (error: Error, retryInMs: number) => void
}

export interface FailedCreates {
  /** By the monotonic clock, when the built-in controller last said it of the DaemonSet with this uid; undefined: not that we know. */
  lastMs(uid: string): number | undefined
  readonly ended: Promise<void>
}

/** The first of its thousands is as good as the last: older ones hold nothing up. */
const KEPT_MS = 3_600_000

interface Refusal {
  readonly uid: string
  readonly atMs: number
}

const shape = (raw: KubeObject): Refusal => {
  const event = raw as Json
  const atMs =
    timeAt(event, 'series', 'lastObservedTime') || timeAt(event, 'lastTimestamp') || timeAt(event, 'eventTime')
  return { uid: textAt(event, 'involvedObject', 'uid'), atMs }
}

/** Follows the Events by which the built-in controller says that its pods are refused (quota, webhooks, pod security). */
export const watchFailedCreates = (deps: FailedCreatesDeps, signal: AbortSignal): FailedCreates => {
  const { client, clock, random, namespace } = deps
  const last = new Map<string, number>()

  const note = ({ uid }: Refusal, atMs: number): void => {
    for (const [known, seenMs] of last) if (clock.monotonic() - seenMs > KEPT_MS) last.delete(known)
    last.set(uid, Math.max(atMs, last.get(uid) ?? Number.NEGATIVE_INFINITY))
  }
  const ended = listWatch<Refusal>(
    {
      client,
      path: namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`,
      query: { fieldSelector: 'involvedObject.kind=DaemonSet,reason=FailedCreate,source=daemonset-controller' },
      content: 'full',
      shape,
      // Their age by the wall clock: an hour's events are listed at the start, and after a watch was lost.
      onSnapshot: (all) => {
        for (const one of all) note(one, clock.monotonic() - Math.max(0, clock.now() - one.atMs))
      },
      onEvent: (type, one) => {
        if (type !== 'DELETED') note(one, clock.monotonic())
      },
      onEstablished: deps.established,
      onFailed: deps.failed,
    },
    { clock, random },
    signal,
  )
  return { lastMs: (uid) => last.get(uid), ended }
}
