import type { Clock } from '../io/clock.ts'
import { KubeError, kubeErrorFromStatus, malformed } from './kube-error.ts'
import { jsonLines } from './read-body.ts'
import { ACCEPT, type KubeObject, type Resource } from './resource.ts'
import { withTimeLimit } from './time-limit.ts'
import type { ListWatchTuning } from './tuning.ts'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
  /** Where a later watch goes on from. */
  readonly version: string
}

const TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']

/** Whatever an ERROR event says, its stream is over, and what it may have kept from us is in the next list (as reflectors do). */
const ended = ({ message, status, reason, retryAfterMs }: KubeError): KubeError =>
  new KubeError(message, { status, reason, retryAfterMs, expired: true })

const asEvent = (line: unknown): WatchEvent => {
  const { type, object } = (line ?? {}) as { type?: unknown; object?: KubeObject }
  if (type === 'ERROR') throw ended(kubeErrorFromStatus(object))
  const version = object?.metadata?.resourceVersion
  if (object === undefined || typeof version !== 'string' || !TYPES.includes(type)) throw malformed('not an event')
  return { type: type as WatchEvent['type'], object, version }
}

export interface WatchHandlers {
  readonly onOpen: () => void
  readonly onEvent: (event: WatchEvent) => void
}

/**
 * One watch, from its version to its end. Resolves where the server ends it; throws KubeError for a refusal, an ERROR event or
 * garbage, and the connection's error where that breaks. Lives `seconds` and a margin at most: by then the server
 * must have ended it, so a connection that is still there is dead, however it pretends.
 */
export const watchEvents = async (
  resource: Resource,
  { version, seconds }: { version: string; seconds: number },
  handlers: WatchHandlers,
  { clock, tuning, signal }: { clock: Clock; tuning: ListWatchTuning; signal: AbortSignal },
): Promise<void> => {
  const { client, path } = resource
  const query = {
    ...resource.query,
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
    timeoutSeconds: String(seconds),
  }
  await withTimeLimit(clock, seconds * 1000 + tuning.marginMs, signal, async (living) => {
    const body = await withTimeLimit(clock, tuning.answerMs, living, (answering) =>
      client.get({ path, query, accept: ACCEPT[resource.content].watch, signal: answering }),
    )
    handlers.onOpen()
    for await (const line of jsonLines(body, tuning.maxLineBytes)) handlers.onEvent(asEvent(line))
  })
}
