import type { DeletePod } from '../cluster.ts'
import { type DeletionLimits, deletions } from './deletions.ts'
import { freshStart, isResumed } from './fresh-start.ts'
import type { RolloutState } from './rollout-state.ts'
import { scaledTo } from './settings.ts'
import type { Situation } from './situation.ts'

const limits = ({ standing, settings }: Situation, why: string): DeletionLimits => ({
  standing,
  keep: scaledTo(settings.partition, standing.eligible),
  onlyBroken: false,
  why,
})

/** The old pods that may go now, by the phase. */
export const replacements = (situation: Situation, state: RolloutState): readonly DeletePod[] => {
  const { sites, failures, standing } = situation
  const { revision, bad } = state
  switch (state.phase) {
    case 'canary':
    case 'soaking': {
      const canaries = new Set(state.canaries)
      const why = `it is a canary of revision ${revision}`
      return deletions(sites, ({ node }) => canaries.has(node.name), limits(situation, why))
    }
    case 'rolling':
      return deletions(sites, () => true, limits(situation, `revision ${revision} is rolled out`))
    case 'done':
      return deletions(sites, () => true, limits(situation, `it missed the rollout of revision ${revision}`))
    case 'rolled-back': {
      const why = `revision ${bad} is rolled back to ${revision}`
      // A partition keeps pods of what was tried and proven, never those of what was given up.
      return deletions(sites, () => true, { standing, keep: 0, onlyBroken: failures.length > 0, why })
    }
    case 'paused':
      return isResumed(situation) ? freshStart(situation).deletes : []
  }
}
