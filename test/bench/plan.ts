import type { Labels, Node, Observation } from '../../controller/cluster.ts'
import { planDaemonSet } from '../../controller/plan/plan-daemon-set.ts'
import { nodes, taint, template, upTo } from '../controller/plan/cluster-objects.ts'
import { Simulator } from '../controller/plan/simulator.ts'

/** Milliseconds of one plan, the median of many. */
export interface PlanTimes {
  /** Every node has its pod. */
  readonly settledMs: number
  /** No node has one. */
  readonly emptyMs: number
  /** Every node has one of the revision before. */
  readonly rolloutMs: number
}

// A DaemonSet as agents have it: a selector, an affinity, tolerations.
const TEMPLATE = template({
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
              { key: 'zone', operator: 'In', values: ['a', 'b', 'c'] },
            ],
          },
        ],
      },
    },
  },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
})

const labelsOf = (i: number): Labels => ({
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': `node-${i}`,
  'node.kubernetes.io/instance-type': 'm6i.xlarge',
  'topology.kubernetes.io/region': 'eu',
  zone: 'abc'[i % 3] as string,
})

/** Every tenth node is tainted, and tolerated. */
const clusterNodes = (count: number): Node[] =>
  nodes(0, count).map((node, i) => ({
    ...node,
    labels: labelsOf(i),
    taints: i % 10 === 0 ? [taint('dedicated', 'NoSchedule', 'db')] : [],
  }))

const settled = (count: number): Simulator => {
  const cluster = new Simulator({ template: TEMPLATE, strategy: upTo(1) }, clusterNodes(count))
  while (cluster.turn().length > 0);
  cluster.makeReady()
  cluster.turn()
  return cluster
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const timed = (observation: Observation): number => {
  const startedMs = performance.now()
  planDaemonSet(observation)
  return performance.now() - startedMs
}

const stages = (count: number): Readonly<Record<keyof PlanTimes, Observation>> => {
  const cluster = settled(count)
  const settledMs = cluster.observe()
  const emptyMs = new Simulator({ template: TEMPLATE }, [...cluster.nodes.values()]).observe()
  const spec = { ...(TEMPLATE.spec as object), hostPID: true }
  cluster.change({ template: { ...TEMPLATE, spec } })
  return { settledMs, emptyMs, rolloutMs: cluster.observe() }
}

const STAGES = ['settledMs', 'emptyMs', 'rolloutMs'] as const

/** By the number of nodes. All take turns: a slow second is everybody's, and nobody finds the cache as it left it. */
export const timePlans = (counts: readonly number[], runs: number): Readonly<Record<number, PlanTimes>> => {
  const subjects = counts.flatMap((count) => {
    const observations = stages(count)
    return STAGES.map((stage) => ({ count, stage, observation: observations[stage], times: [] as number[] }))
  })
  for (let run = 0; run < runs; run++) for (const { observation, times } of subjects) times.push(timed(observation))
  const timesOf = (count: number): PlanTimes => {
    const own = subjects.filter((subject) => subject.count === count)
    return Object.fromEntries(own.map(({ stage, times }) => [stage, median(times)])) as unknown as PlanTimes
  }
  return Object.fromEntries(counts.map((count) => [count, timesOf(count)]))
}
