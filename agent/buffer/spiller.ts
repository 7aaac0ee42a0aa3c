import type { BulkBody } from '../event.ts'
import { pickItems } from './bulk-items.ts'
import { fileBytes } from './chunk-format.ts'
import type { StoredChunk } from './chunk-store.ts'
import type { Entry } from './entry.ts'
import type { QueueDeps, QueueOptions } from './queue-options.ts'
import { type SpillFacts, spillInMs } from './spill-policy.ts'

/** The queue's way to the disk: which chunks in memory are due (spill-policy.ts), whether there is room, and what if not. */
export interface Spiller {
  /** An entry in memory. */
  watch(entry: Entry): void
  unwatch(entry: Entry): void
  inMemory(): number
  /** Whether that is news. */
  starved(yes: boolean): boolean
  full(): 'no' | 'limit' | 'disk'
  /** Spills what is due; returns the milliseconds until something else will be. */
  spillDue(
    nowMs: number,
    queue: { readonly mode: SpillFacts['mode']; readonly heldSinceMs: number | undefined },
  ): number
  /**
   * Writes documents of an entry as a chunk of their own; undefined where that cannot be done now. `creditBytes`: what will be free when the
   * entry is through, which is soon.
   */
  write(seq: number, body: BulkBody, oldestMs: number, creditBytes: number): StoredChunk | undefined
  /** Everything, now. */
  spillAll(): void
  /** Tells of what was delivered of an entry so far. */
  report(entry: Entry): void
}

type Full =
  | { readonly kind: 'no' | 'limit' }
  | { readonly kind: 'disk'; readonly attempt: number; readonly untilMs: number }

class Spill implements Spiller {
  readonly #options: QueueOptions
  readonly #deps: QueueDeps
  readonly #entries: ReadonlyMap<number, Entry> & { delete(seq: number): boolean }
  /** Those in memory, oldest first. */
  readonly #memory = new Set<Entry>()
  #starved = false
  #full: Full = { kind: 'no' }

  constructor(options: QueueOptions, deps: QueueDeps, entries: Map<number, Entry>) {
    this.#options = options
    this.#deps = deps
    this.#entries = entries
  }

  watch(entry: Entry): void {
    this.#memory.add(entry)
  }

  unwatch(entry: Entry): void {
    this.#memory.delete(entry)
  }

  inMemory(): number {
    return this.#memory.size
  }

  starved(yes: boolean): boolean {
    const news = this.#starved !== yes
    this.#starved = yes
    return news
  }

  full(): 'no' | 'limit' | 'disk' {
    return this.#full.kind
  }

