import type { PlanTimes } from './plan.ts'
import { atMost, type Row } from './table.ts'

const [FEW, MANY] = [1250, 5000]
export const PLAN_SIZES = [FEW, 2500, MANY] as const

// Four times the nodes: 4 were exactly linear, 5 leave room for caches that hold the small cluster alone.
const TIMES_AT_MOST = 5

const CLUSTERS = { settledMs: 'settled', emptyMs: 'empty', rolloutMs: 'in a rollout' } as const

const judgeCluster = (results: Readonly<Record<number, PlanTimes>>, field: keyof PlanTimes): Row[] => {
  const [few, many] = [results[FEW]?.[field], results[MANY]?.[field]]
  const title = `plan, ${CLUSTERS[field]} cluster`
  return [
    ...PLAN_SIZES.map((nodes) => atMost(`${title}: ${nodes} nodes`, results[nodes]?.[field], 10, 'ms', 2)),
    atMost(`${title}: ${MANY} nodes, times ${FEW}`, few && many && many / few, TIMES_AT_MOST, '×'),
  ]
}

export const judgePlan = (results: Readonly<Record<number, PlanTimes>>): Row[] =>
  (Object.keys(CLUSTERS) as (keyof PlanTimes)[]).flatMap((field) => judgeCluster(results, field))
