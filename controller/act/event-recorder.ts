import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import type { ClusterEvent } from '../cluster.ts'
import { createEventSeries, type Series } from './event-series.ts'
import { eventPath } from './paths.ts'
import { isGone } from './turn-writer.ts'

export interface EventRecorder {
  /** Writes it some time soon; never waits, never throws. */
  record(event: ClusterEvent): void
}

export interface RecorderDeps {
  readonly send: Send
  readonly clock: Clock
  /** Of this process: reportingInstance. */
  readonly identity: string
  readonly failed: (error: Error) => void
  readonly signal: AbortSignal
}

const COMPONENT = 'picket-controller'
/** Beyond it events are dropped: the cluster's state is told by status and metrics, Events only tell people why. */
const MAX_WAITING = 1000
/** pkg/apis/core/validation: longer ones are refused. */
const MAX_MESSAGE = 1024

const API_VERSIONS = { DaemonSet: 'apps/v1', Node: 'v1', Pod: 'v1' } as const

/** Nodes have no namespace; their events are in this one. */
const namespaceOf = ({ about }: ClusterEvent): string => about.identity.namespace || 'default'

const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

const bodyOf = ({ event, name, count, firstMs, lastMs }: Series, identity: string) => {
  const { kind, identity: object } = event.about
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(event) },
    involvedObject: { apiVersion: API_VERSIONS[kind], kind, ...objectReference(object) },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, MAX_MESSAGE),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: identity,
    firstTimestamp: timeText(firstMs),
    lastTimestamp: timeText(lastMs),
    count,
  }
}

const objectReference = ({ namespace, name, uid }: ClusterEvent['about']['identity']) => ({
  ...(namespace === '' ? {} : { namespace }),
  name,
  uid,
})

export const createEventRecorder = ({ send, clock, identity, failed, signal }: RecorderDeps): EventRecorder => {
  const series = createEventSeries(clock)
  const waiting: Series[] = []
  let writing = false

  const create = (one: Series): Promise<unknown> =>
    send({ method: 'POST', path: eventPath(namespaceOf(one.event)), body: bodyOf(one, identity) }, signal)

  const raise = async (one: Series): Promise<void> => {
    const path = eventPath(namespaceOf(one.event), one.name)
    const body = { count: one.count, lastTimestamp: timeText(one.lastMs) }
    try {
      await send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }, signal)
    } catch (error) {
      // Events live for an hour, and some of them shorter.
      if (!isGone(error)) throw error
      await create(one)
    }
  }

  const write = async (): Promise<void> => {
    writing = true
    for (let one = waiting.shift(); one && !signal.aborted; one = waiting.shift()) {
      try {
        await (one.count === 1 ? create(one) : raise(one))
      } catch (error) {
        if (!signal.aborted) failed(error as Error)
      }
    }
    writing = false
  }

  return {
    record: (event) => {
      if (waiting.length >= MAX_WAITING) return
      const one = series.admit(event)
      if (!one) return
      waiting.push(one)
      if (!writing) void write()
    },
  }
}