  spillAll(): void {
    for (const entry of this.#memory) this.#spill(entry)
  }

  spillDue(nowMs: number, queue: Parameters<Spiller['spillDue']>[1]): number {
    if (this.#memory.size === 0) {
      this.#setFull({ kind: 'no' })
      return Number.POSITIVE_INFINITY
    }
    const held = queue.heldSinceMs === undefined ? undefined : nowMs - queue.heldSinceMs
    let nextMs = Number.POSITIVE_INFINITY
    let due = 0
    for (const entry of this.#memory) {
      const ms = spillInMs(this.#factsOf(entry, nowMs, queue.mode, held), this.#options.spill)
      if (ms > 0) nextMs = Math.min(nextMs, ms)
      else if (!this.#diskRests(nowMs) && this.#spill(entry)) continue
      else due++
    }
    if (due === 0) this.#setFull({ kind: 'no' })
    return this.#full.kind === 'disk' ? Math.min(nextMs, this.#full.untilMs - nowMs) : nextMs
  }

  #diskRests(nowMs: number): boolean {
    return this.#full.kind === 'disk' && this.#full.untilMs > nowMs
  }

  #factsOf(entry: Entry, nowMs: number, mode: SpillFacts['mode'], heldForMs: number | undefined): SpillFacts {
    return {
      mode,
      starved: this.#starved,
      sending: entry.phase === 'sending',
      failedBefore: entry.attempt > 0,
      vanishing: entry.vanishing,
      waitedMs: nowMs - entry.pushedMs,
      heldForMs,
      behindDisk: mode === 'closing' && this.#behindDisk(),
    }
  }

  /** What waits for a held data stream goes before nobody. */
  #behindDisk(): boolean {
    for (const entry of this.#entries.values()) if (entry.waitsFor === undefined) return entry.place.kind === 'disk'
    return false
  }

  write(seq: number, body: BulkBody, oldestMs: number, creditBytes: number): StoredChunk | undefined {
    const { events, output, store } = this.#deps
    if (this.#diskRests(this.#deps.clock.monotonic())) return undefined
    try {
      if (!this.#room(fileBytes(body.bytes.length) - creditBytes)) return undefined
      const stored = store.write(seq, body, oldestMs)
      events.spilled(output.name, stored.bytes, body.documents)
      return stored
    } catch (error) {
      this.#diskFailed(error as Error)
      return undefined
    }
  }

  #diskFailed(error: Error): void {
    const attempt = this.#full.kind === 'disk' ? this.#full.attempt + 1 : 1
    this.#setFull({ kind: 'disk', attempt, untilMs: this.#deps.clock.monotonic() + this.#deps.backoff(attempt) })
    this.#deps.events.spillFailed(this.#deps.output.name, error)
  }

  /** Whether it is safe on disk now. */
  #spill(entry: Entry): boolean {
    if (entry.place.kind !== 'memory') return true
    const { chunk } = entry.place
    const { events, output, store } = this.#deps
    let body: BulkBody = chunk.body
    try {
      body = left(entry, body)
      if (!this.#room(fileBytes(body.bytes.length))) return false
      const stored = store.write(entry.seq, body, entry.oldestMs)
      entry.place = { kind: 'disk', stored }
      events.spilled(output.name, stored.bytes, body.documents)
    } catch (error) {
      this.#diskFailed(error as Error)
      return false
    }
    this.#memory.delete(entry)
    this.report(entry)
    this.#renumber(entry, body)
    chunk.settled('spilled')
    if (entry.phase === 'sending') entry.pinned = chunk
    else chunk.release()
    return true
  }

  /** Positions are those in the file from now on; while it is being sent, file and positions are those of the whole body. */
  #renumber(entry: Entry, body: BulkBody): void {
    entry.documents = body.documents
    entry.plainBytes = body.plainBytes
    if (entry.phase === 'waiting') entry.parts = ['all']
  }

  report(entry: Entry): void {
    if (entry.deliveredDocuments === 0) return
    const { clock, events, output } = this.#deps
    events.delivered(output.name, entry.deliveredDocuments, clock.now() - entry.oldestMs)
    entry.deliveredDocuments = 0
  }

  #room(bytes: number): boolean {
    const { events, output, store } = this.#deps
    const { overflow, totalLimitBytes } = this.#options
    if (store.bytes + bytes <= totalLimitBytes) return true
    if (this.#full.kind !== 'limit') events.queueFull(output.name, store.bytes, overflow)
    while (overflow === 'drop_oldest_chunk' && store.bytes + bytes > totalLimitBytes && this.#dropOldest()) {}
    if (store.bytes + bytes <= totalLimitBytes) return true
    this.#setFull({ kind: 'limit' })
    return false
  }

  #dropOldest(): boolean {
    const { events, output, store } = this.#deps
    for (const entry of this.#entries.values()) {
      if (entry.place.kind !== 'disk' || entry.phase === 'sending') continue
      const before = store.bytes
      events.dropped(output.name, entry.documents ?? this.#documentsOf(entry.place.stored), 'total_limit_size')
      this.#entries.delete(entry.seq)
      store.remove(entry.place.stored)
      return store.bytes < before
    }
    return false
  }

  /** For the count alone: a header that cannot be read must not keep the chunk from being dropped. */
  #documentsOf(stored: Parameters<QueueDeps['store']['documentsOf']>[0]): number {
    try {
      return this.#deps.store.documentsOf(stored)
    } catch {
      return 0
    }
  }

  #setFull(full: Full): void {
    const roomAgain = this.#full.kind !== 'no' && full.kind === 'no'
    this.#full = full
    if (roomAgain) this.#deps.onRoom?.()
  }
}

/** What of the body is not yet delivered; all of it while it is being sent. */
const left = (entry: Entry, body: BulkBody): BulkBody => {
  if (entry.phase === 'sending' || entry.parts.includes('all')) return body
  const positions = entry.parts.flatMap((part) => (part === 'all' ? [] : [...part])).sort((a, b) => a - b)
  return positions.length === body.documents ? body : pickItems(body, positions)
}

export const createSpiller = (options: QueueOptions, deps: QueueDeps, entries: Map<number, Entry>): Spiller =>
  new Spill(options, deps, entries)
