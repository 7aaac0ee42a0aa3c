import type { DataHealth } from '../health/data-health.ts'

/** Below these a difference is noise: a pod that has just started has its node's backlog before it. */
const NOTICED_LAG_SECONDS = 120
const NOTICED_PER_MINUTE = 10
/** How many times the old pods' median it must be. */
const FACTOR = 3

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const isKnown = ({ verdict }: DataHealth): boolean => verdict !== 'unknown' && verdict !== 'unreachable'

const share = (all: readonly DataHealth[], verdict: DataHealth['verdict']): number =>
  all.filter((one) => one.verdict === verdict).length / all.length

const RATES = [
  ['droppedPerMinute', 'documents dropped'],
  ['rejectedPerMinute', 'documents rejected'],
  ['failedRequestsPerMinute', 'requests failed'],
] as const

const worseNumber = (own: DataHealth, older: readonly DataHealth[]): string | undefined => {
  const lag = median(older.map(({ lagSeconds }) => lagSeconds))
  if (own.lagSeconds > Math.max(NOTICED_LAG_SECONDS, FACTOR * lag))
    return `is ${Math.round(own.lagSeconds)} s behind, older pods ${Math.round(lag)} s`
  for (const [rate, what] of RATES) {
    const theirs = median(older.map((one) => one[rate]))
    if (own[rate] > Math.max(NOTICED_PER_MINUTE, FACTOR * theirs))
      return `has ${Math.round(own[rate])} ${what} a minute, older pods ${Math.round(theirs)}`
  }
  return undefined
}

/**
 * Why the new pod's data fares worse than older pods' at the same time; undefined: it does not, or there is nothing to compare with.
 * What ails both alike (a store that is down) is no fault of the new revision.
 */
export const worseThan = (own: DataHealth, all: readonly DataHealth[]): string | undefined => {
  const known = all.filter((one) => one.verdict !== 'unknown')
  if (known.length === 0) return undefined
  if (own.verdict === 'unreachable')
    return share(known, 'unreachable') === 0
      ? `answers nothing at its metrics, older pods do (${own.detail})`
      : undefined
  const older = known.filter(isKnown)
  if (older.length === 0 || own.verdict === 'unknown') return undefined
  if (own.verdict === 'ships_nothing' && share(older, 'ships_nothing') < 0.5)
    return `ships nothing while older pods do (${own.detail})`
  return worseNumber(own, older)
}
