import assert from 'node:assert/strict'
import test from 'node:test'
import { coverageFamilies } from '../../../controller/guard/coverage-metrics.ts'
import { sampleReports } from '../../support/coverage-cluster.ts'

const looked = sampleReports.map(({ daemonSet, nowMs, rows }) => ({
  namespace: daemonSet.namespace,
  daemonSet: daemonSet.name,
  nowMs,
  rows,
}))
const lines = (perNode: boolean): string[] =>
  coverageFamilies(looked, perNode).flatMap(({ name, samples }) =>
    samples
      .filter(({ labels }) => labels.daemonset === 'picket')
      .filter(({ labels, value }) => !labels.reason || value > 0)
      .map(({ labels: { namespace: _, daemonset: __, ...more }, value }) => `${name} ${Object.values(more)} ${value}`),
  )

const OF_ALL = [
  'picket_coverage_eligible_nodes  9',
  'picket_coverage_covered_nodes  3',
  'picket_coverage_uncovered_nodes no_pod 1',
  'picket_coverage_uncovered_nodes pending 1',
  'picket_coverage_uncovered_nodes image_pull 1',
  'picket_coverage_uncovered_nodes crash_loop 1',
  'picket_coverage_uncovered_nodes terminating_on_lost_node 1',
  'picket_coverage_uncovered_nodes ships_nothing 1',
  'picket_coverage_uncovered_seconds  4000',
  'picket_coverage_misplaced_nodes  1',
  'picket_coverage_duplicate_nodes  0',
  'picket_coverage_old_revision_nodes  1',
]

test('the metrics of a DaemonSet are a few numbers, whatever the number of nodes', () =>
  assert.deepEqual(lines(false), OF_ALL))

test('a series a node only where that is asked for', () =>
  assert.deepEqual(lines(true).slice(OF_ALL.length), [
    'picket_coverage_node_uncovered_seconds worker-3,crash_loop 600',
    'picket_coverage_node_uncovered_seconds worker-4,image_pull 130',
    'picket_coverage_node_uncovered_seconds worker-5,pending 4000',
    'picket_coverage_node_uncovered_seconds worker-6,terminating_on_lost_node 240',
    'picket_coverage_node_uncovered_seconds worker-7,no_pod 33',
    'picket_coverage_node_uncovered_seconds worker-8,ships_nothing 900',
  ]))

test('a reason that no node has is told as 0, so that an alert ends', () => {
  const family = coverageFamilies(looked, false).find(({ name }) => name === 'picket_coverage_uncovered_nodes')
  const edge = family?.samples.filter(({ labels }) => labels.daemonset === 'edge') ?? []
  assert.deepEqual([edge.length, edge.every(({ value }) => value === 0)], [14, true])
})
