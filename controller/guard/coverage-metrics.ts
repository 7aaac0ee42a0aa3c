import type { CoverageRow } from './coverage.ts'
import type { ReasonKind } from './reason.ts'

/** Every reason for which a node is not covered. Zeros are told too: an alert must be able to end. */
const UNCOVERED: readonly ReasonKind[] = [
  'no_pod',
  'pending',
  'creating',
  'image_pull',
  'cannot_start',
  'crash_loop',
  'not_ready',
  'node_not_ready',
  'node_shutting_down',
  'terminating',
  'terminating_on_lost_node',
  'rejected',
  'failed_backing_off',
  'ships_nothing',
]

/** The newest look at one DaemonSet. */
export interface Looked {
  readonly namespace: string
  readonly daemonSet: string
  readonly nowMs: number
  readonly rows: readonly CoverageRow[]
}

export interface CoverageFamily {
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}

type Count = (looked: Looked) => readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]

const total =
  (counts: (row: CoverageRow) => boolean): Count =>
  ({ rows }) => [[{}, rows.filter(counts).length]]

const uncovered = ({ state }: CoverageRow): boolean => state === 'not_covered'

const byReason: Count = ({ rows }) => {
  const counts = new Map<ReasonKind, number>(UNCOVERED.map((kind) => [kind, 0]))
  for (const { state, reason } of rows)
    if (state === 'not_covered' && reason) counts.set(reason.kind, (counts.get(reason.kind) ?? 0) + 1)
  return [...counts].map(([reason, value]) => [{ reason }, value])
}

/** Skewed clocks make no negative ages. */
const ageS = ({ sinceMs }: CoverageRow, nowMs: number): number =>
  sinceMs === undefined ? 0 : Math.max(0, (nowMs - sinceMs) / 1000)

const longest: Count = ({ rows, nowMs }) => [
  [{}, rows.filter(uncovered).reduce((most, row) => Math.max(most, ageS(row, nowMs)), 0)],
]

const perNodeAges: Count = ({ rows, nowMs }) =>
  rows.filter(uncovered).map((row) => [{ node: row.node, reason: row.reason?.kind ?? '' }, ageS(row, nowMs)])

const FAMILIES: readonly (readonly [name: string, help: string, count: Count])[] = [
  [
    'picket_coverage_eligible_nodes',
    'Nodes that are to have a pod of the DaemonSet.',
    total(({ eligibility }) => eligibility.run),
  ],
  [
    'picket_coverage_covered_nodes',
    'Of those, nodes whose pod is Ready and delivers.',
    total((r) => r.state === 'covered'),
  ],
  [
    'picket_coverage_uncovered_nodes',
    'Eligible nodes that are not covered, by reason: see docs/coverage.md.',
    byReason,
  ],
  [
    'picket_coverage_uncovered_seconds',
    'How long the node that has been uncovered longest has been so; 0 where all are covered.',
    longest,
  ],
  ['picket_coverage_misplaced_nodes', 'Nodes with a pod where none belongs.', total((r) => r.state === 'misplaced')],
  [
    'picket_coverage_duplicate_nodes',
    'Covered nodes with more pods than one.',
    total((r) => r.reason?.kind === 'duplicate'),
  ],
  [
    'picket_coverage_old_revision_nodes',
    'Covered nodes whose pod is of an earlier template.',
    total((r) => r.reason?.kind === 'old_revision'),
  ],
]

const PER_NODE = [
  'picket_coverage_node_uncovered_seconds',
  'How long each uncovered node has been so. A series a node: only with --metrics-per-node.',
  perNodeAges,
] as const

/** One series per DaemonSet, and per reason; never one per node unless that is asked for. */
export const coverageFamilies = (all: readonly Looked[], perNode: boolean): readonly CoverageFamily[] =>
  [...FAMILIES, ...(perNode ? [PER_NODE] : [])].map(([name, help, count]) => ({
    name,
    help,
    kind: 'gauge',
    samples: all.flatMap((looked) => {
      const { namespace, daemonSet: daemonset } = looked
      return count(looked).map(([labels, value]) => ({
        labels: { namespace, daemonset, ...labels },
        value,
      }))
    }),
  }))
