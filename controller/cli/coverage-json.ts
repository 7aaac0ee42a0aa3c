import type { CoverageRow } from '../guard/coverage.ts'
import { type Reason, reasonWords } from '../guard/reason.ts'
import { isNotable, nodeSelectorOf, type Report, totalsOf } from './coverage-report.ts'

const time = (ms: number | undefined): string | null => (ms ? new Date(ms).toISOString() : null)

/** What the reason says besides its kind, times as text. */
const dataOf = ({ kind: _, ...data }: Reason): object =>
  JSON.parse(
    JSON.stringify(data, (key, value) => (/Ms$/.test(key) ? time(value as number) : value)).replaceAll('Ms":', '":'),
  )

const nodeOf = ({ node, eligibility, state, reason, sinceMs, pod, deed }: CoverageRow) => ({
  node,
  eligible: eligibility.run,
  rule: eligibility.rule,
  ruleDetail: eligibility.detail,
  state,
  reason: reason?.kind ?? null,
  detail: reason ? reasonWords(reason) : null,
  data: reason ? dataOf(reason) : null,
  since: time(sinceMs),
  pod: pod?.name ?? null,
  action: deed ? { kind: deed.kind, at: time(deed.atMs), detail: deed.words } : null,
})

const daemonSetOf = (report: Report, onlyUncovered: boolean) => {
  const { daemonSet } = report
  const { status } = daemonSet
  const { eligible, covered, uncovered } = totalsOf(report)
  return {
    namespace: daemonSet.namespace,
    name: daemonSet.name,
    desired: status.desiredNumberScheduled,
    current: status.currentNumberScheduled,
    ready: status.numberReady,
    upToDate: status.updatedNumberScheduled,
    available: status.numberAvailable,
    nodeSelector: nodeSelectorOf(daemonSet),
    createdAt: time(daemonSet.createdMs),
    seenAt: time(report.nowMs),
    eligibleNodes: eligible,
    coveredNodes: covered,
    uncoveredNodes: Object.fromEntries(uncovered),
    nodes: report.rows.filter((row) => !onlyUncovered || isNotable(row)).map(nodeOf),
  }
}

/** For programs: names stay, values may be null, never left out. docs/coverage.md lists them. */
export const coverageJson = (reports: readonly Report[], onlyUncovered: boolean): string =>
  `${JSON.stringify({ daemonSets: reports.map((report) => daemonSetOf(report, onlyUncovered)) }, undefined, 2)}\n`
