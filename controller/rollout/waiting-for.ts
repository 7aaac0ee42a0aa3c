import { soakEnd } from './canary-stage.ts'
import { isResumed } from './fresh-start.ts'
import type { RolloutState } from './rollout-state.ts'
import { scaledTo } from './settings.ts'
import type { Site } from './sites.ts'
import { isoAt, namesText, type Situation } from './situation.ts'

const siteText = ({ node, dead, fresh, old }: Site): string => {
  const pod = fresh ?? old
  return `${node.name} (${dead ?? (pod ? `pod ${pod.name} is not available` : 'no pod yet')})`
}

const downText = ({ sites, standing }: Situation): string => {
  const down = sites.filter(({ node, available }) => !available && !standing.excused.has(node.name))
  return `no more than ${standing.maxUnavailable} may be down, and these are: ${namesText(down.map(siteText))}`
}

const canaryText = (situation: Situation, state: RolloutState): string => {
  if (state.canaries.length === 0) return 'no node can be a canary'
  const canaries = new Set(state.canaries)
  const down = situation.sites.filter(({ node, available, fresh }) => canaries.has(node.name) && !(fresh && available))
  return `canaries on ${namesText(down.map(siteText))}`
}

const rollingText = (situation: Situation): string => {
  const { sites, standing, settings } = situation
  const old = sites.filter(({ old: pod }) => pod !== undefined)
  if (standing.unavailable > 0) return downText(situation)
  if (old.length === 0) return ''
  return old.length <= scaledTo(settings.partition, standing.eligible)
    ? `the partition keeps ${old.length} old pods`
    : `old pods on ${namesText(old.map(siteText))} cannot be replaced now`
}

/** Why no pod is replaced now, for people; '' where none is to be. */
export const waitingFor = (situation: Situation, state: RolloutState): string => {
  switch (state.phase) {
    case 'canary':
      return canaryText(situation, state)
    case 'soaking': {
      const endMs = soakEnd(situation, state)
      return endMs === undefined ? 'the verdict on the canaries' : `the soak of the canaries, until ${isoAt(endMs)}`
    }
    case 'paused':
      return isResumed(situation)
        ? `it is resumed by hand, and failed pods that work go first; ${downText(situation)}`
        : state.reason
    default:
      return rollingText(situation)
  }
}
