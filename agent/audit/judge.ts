import type { Account, Period } from './account.ts'
import type { Origin } from './evidence.ts'
import { bytesIn, type Range, type Ranges, unionOf, within, without } from './ranges.ts'

/** What the agent's own state folder says of a file. */
export interface Held {
  /** In chunks on disk that are yet to be sent. */
  readonly queued: Ranges
  readonly deadLettered: Ranges
  readonly position: HeldPosition | undefined
}

export interface HeldPosition {
  /** Everything before it has its verdict or is queued on disk. */
  readonly committed: number
  readonly began: number
}

export interface JudgeOptions {
  readonly period: Period
  /** The store has dropped old documents (its limits, a lifecycle): a file's beginning may be among them. */
  readonly expires: boolean
}

/** One file's reckoning. Bytes are counted once, where the best is known of them: covered before queued before dead. */
export interface FileReport extends Origin {
  readonly fingerprint: string
  readonly state: 'closed' | 'open'
  /** Of a closed file its size; of an open one how far it is judged. */
  readonly size: number
  readonly documents: number
  readonly covered: number
  readonly queued: number
  readonly deadLettered: number
  readonly lost: Readonly<Record<string, number>>
  readonly skipped: number
  /** Before the first document that the store still has, or that is in the period. */
  readonly before: number
  readonly gaps: Ranges
  readonly doubled: Ranges
}

export const nothingHeld: Held = { queued: [], deadLettered: [], position: undefined }

/** As far as the file is judged: behind that bytes may be in memory, on their way or unread. */
const endOf = ({ closedAt, covered }: Account, { position }: Held): number => {
  if (closedAt !== undefined && closedAt >= covered.end) return closedAt
  return position ? Math.max(position.committed, closedAt ?? 0) : Math.max(covered.end, closedAt ?? 0)
}

const judgedRange = (account: Account, held: Held, { period, expires }: JudgeOptions): Range => {
  const { covered, window } = account
  const first = covered.ranges[0]?.from ?? (expires ? endOf(account, held) : 0)
  const from = period.sinceMs !== undefined ? (window?.from ?? 0) : expires ? first : 0
  const to = period.untilMs !== undefined ? (window?.to ?? 0) : endOf(account, held)
  return { from: Math.min(from, to), to }
}

export const judgeFile = (account: Account, held: Held, options: JudgeOptions): FileReport => {
  const judged = judgedRange(account, held, options)
  const counted = { from: judged.from, to: options.period.untilMs === undefined ? Number.POSITIVE_INFINITY : judged.to }
  const covered = account.covered.ranges
  const queued = without(held.queued, covered)
  const known = unionOf(covered, held.queued)
  const deadLettered = without(held.deadLettered, known)
  const began = held.position && held.position.began > 0 ? [{ from: 0, to: held.position.began }] : []
  const arrived = unionOf(known, deadLettered)
  const skipped = without(unionOf(account.skipped.ranges, began), arrived)
  const accounted = unionOf(arrived, skipped)
  const lost = [...account.lost].map(([cause, { ranges }]) => [cause, without(ranges, accounted)] as const)
  const explained = unionOf(accounted, ...lost.map(([, ranges]) => ranges))
  const isClosed = account.closedAt !== undefined && account.closedAt >= account.covered.end
  return {
    ...account.origin,
    fingerprint: account.fingerprint,
    state: isClosed ? 'closed' : 'open',
    size: judged.to,
    documents: account.documents,
    covered: bytesIn(within(covered, counted)),
    queued: bytesIn(queued),
    deadLettered: bytesIn(deadLettered),
    lost: Object.fromEntries(
      lost.map(([cause, ranges]) => [cause, bytesIn(ranges)]).filter(([, bytes]) => bytes !== 0),
    ),
    skipped: bytesIn(skipped),
    before: bytesIn(without(judged.from > 0 ? [{ from: 0, to: judged.from }] : [], explained)),
    gaps: without(
      [judged].filter(({ from, to }) => from < to),
      explained,
    ),
    doubled: within(account.doubled.ranges, counted),
  }
}

export const isSound = ({ doubled, gaps }: FileReport): boolean => gaps.length === 0 && doubled.length === 0

/** Closed, and nothing to tell of it but that it is complete. */
export const isComplete = (report: FileReport): boolean =>
  report.state === 'closed' &&
  isSound(report) &&
  report.queued + report.deadLettered + report.skipped + report.before === 0 &&
  Object.keys(report.lost).length === 0
