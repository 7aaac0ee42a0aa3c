import type { Closing, Evidence, Origin } from './evidence.ts'
import { type Range, RangeSet } from './ranges.ts'

/** When a record may have been written to count; undefined: any time. */
export interface Period {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
}

const isIn = (ms: number, { sinceMs, untilMs }: Period): boolean =>
  !(sinceMs !== undefined && ms < sinceMs) && !(untilMs !== undefined && ms >= untilMs)

/** What the documents say of one file, as they come. */
export class Account {
  readonly fingerprint: string
  readonly origin: Origin
  readonly #period: Period
  readonly covered = new RangeSet()
  readonly doubled = new RangeSet()
  readonly skipped = new RangeSet()
  readonly lost = new Map<string, RangeSet>()
  /** Size that the last closing document tells. */
  closedAt: number | undefined
  documents = 0
  /** Bytes from the first to the last record of the period. */
  window: Range | undefined

  constructor(fingerprint: string, origin: Origin, period: Period) {
    this.fingerprint = fingerprint
    this.origin = origin
    this.#period = period
  }

  take({ closing, ms, offset, stretches }: Evidence): void {
    if (closing) {
      this.#close(closing)
      return
    }
    this.documents++
    for (const stretch of stretches) if (stretch.fingerprint === this.fingerprint) this.cover(stretch)
    const end = Math.max(offset, ...stretches.filter((s) => s.fingerprint === this.fingerprint).map((s) => s.to))
    if (isIn(ms, this.#period)) this.#widen({ from: offset, to: end })
  }

  cover(range: Range): void {
    this.doubled.addAll(this.covered.add(range))
  }

  #widen({ from, to }: Range): void {
    const { window } = this
    this.window = { from: Math.min(from, window?.from ?? from), to: Math.max(to, window?.to ?? to) }
  }

  #close({ size, skipped, lost, cause }: Closing): void {
    this.closedAt = Math.max(size, this.closedAt ?? 0)
    this.skipped.addAll(skipped)
    if (lost.length === 0) return
    const known = this.lost.get(cause) ?? new RangeSet()
    this.lost.set(cause, known)
    known.addAll(lost)
  }
}
