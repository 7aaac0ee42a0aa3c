import type { Scaled, UpdateStrategy } from '../cluster.ts'

export interface Budget {
  readonly maxUnavailable: number
  readonly maxSurge: number
}

const scaled = (limit: Scaled, total: number): number =>
  limit.kind === 'number' ? limit.value : Math.ceil((limit.value * total) / 100)

/** pkg/controller/daemon/util AllowsSurge. */
export const allowsSurge = (strategy: UpdateStrategy): boolean =>
  strategy.kind === 'RollingUpdate' && scaled(strategy.maxSurge, 1) > 0

/** Of `desired` nodes. One pod may be down where both would be none, or the rollout could never move. */
export const budgetOf = (strategy: UpdateStrategy, desired: number): Budget => {
  if (strategy.kind === 'OnDelete') return { maxUnavailable: 0, maxSurge: 0 }
  const maxUnavailable = scaled(strategy.maxUnavailable, desired)
  const maxSurge = scaled(strategy.maxSurge, desired)
  return desired > 0 && maxUnavailable === 0 && maxSurge === 0
    ? { maxUnavailable: 1, maxSurge }
    : { maxUnavailable, maxSurge }
}
