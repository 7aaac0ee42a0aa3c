import { soakEnd } from './canary-stage.ts'
import { isResumed } from './fresh-start.ts'
import type { RolloutState } from './rollout-state.ts'
import { scaledTo } from './settings.ts'
import type { Site } from './sites.ts'
import { isoAt, namesText, type Situation } from './situation.ts'

const siteText = ({ node, dead, fresh, old, available }: Site): string => {
  const pod = fresh ?? old
  return `${node.name} (${dead ?? (pod ? `pod ${pod.name} is ${available ? 'old' : 'not available'}` : 'no pod yet')})`
}

const partitionText = ({ sites, settings, standing }: Situation): string | undefined => {
  const old = sites.filter(({ old: pod }) => pod !== undefined).length
  return old > 0 && old <= scaledTo(settings.partition, standing.eligible)
    ? `the partition keeps ${old} old pods`
    : undefined
}

const downText = ({ sites, standing }: Situation): string => {
  const down = sites.filter(({ node, available }) => !available && !standing.excused.has(node.name))
  return `no more than ${standing.maxUnavailable} may be down, and these are: ${namesText(down.map(siteText))}`
}

const canaryText = (situation: Situation, state: RolloutState): string => {
  if (state.canaries.length === 0) return 'no node can be a canary'
  const canaries = new Set(state.canaries)
  const down = situation.sites.filter(({ node, available, fresh }) => canaries.has(node.name) && !(fresh && available))
  const text = `canaries on ${namesText(down.map(siteText))}`
  // Those that work and are old would have gone by now.
  if (!down.some(({ old, available }) => old && available)) return text
  return `${text}; ${partitionText(situation) ?? downText(situation)}`
}

const rollingText = (situation: Situation): string => {
  const { sites, standing } = situation
  const old = sites.filter(({ old: pod }) => pod !== undefined)
  if (standing.unavailable > 0) return downText(situation)
  if (old.length === 0) return ''
  return partitionText(situation) ?? `old pods on ${namesText(old.map(siteText))} cannot be replaced now`
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
