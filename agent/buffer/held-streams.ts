import type { BulkBody } from '../event.ts'
import type { Entry } from './entry.ts'
import type { Judgement, Part } from './judge.ts'
import { park } from './park.ts'
import type { QueueDeps, QueueOptions } from './queue-options.ts'
import type { Spiller } from './spiller.ts'
import { createStreamHolds } from './stream-holds.ts'

/** What a request brought, as far as held data streams go. */
export interface StreamVerdict {
  readonly entry: Entry
  readonly body: BulkBody
  readonly judgement: Judgement
  readonly request: number
  readonly nextRequest: number
  /** Nothing else is left of the chunk. */
  readonly alone: boolean
}

/** The queue's side of held data streams: who waits, what is put aside, when one is tried and released. */
export interface HeldStreams {
  /** ms until something for the stream may be sent. */
  waitMs(stream: string, nowMs: number): number
  /** The entry is being sent. */
  starts(entry: Entry, request: number): void
  /** What of the documents that their data stream refuses stays with the entry. */
  conclude(verdict: StreamVerdict): readonly Part[]
  /** ms until the next try is due. Releases streams for which nothing waits: what comes next is their try. */
  due(nowMs: number): number
  /** The stream is held and half of total_limit_size is in use. */
  fills(stream: string): boolean
}

export interface HeldStreamsParts {
  readonly entries: Map<number, Entry>
  readonly spiller: Spiller
  readonly nextSeq: () => number
}

export const createHeldStreams = (
  { overflow, totalLimitBytes, defaultStream }: QueueOptions,
  { backoff, clock, events, output, store }: QueueDeps,
  { entries, spiller, nextSeq }: HeldStreamsParts,
): HeldStreams => {
  const holds = createStreamHolds({
    backoff,
    held: (stream, { reason, attempt }, waitMs) => events.held(output.name, reason, attempt, waitMs, stream),
    released: (stream, afterMs) => events.resumed(output.name, afterMs, stream),
  })
  const waits = (stream: string): boolean => entries.values().some(({ waitsFor }) => waitsFor === stream)
  return {
    waitMs: holds.waitMs,
    starts: ({ waitsFor }, request) => {
      if (waitsFor !== undefined) holds.probing(waitsFor, request)
    },
    conclude: ({ entry, body, judgement, request, nextRequest, alone }) => {
      const { held, delivered, rejected, needsHuman, retryAfterMs } = judgement
      const nowMs = clock.monotonic()
      const waited = entry.waitsFor
      // Without a word on the stream (all of it to be retried, no answer at all) it waits on.
      const answered = held.length + delivered + rejected.length > 0
      if (answered) entry.waitsFor = undefined
      else if (waited !== undefined) holds.unanswered(waited, request, nowMs)
      const refusal = { request, nextRequest, nowMs, needsHuman, retryAfterMs }
      const parking = { entry, body, part: entry.parts[0]!, held, alone, refusal }
      const parts = park(parking, { holds, spiller, entries, nextSeq, defaultStream, nowMs: () => nowMs })
      // After park(): a stream that is refused once more is not released.
      if (answered && waited !== undefined) holds.taken(waited, request, nowMs)
      return parts
    },
    due: (nowMs) => {
      for (const stream of holds.due(nowMs)) if (!waits(stream)) holds.release(stream, nowMs)
      return holds.nextMs(nowMs)
    },
    fills: (stream) => overflow === 'block' && holds.has(stream) && store.bytes * 2 >= totalLimitBytes,
  }
}
