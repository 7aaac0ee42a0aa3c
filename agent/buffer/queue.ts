import { createWaker } from '../../lib/io/waker.ts'
import type { BulkBody, Chunk, Outcome } from '../event.ts'
import { createAlarm } from './alarm.ts'
import { bury } from './bury.ts'
import { chooseEntry } from './choose-entry.ts'
import { nextBody } from './chunk-source.ts'
import { type Entry, entryOfChunk, entryOfFile } from './entry.ts'
import { createHeldStreams, type HeldStreams } from './held-streams.ts'
import { type Hold, holdAfterRefusal, holdAfterSuccess } from './hold.ts'
import { type Judgement, judge, toChunkPositions } from './judge.ts'
import type { QueueDeps, QueueOptions } from './queue-options.ts'
import { type QueueStats, statsOf } from './queue-stats.ts'
import { createSpiller, type Spiller } from './spiller.ts'

/**
 * One output's queue of sealed chunks, and what sends them.
 *
 * Order: one row, by the time of sealing, whether a chunk is in memory or on disk. The oldest that may be sent is sent; a chunk
 * waiting for its backoff is passed by. So what is on disk, being older, goes first, and the chunks in memory are the window behind it.
 *
 * A chunk leaves the row when each of its documents has its final verdict: taken by the output, or fsynced as a dead letter.
 * Only then is it settled, unless it was fsynced on disk before (spill-policy.ts says when that is). The memory of a chunk
 * is its encoder's slot: released after it is settled, and never while a request still reads it.
 *
 * When nothing of a request is taken, the output is held: backoff with jitter, one request at a time, for ever. Every second
 * try is the second chunk in the row, and a chunk that is always the first to be refused waits on its own, so that one which
 * the output can never answer does not stop those behind it.
 *
 * Where one data stream of the output takes nothing, its documents alone wait (stream-holds.ts, park.ts).
 */
export interface ChunkQueue {
  /** Takes the chunk; never waits: the number of the encoder's slots bounds what is in memory. */
  push(chunk: Chunk): void
  /** A file that chunks may hold lines of was deleted: looks at what is due. */
  look(): void
  /** Whether the lane has more to encode and no free slot. */
  starved(yes: boolean): void
  /** total_limit_size is reached or the disk takes nothing, and a chunk should be spilled: reading waits. */
  full(): boolean
  /** The data stream is held and half of total_limit_size is in use: its files wait, so that the other half is there for the others. */
  holds(stream: string): boolean
  /** Sends until closed or aborted; resolves when nothing is left in memory that could be settled. */
  run(signal: AbortSignal): Promise<void>
  /** Flushes what is in memory until the deadline, then spills the rest. */
  close(graceMs: number): Promise<void>
  /** Ends the requests and spills all that is in memory, before it returns. */
  abort(): void
  stats(): QueueStats
}

/** How long requests may take to end after their signal is aborted. */
const ABORT_WAIT_MS = 1000

class Queue implements ChunkQueue {
  readonly #options: QueueOptions
  readonly #deps: QueueDeps
  readonly #spiller: Spiller
  readonly #waker = createWaker()
  readonly look = this.#waker.wake
  readonly #alarm
  readonly #cancel = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  /** In the order of their numbers. */
  readonly #entries = new Map<number, Entry>()
  #nextSeq: number
  #nextRequest = 1
  #inFlight = 0
  #hold: Hold | undefined
  readonly #streams: HeldStreams
  #mode: 'running' | 'closing' | 'stopping' | 'ended' = 'running'
  #deadlineMs = Number.POSITIVE_INFINITY
  #running = false

  constructor(options: QueueOptions, deps: QueueDeps) {
    this.#options = options
    this.#deps = deps
    this.#alarm = createAlarm(deps.clock, () => this.#waker.wake())
    this.#spiller = createSpiller(options, deps, this.#entries)
    const nextSeq = (): number => this.#nextSeq++
    this.#streams = createHeldStreams(options, deps, { entries: this.#entries, spiller: this.#spiller, nextSeq })
    const { found } = deps.store
    for (const stored of found) this.#entries.set(stored.seq, entryOfFile(stored, deps.clock.monotonic()))
    this.#nextSeq = deps.store.nextSeq
    if (found.length > 0) deps.events.recovered(deps.output.name, found.length, deps.store.bytes)
  }

