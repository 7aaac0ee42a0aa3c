import { type Hold, holdAfterRefusal, type Refusal } from './hold.ts'

/**
 * Data streams (or indices) that take nothing while the output takes others: a narrow key, no template, a block. Each has a hold of its
 * own. Documents for it wait (entry.ts, `waitsFor`), and one chunk of them at a time is tried: the probe. When it is answered with
 * anything but the same refusal, the stream is released.
 */
export interface StreamHolds {
  /** ms until something for the stream may be sent: 0 where it is not held or its probe is due, Infinity while its probe is on its way. */
  waitMs(stream: string, nowMs: number): number
  has(stream: string): boolean
  /** false: too many streams are held; its documents are to be retried like any other. */
  refused(stream: string, refusal: Refusal): boolean
  /** The request is the stream's probe. */
  probing(stream: string, request: number): void
  /** A probe came back without a word on the stream (the whole output was busy): another one when the output is. */
  unanswered(stream: string, request: number, nowMs: number): void
  /** A probe was answered. */
  taken(stream: string, request: number, nowMs: number): void
  /** Nothing waits for it any more. */
  release(stream: string, nowMs: number): void
  /** Held streams whose probe is due. */
  due(nowMs: number): readonly string[]
  /** ms until the next probe is due; Infinity where none will be. */
  nextMs(nowMs: number): number
}

export interface StreamHoldsDeps {
  readonly backoff: (attempt: number) => number
  readonly held: (stream: string, hold: Hold, waitMs: number) => void
  readonly released: (stream: string, afterMs: number) => void
}

/** Names of streams may come from pods' annotations: a bound, far above what a person would look at. */
export const STREAMS_MAX = 64

interface Held {
  hold: Hold
  /** Number of the request that tries it. */
  probe: number | undefined
}

export const createStreamHolds = ({ backoff, held: tell, released }: StreamHoldsDeps): StreamHolds => {
  const held = new Map<string, Held>()
  const release = (stream: string, nowMs: number): void => {
    const one = held.get(stream)
    if (!one) return
    held.delete(stream)
    released(stream, nowMs - one.hold.sinceMs)
  }
  const note = (stream: string, before: Held | undefined, refusal: Refusal): void => {
    const hold = holdAfterRefusal(before?.hold, refusal, backoff)
    held.set(stream, { hold, probe: undefined })
    if (before?.hold.reason !== hold.reason) tell(stream, hold, hold.untilMs - refusal.nowMs)
  }
  const refused = (stream: string, refusal: Refusal): boolean => {
    const before = held.get(stream)
    if (!before && held.size >= STREAMS_MAX) return false
    // Whatever else was on its way with documents for it says nothing new, and must not push the probe off.
    if (!before || before.probe === refusal.request) note(stream, before, refusal)
    return true
  }
  return {
    waitMs: (stream, nowMs) => {
      const one = held.get(stream)
      if (!one) return 0
      return one.probe === undefined ? Math.max(0, one.hold.untilMs - nowMs) : Number.POSITIVE_INFINITY
    },
    has: (stream) => held.has(stream),
    refused,
    probing: (stream, request) => {
      const one = held.get(stream)
      if (one) one.probe = request
    },
    unanswered: (stream, request, nowMs) => {
      const one = held.get(stream)
      if (one?.probe !== request) return
      one.probe = undefined
      one.hold = { ...one.hold, untilMs: nowMs + Math.max(1, backoff(one.hold.attempt)) }
    },
    taken: (stream, request, nowMs) => {
      if (held.get(stream)?.probe === request) release(stream, nowMs)
    },
    release,
    due: (nowMs) =>
      [...held].flatMap(([stream, { hold, probe }]) => (probe === undefined && hold.untilMs <= nowMs ? [stream] : [])),
    nextMs: (nowMs) => {
      const waits = [...held.values()].map(({ hold, probe }) =>
        probe === undefined && hold.untilMs > nowMs ? hold.untilMs - nowMs : Number.POSITIVE_INFINITY,
      )
      return Math.min(...waits, Number.POSITIVE_INFINITY)
    },
  }
}
