import type { Clock } from '../../lib/io/clock.ts'
import type { TokenBucket } from '../../lib/kube/token-bucket.ts'

/** Keys that wait for a look, as client-go's util/workqueue: each once, and never in two hands at a time. */
export interface WorkQueue {
  add(key: string): void
  addAfter(key: string, afterMs: number): void
  /** After a failure: later with every one that follows on another without `forget`. */
  addRateLimited(key: string): void
  /** All is well with it: its next failure is a first one. */
  forget(key: string): void
  /** The next key, which is in the caller's hands until `done`; undefined once the queue is shut down. */
  take(): Promise<string | undefined>
  done(key: string): void
  shutDown(): void
  /** Keys that could be taken now. */
  readonly depth: number
  /** How long the first of them has been waiting; 0 where there is none. */
  readonly oldestMs: number
}

/** controller-runtime and client-go DefaultTypedControllerRateLimiter: 5 ms · 2^n up to 1,000 s, and a bucket over all keys. */
const FIRST_DELAY_MS = 5
const LAST_DELAY_MS = 1_000_000
/** Timers are 32 bits wide; a look that comes too early does no harm. */
const LONGEST_MS = 2_147_483_647
export const REQUEUE_LIMITS = { perSecond: 10, burst: 100 } as const

interface Later {
  readonly dueMs: number
  readonly cancel: () => void
}

export const createWorkQueue = (clock: Clock, bucket: TokenBucket): WorkQueue => {
  /** Since when. */
  const dirty = new Map<string, number>()
  const held = new Set<string>()
  const ready: string[] = []
  const later = new Map<string, Later>()
  const failures = new Map<string, number>()
  const takers: ((key: string | undefined) => void)[] = []
  let open = true

  const hold = (key: string): string => {
    dirty.delete(key)
    held.add(key)
    return key
  }

  const offer = (key: string): void => {
    const taker = takers.shift()
    if (taker) taker(hold(key))
    else ready.push(key)
  }

  const add = (key: string): void => {
    if (!open || dirty.has(key)) return
    dirty.set(key, clock.monotonic())
    // In somebody's hands: it comes again when they are done.
    if (!held.has(key)) offer(key)
  }

  const addAfter = (key: string, wantedMs: number): void => {
    const afterMs = Math.min(wantedMs, LONGEST_MS)
    if (!open) return
    if (afterMs <= 0) {
      add(key)
      return
    }
    const dueMs = clock.monotonic() + afterMs
    const waiting = later.get(key)
    if (waiting && waiting.dueMs <= dueMs) return
    waiting?.cancel()
    const ring = (): void => {
      later.delete(key)
      add(key)
    }
    later.set(key, { dueMs, cancel: clock.after(afterMs, ring) })
  }

  const addRateLimited = (key: string): void => {
    const before = failures.get(key) ?? 0
    failures.set(key, before + 1)
    addAfter(key, Math.max(Math.min(FIRST_DELAY_MS * 2 ** before, LAST_DELAY_MS), bucket.reserve()))
  }

  const take = (): Promise<string | undefined> => {
    const key = open ? ready.shift() : undefined
    if (key !== undefined) return Promise.resolve(hold(key))
    if (!open) return Promise.resolve(undefined)
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    takers.push(resolve)
    return promise
  }

  const done = (key: string): void => {
    held.delete(key)
    if (open && dirty.has(key)) offer(key)
  }

  const shutDown = (): void => {
    open = false
    for (const { cancel } of later.values()) cancel()
    later.clear()
    for (const taker of takers.splice(0)) taker(undefined)
  }

  return {
    add,
    addAfter,
    addRateLimited,
    forget: (key) => void failures.delete(key),
    take,
    done,
    shutDown,
    get depth() {
      return ready.length
    },
    get oldestMs() {
      const nowMs = clock.monotonic()
      return nowMs - (dirty.get(ready[0] ?? '') ?? nowMs)
    },
  }
}