  push(chunk: Chunk): void {
    const entry = entryOfChunk(this.#nextSeq++, chunk, this.#deps.clock.monotonic())
    this.#entries.set(entry.seq, entry)
    this.#spiller.watch(entry)
    if (this.#mode === 'stopping') this.#spiller.spillAll()
    this.#waker.wake()
  }

  starved(yes: boolean): void {
    if (this.#spiller.starved(yes)) this.#waker.wake()
  }

  full(): boolean {
    return this.#spiller.full() !== 'no'
  }

  holds(stream: string): boolean {
    return this.#streams.fills(stream)
  }

  stats(): QueueStats {
    return statsOf(this.#entries.values(), {
      hold: this.#hold,
      full: this.#spiller.full(),
      inFlight: this.#inFlight,
      bytesOnDisk: this.#deps.store.bytes,
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#running = true
    const onAbort = (): void => this.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) this.abort()
    for (let waitMs = this.#turn(); !this.#isDone(); waitMs = this.#turn()) {
      this.#alarm.set(waitMs)
      await this.#waker.wait()
    }
    this.#mode = 'ended'
    this.#alarm.cancel()
    signal.removeEventListener('abort', onAbort)
    this.#ended.resolve()
  }

  close(graceMs: number): Promise<void> {
    if (this.#mode === 'running') {
      this.#mode = 'closing'
      this.#deadlineMs = this.#deps.clock.monotonic() + graceMs
    }
    if (!this.#running) {
      this.abort()
      this.#mode = 'ended'
      this.#ended.resolve()
    }
    this.#waker.wake()
    return this.#ended.promise
  }

  abort(): void {
    if (this.#mode === 'stopping' || this.#mode === 'ended') return
    this.#mode = 'stopping'
    this.#deadlineMs = this.#deps.clock.monotonic() + ABORT_WAIT_MS
    this.#spiller.spillAll()
    this.#cancel.abort()
    this.#waker.wake()
  }

  #isDone(): boolean {
    const late = this.#deps.clock.monotonic() >= this.#deadlineMs
    if (this.#mode === 'closing' && late) this.abort()
    else if (this.#mode === 'stopping') return this.#inFlight === 0 || late
    else if (this.#mode === 'closing') return this.#inFlight === 0 && this.#spiller.inMemory() === 0
    return false
  }

  /** Does all that is due; returns the milliseconds until something else will be. */
  #turn(): number {
    const nowMs = this.#deps.clock.monotonic()
    const mode = this.#mode === 'ended' ? 'stopping' : this.#mode
    const spillInMs = this.#spiller.spillDue(nowMs, { mode, heldSinceMs: this.#hold?.sinceMs })
    const sendInMs = mode === 'stopping' ? Number.POSITIVE_INFINITY : this.#sendDue(nowMs)
    return Math.min(spillInMs, sendInMs, this.#streams.due(nowMs), this.#deadlineMs - nowMs)
  }

  #sendDue(nowMs: number): number {
    const hold = this.#hold
    if (hold && hold.untilMs > nowMs) return hold.untilMs - nowMs
    while (this.#inFlight < (hold ? 1 : this.#options.maxInFlight)) {
      const next = chooseEntry(this.#entries.values(), {
        nowMs,
        second: hold !== undefined && hold.attempt % 2 === 0,
        memoryOnly: this.#mode === 'closing',
        heldMs: (stream) => this.#streams.waitMs(stream, nowMs),
      })
      if (typeof next === 'number') return next
      this.#start(next)
    }
    return Number.POSITIVE_INFINITY
  }

  #start(entry: Entry): void {
    const body = this.#bodyOf(entry)
    if (!body) return
    entry.phase = 'sending'
    this.#inFlight++
    this.#streams.starts(entry, this.#nextRequest)
    void this.#send(entry, body)
  }

  async #send(entry: Entry, body: BulkBody): Promise<void> {
    const { clock, events, output } = this.#deps
    const [request, startedMs] = [this.#nextRequest++, clock.monotonic()]
    const outcome = await this.#ask(body)
    this.#inFlight--
    // What comes after the end is not ours to act on: the state folder may have another owner by now.
    if (this.#mode !== 'ended') {
      events.sent(output.name, outcome, body, clock.monotonic() - startedMs)
      this.#conclude(entry, body, outcome, request)
    }
    entry.phase = 'waiting'
    entry.pinned?.release()
    entry.pinned = undefined
    this.#waker.wake()
  }

  async #ask(body: BulkBody): Promise<Outcome> {
    try {
      return await this.#deps.output.send(body, this.#cancel.signal)
    } catch (error) {
      return { kind: 'again', reason: String(error), retryAfterMs: undefined, hold: false }
    }
  }

  #conclude(entry: Entry, body: BulkBody, outcome: Outcome, request: number): void {
    const part = entry.parts[0]!
    const judgement = judge(part, body.documents, outcome)
    const refused = bury(body, judgement.rejected, this.#deps)
    const unburied = refused ? judgement.rejected.map((rejection) => rejection.item) : []
    const kept = refused ? [toChunkPositions(part, unburied)] : []
    const others = [...entry.parts.slice(1), ...judgement.remaining, ...kept]
    const alone = others.length === 0
    const nextRequest = this.#nextRequest
    entry.parts = [...others, ...this.#streams.conclude({ entry, body, judgement, request, nextRequest, alone })]
    entry.deliveredDocuments += judgement.delivered
    const nothing = refused && judgement.delivered === 0
    const reason = refused ?? judgement.reason
    if (judgement.progress === 'stuck' || nothing) this.#refused(entry, { ...judgement, reason }, request)
    else this.#taken(request)
    if (entry.parts.length === 0) this.#finish(entry)
    else if (entry.waitsFor !== undefined) return
    else if (outcome.kind !== 'split' || refused) this.#later(entry, outcome.kind === 'items' || refused !== undefined)
  }

  #refused(entry: Entry, judgement: Judgement, request: number): void {
    const { backoff, clock, events, output } = this.#deps
    const nowMs = clock.monotonic()
    const before = this.#hold
    if (!before) entry.culprit++
    const reason = judgement.reason ?? 'nothing was taken'
    const refusal = { ...judgement, reason, request, nextRequest: this.#nextRequest, nowMs }
    this.#hold = holdAfterRefusal(before, refusal, backoff)
    if (before?.reason !== this.#hold.reason) {
      events.held(output.name, reason, this.#hold.attempt, this.#hold.untilMs - nowMs)
    }
  }

  #taken(request: number): void {
    const before = this.#hold
    this.#hold = holdAfterSuccess(before, request)
    if (before && !this.#hold) {
      this.#deps.events.resumed(this.#deps.output.name, this.#deps.clock.monotonic() - before.sinceMs)
    }
  }

  /** Some of it is to be sent again: after a backoff of its own where it is these documents, not the output, that wait. */
  #later(entry: Entry, own: boolean): void {
    entry.attempt++
    if (!own && entry.culprit < 2) return
    // At least a millisecond, or a turn of the loop could go on with it for ever.
    const waitMs = Math.max(1, this.#deps.backoff(own ? entry.attempt : entry.culprit))
    entry.notBeforeMs = this.#deps.clock.monotonic() + waitMs
  }

  #finish(entry: Entry): void {
    this.#spiller.report(entry)
    this.#entries.delete(entry.seq)
    if (entry.place.kind === 'memory') {
      this.#spiller.unwatch(entry)
      entry.place.chunk.settled('delivered')
      entry.place.chunk.release()
    } else if (entry.damaged) this.#deps.store.quarantine(entry.place.stored)
    else this.#deps.store.remove(entry.place.stored)
  }

  /** What is next to be sent of a chunk; undefined where its file holds nothing that can be sent now. */
  #bodyOf(entry: Entry): BulkBody | undefined {
    const source = nextBody(entry, this.#deps)
    if (source.kind === 'gone') this.#drop(entry, source.file)
    if (source.kind === 'later') this.#later(entry, true)
    return source.kind === 'body' ? source.body : undefined
  }

  #drop(entry: Entry, how: 'forget' | 'quarantine'): void {
    this.#entries.delete(entry.seq)
    if (entry.place.kind === 'disk') this.#deps.store[how](entry.place.stored)
  }
}

export const createQueue = (options: QueueOptions, deps: QueueDeps): ChunkQueue => new Queue(options, deps)
