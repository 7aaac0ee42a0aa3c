import { Account, type Period } from './account.ts'
import type { Evidence, Origin, Stretch } from './evidence.ts'
import { type FileReport, type Held, isSound, judgeFile, nothingHeld } from './judge.ts'
import { bytesIn, RangeSet } from './ranges.ts'

/** What of the state folder is known for a file, and who the file is where no document says it. */
export interface HeldFile extends Held {
  readonly origin: Origin
}

export interface AuditorOptions {
  readonly period: Period
  readonly expires: boolean
  /** By fingerprint. */
  readonly held: ReadonlyMap<string, HeldFile>
}

/**
 * Adds up documents that come file by file, and reports each file as soon as nothing can change it. A record that goes on in the next
 * file names that file's bytes, whichever of the two comes first; so a file is kept until the end where something is missing or it
 * is open, and of a complete one only its name: some 100 bytes a file.
 */
export class Auditor {
  readonly #options: AuditorOptions
  readonly #kept = new Map<string, Account>()
  readonly #reported = new Set<string>()
  /** Bytes of files that have not come yet, named by records that began in another. */
  readonly #foreign = new Map<string, { readonly stretches: Stretch[]; readonly origin: Origin }>()
  #current: Account | undefined

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  #open(fingerprint: string, origin: Origin): Account {
    const account = this.#kept.get(fingerprint) ?? new Account(fingerprint, origin, this.#options.period)
    this.#kept.delete(fingerprint)
    for (const stretch of this.#foreign.get(fingerprint)?.stretches ?? []) account.cover(stretch)
    this.#foreign.delete(fingerprint)
    return account
  }

  /** Documents of one file in a row. Returns the report of the file before, where it is final. */
  take(evidence: Evidence): FileReport | undefined {
    const { fingerprint, origin, stretches } = evidence
    let report: FileReport | undefined
    if (this.#current?.fingerprint !== fingerprint) {
      report = this.#leave()
      this.#current = this.#open(fingerprint, origin)
    }
    this.#current?.take(evidence)
    for (const stretch of stretches) if (stretch.fingerprint !== fingerprint) this.#takeForeign(stretch, origin)
    return report
  }

  #takeForeign(stretch: Stretch, origin: Origin): void {
    const kept = this.#kept.get(stretch.fingerprint)
    if (kept) {
      kept.cover(stretch)
      return
    }
    const known = this.#foreign.get(stretch.fingerprint) ?? { stretches: [], origin }
    this.#foreign.set(stretch.fingerprint, known)
    known.stretches.push(stretch)
  }

  #leave(): FileReport | undefined {
    const account = this.#current
    this.#current = undefined
    if (!account) return undefined
    const report = this.#judge(account)
    if (report.state === 'closed' && isSound(report)) {
      this.#reported.add(account.fingerprint)
      return this.#isAsked(account) ? report : undefined
    }
    this.#kept.set(account.fingerprint, account)
    return undefined
  }

  #judge(account: Account): FileReport {
    return judgeFile(account, this.#options.held.get(account.fingerprint) ?? nothingHeld, this.#options)
  }

  get #hasPeriod(): boolean {
    const { sinceMs, untilMs } = this.#options.period
    return sinceMs !== undefined || untilMs !== undefined
  }

  /** Of a period, files that have a record in it. */
  #isAsked(account: Account): boolean {
    return !this.#hasPeriod || account.window !== undefined
  }

  /** All that is left; to be called once, last. */
  *finish(): Generator<FileReport> {
    const last = this.#leave()
    if (last) yield last
    for (const [fingerprint, { stretches, origin }] of [...this.#foreign]) {
      if (this.#reported.has(fingerprint)) yield doubledReport(fingerprint, stretches, origin)
      else this.#kept.set(fingerprint, this.#open(fingerprint, origin))
    }
    for (const [fingerprint, { origin }] of this.#hasPeriod ? [] : this.#options.held) {
      if (this.#reported.has(fingerprint) || this.#kept.has(fingerprint)) continue
      this.#kept.set(fingerprint, new Account(fingerprint, origin, this.#options.period))
    }
    for (const account of this.#kept.values()) if (this.#isAsked(account)) yield this.#judge(account)
  }
}

/** Bytes of a file that was complete without them. */
const doubledReport = (fingerprint: string, stretches: readonly Stretch[], origin: Origin): FileReport => {
  const doubled = new RangeSet()
  doubled.addAll(stretches)
  const none = { queued: 0, deadLettered: 0, lost: {}, skipped: 0, before: 0, gaps: [] }
  const covered = bytesIn(doubled.ranges)
  return {
    ...origin,
    fingerprint,
    state: 'closed',
    size: doubled.end,
    documents: 0,
    covered,
    ...none,
    doubled: doubled.ranges,
  }
}
