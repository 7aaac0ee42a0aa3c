import type { Clock } from '../io/clock.ts'
import { backoffMs } from './backoff.ts'
import { KubeError } from './kube-error.ts'
import { listPages } from './list-pages.ts'
import type { KubeObject, Resource } from './resource.ts'
import { DEFAULT_TUNING, type ListWatchTuning } from './tuning.ts'
import { type WatchEvent, watchEvents } from './watch-events.ts'

export interface ListWatchOptions<T> extends Resource {
  /** Keeps of each object what is needed, so that whole lists are never held. Must take anything: objects are strangers' text. */
  readonly shape: (object: KubeObject) => T
  /** All there is at that resource version, in place of whatever was known. */
  readonly onSnapshot: (objects: T[], version: string) => void
  readonly onEvent: (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T) => void
  /** A watch stands, for the first time or after a failure. */
  readonly onEstablished: () => void
  /** Something failed and what is known may age; the next try is in `retryInMs`. */
  readonly onFailed: (error: Error, retryInMs: number) => void
  readonly tuning?: Partial<ListWatchTuning>
}

export interface ListWatchDeps {
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

/** Where the loop is in the server's history. */
interface Place {
  /** Where the next watch starts; undefined: a list is due. */
  version: string | undefined
  /** What the next list must not be older than, see listPages. */
  listFrom: string
  listedAtMs: number
}

const isExpired = (error: unknown): boolean => error instanceof KubeError && error.expired
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/**
 * Lists and then watches one resource, for ever: a snapshot, then events, and a snapshot again only where the server has
 * forgotten the version that we know. After a lost connection it goes on from the last version. Never throws, never
 * spins; ends with the signal. Semantics: kubernetes.io/docs/reference/using-api/api-concepts, "Efficient detection of changes".
 */
export const listWatch = async <T>(
  options: ListWatchOptions<T>,
  deps: ListWatchDeps,
  signal: AbortSignal,
): Promise<void> => {
  const { clock, random } = deps
  const tuning = { ...DEFAULT_TUNING, ...options.tuning }
  const fromCache = tuning.listsFrom === 'cache'
  const place: Place = { version: undefined, listFrom: fromCache ? '0' : '', listedAtMs: 0 }
  let failures = 0
  let established = false

  const list = async (): Promise<void> => {
    const { objects, version } = await listPages(options, place.listFrom, options.shape, { clock, tuning, signal })
    place.version = version
    if (fromCache) place.listFrom = version
    place.listedAtMs = clock.monotonic()
    options.onSnapshot(objects, version)
  }

  const onOpen = (): void => {
    if (!established) options.onEstablished()
    established = true
  }

  const onEvent = ({ type, object, version }: WatchEvent): void => {
    if (type !== 'BOOKMARK') options.onEvent(type, options.shape(object))
    place.version = version
    if (fromCache) place.listFrom = version
  }

  /** What a list or a watch came to: an error, where it was one. */
  const attempt = async (work: () => Promise<void>): Promise<Error | undefined> => {
    try {
      await work()
      return undefined
    } catch (error) {
      return asError(error)
    }
  }

  const pause = async (error: Error): Promise<void> => {
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    const waitMs = Math.max(backoffMs(failures, tuning.backoff, random), Math.min(asked, tuning.backoff.capMs))
    failures += 1
    established = false
    options.onFailed(error, waitMs)
    await clock.sleep(waitMs, signal)
  }

  const listTurn = async (): Promise<void> => {
    const error = await attempt(list)
    if (isExpired(error)) place.listFrom = ''
    if (error !== undefined && !signal.aborted) await pause(error)
  }

  const watchTurn = async (version: string): Promise<void> => {
    const began = clock.monotonic()
    const seconds = Math.round(tuning.watchSeconds * (1 + random()))
    const watch = () => watchEvents(options, { version, seconds }, { onOpen, onEvent }, { clock, tuning, signal })
    const error = await attempt(watch)
    const livedMs = clock.monotonic() - began
    if (isExpired(error)) place.version = undefined
    if (signal.aborted) return
    // Only a watch that lasted proves that all is well: a server that opens watches and ends them at once must not be hammered.
    if (livedMs < tuning.settledMs)
      await pause(error ?? new Error(`the watch was ended after ${Math.round(livedMs)} ms`))
    else await afterLasting(error)
  }

  /** Load balancers cut long connections as a habit: that is not worth a word, the next try tells whether something is wrong. */
  const afterLasting = async (error: Error | undefined): Promise<void> => {
    failures = 0
    if (error === undefined || isExpired(error)) return
    if (error instanceof KubeError) await pause(error)
    else await clock.sleep(backoffMs(failures, tuning.backoff, random), signal)
  }

  while (!signal.aborted) {
    const due = place.version === undefined || clock.monotonic() - place.listedAtMs >= tuning.relistMs
    if (due) place.version = undefined
    if (place.version === undefined) await listTurn()
    else await watchTurn(place.version)
  }
}
