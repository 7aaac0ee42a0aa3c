import type { ClusterEvent } from '../cluster.ts'
import { createLruCache } from './lru-cache.ts'

/**
 * What becomes of an event: a new object, one more of an object that is there, or nothing. All as client-go's EventCorrelator does it
 * (tools/record/events_cache.go), so that ours come as often as other controllers' do.
 */
export type Correlation = EventWrite | { readonly kind: 'suppress' }

export interface EventWrite {
  readonly kind: 'create' | 'count'
  readonly entry: EventEntry
}

/** An Event object, as far as it was written or is to be. */
export interface EventEntry {
  readonly name: string
  readonly message: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface EventCorrelator {
  /** `name`: for the object, should there be a new one. */
  correlate(event: ClusterEvent, atMs: number, name: string): Correlation
}

const CACHE_ENTRIES = 4096
/** With the tenth message that differs they are taken together; after ten minutes without one each is written again. */
const SIMILAR_EVENTS = 10
const SIMILAR_MS = 600_000
/** Of an object: these many at once, then one in five minutes. */
const BURST = 25
const REFILL_MS = 300_000

interface Similar {
  readonly messages: Set<string>
  lastMs: number
}

interface Allowance {
  tokens: number
  filledMs: number
}

const keyOf = (...parts: readonly string[]): string => parts.join('\n')

const objectKey = ({ about: { kind, identity }, type }: ClusterEvent): string =>
  keyOf(kind, identity.namespace, identity.name, identity.uid, type)

export const createEventCorrelator = (): EventCorrelator => {
  const similars = createLruCache<Similar>(CACHE_ENTRIES)
  const written = createLruCache<EventEntry>(CACHE_ENTRIES)
  const allowances = createLruCache<Allowance>(CACHE_ENTRIES)

  /** Under which key it is counted, and in which words. */
  const aggregate = (event: ClusterEvent, atMs: number): { readonly key: string; readonly message: string } => {
    const key = keyOf(objectKey(event), event.reason)
    const before = similars.get(key)
    const fresh = !before || atMs - before.lastMs > SIMILAR_MS
    const { messages } = fresh ? { messages: new Set<string>() } : before
    messages.add(event.message)
    similars.set(key, { messages, lastMs: atMs })
    if (messages.size < SIMILAR_EVENTS) return { key: keyOf(key, event.message), message: event.message }
    // One goes, so that the set stays small and the next one that differs is taken together with these again.
    for (const one of messages) {
      messages.delete(one)
      break
    }
    return { key, message: `(combined from similar events): ${event.message}` }
  }

  const isAllowed = (event: ClusterEvent, atMs: number): boolean => {
    const key = objectKey(event)
    const { tokens, filledMs } = allowances.get(key) ?? { tokens: BURST, filledMs: atMs }
    const filled = Math.min(BURST, tokens + Math.max(0, atMs - filledMs) / REFILL_MS)
    const allowed = filled >= 1
    allowances.set(key, { tokens: allowed ? filled - 1 : filled, filledMs: atMs })
    return allowed
  }

  return {
    correlate: (event, atMs, name) => {
      const { key, message } = aggregate(event, atMs)
      const before = written.get(key)
      const entry = before
        ? { ...before, message, count: before.count + 1, lastMs: atMs }
        : { name, message, count: 1, firstMs: atMs, lastMs: atMs }
      // Counted also where it is suppressed: the next one that passes tells how many there were.
      written.set(key, entry)
      if (!isAllowed(event, atMs)) return { kind: 'suppress' }
      return { kind: before ? 'count' : 'create', entry }
    },
  }
}
