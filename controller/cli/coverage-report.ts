import type { DaemonSet } from '../cluster.ts'
import type { CoverageRow } from '../guard/coverage.ts'
import { labelsAt } from '../plan/json-fields.ts'

/** One DaemonSet as it was found. */
export interface Report {
  readonly daemonSet: DaemonSet
  readonly nowMs: number
  readonly rows: readonly CoverageRow[]
}

export const isUncovered = ({ state }: CoverageRow): boolean => state === 'not_covered'

export interface Totals {
  readonly eligible: number
  readonly covered: number
  /** How many, by reason, the most frequent first. */
  readonly uncovered: readonly (readonly [reason: string, nodes: number])[]
}

export const totalsOf = ({ rows }: Report): Totals => {
  const counts = new Map<string, number>()
  for (const { reason } of rows.filter(isUncovered))
    counts.set(reason?.kind ?? '', (counts.get(reason?.kind ?? '') ?? 0) + 1)
  return {
    eligible: rows.filter(({ eligibility }) => eligibility.run).length,
    covered: rows.filter(({ state }) => state === 'covered').length,
    uncovered: [...counts].sort((a, b) => b[1] - a[1]),
  }
}

export const nodeSelectorOf = ({ template }: DaemonSet): Readonly<Record<string, string>> =>
  labelsAt(template, 'spec', 'nodeSelector')

/** Nodes that need a look: uncovered, or with a pod where none belongs, or with two. */
export const isNotable = (row: CoverageRow): boolean =>
  isUncovered(row) || row.state === 'misplaced' || row.reason?.kind === 'duplicate'
