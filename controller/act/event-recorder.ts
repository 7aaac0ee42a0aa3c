import { randomUUID } from 'node:crypto'
import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import type { ClusterEvent } from '../cluster.ts'
import { countPatch, eventBody, eventNamespace } from './event-body.ts'
import { createEventCorrelator, type EventWrite } from './event-correlator.ts'
import { eventPath } from './paths.ts'
import { isGone } from './turn-writer.ts'

/**
 * Tells the cluster's users what is done. Never throws and is never waited for: events that the server does not take, or that come
 * faster than it takes them, are dropped, and counted.
 */
export type RecordEvent = (event: ClusterEvent) => void

/** suppressed: too many of its object; overflow: too many wait; refused: the server's answer; unreachable: it never answered. */
export type EventOutcome = 'written' | 'suppressed' | 'overflow' | 'refused' | 'unreachable'

export interface EventRecorderDeps {
  readonly send: Send
  readonly clock: Clock
  /** Of this process. */
  readonly identity: string
  /** Ends it; what waits is left. */
  readonly signal: AbortSignal
  readonly recorded: (event: ClusterEvent, outcome: EventOutcome, error: Error | undefined) => void
}

// maxQueuedEvents, maxTriesPerEvent and defaultSleepDuration of client-go's tools/record/event.go.
const MAX_WAITING = 1000
const MAX_TRIES = 12
const AGAIN_MS = 10_000

const MAX_NAME_LENGTH = 253

/** The object's name and the nanosecond, which nobody else uses twice; `serial` stands for what the clock leaves out. */
const eventName = ({ about }: ClusterEvent, atMs: number, serial: number): string => {
  const nanoseconds = BigInt(Math.trunc(atMs)) * 1_000_000n + BigInt(serial % 1_000_000)
  const name = `${about.identity.name}.${nanoseconds.toString(16)}`
  return name.length > MAX_NAME_LENGTH ? randomUUID() : name
}

export const createEventRecorder = ({ send, clock, identity, signal, recorded }: EventRecorderDeps): RecordEvent => {
  const correlator = createEventCorrelator()
  const waiting: { readonly event: ClusterEvent; readonly atMs: number }[] = []
  let serial = 0
  let busy = false

  const create = (event: ClusterEvent, { entry }: EventWrite): Promise<unknown> =>
    send({ method: 'POST', path: eventPath(eventNamespace(event)), body: eventBody(event, entry, identity) }, signal)

  const count = async (event: ClusterEvent, one: EventWrite): Promise<void> => {
    const path = eventPath(eventNamespace(event), one.entry.name)
    const body = countPatch(one.entry)
    try {
      await send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }, signal)
    } catch (error) {
      // The server forgets events after an hour.
      if (!isGone(error)) throw error
      await create(event, one)
    }
  }

  const write = async (event: ClusterEvent, one: EventWrite): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        await (one.kind === 'create' ? create : count)(event, one)
        return recorded(event, 'written', undefined)
      } catch (caught) {
        const error = caught as Error
        if (error instanceof KubeError && error.status !== undefined) return recorded(event, 'refused', error)
        if (tries === MAX_TRIES || signal.aborted) return recorded(event, 'unreachable', error)
        await clock.sleep(AGAIN_MS, signal)
      }
    }
  }

  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const { event, atMs } = next
      const correlation = correlator.correlate(event, atMs, eventName(event, atMs, serial++))
      if (correlation.kind === 'suppress') recorded(event, 'suppressed', undefined)
      else await write(event, correlation)
    }
    busy = false
  }

  return (event) => {
    if (waiting.length === MAX_WAITING) return recorded(event, 'overflow', undefined)
    waiting.push({ event, atMs: clock.now() })
    if (busy) return
    busy = true
    void drain()
  }
}
