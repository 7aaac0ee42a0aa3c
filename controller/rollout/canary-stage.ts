import { chooseCanaries } from './choose-canaries.ts'
import type { RolloutState } from './rollout-state.ts'
import { VERDICT_ANNOTATION } from './settings.ts'
import type { Site } from './sites.ts'
import { isoAt, namesText, type Situation, type Step } from './situation.ts'

const hasFresh = ({ fresh, available }: Site): boolean => fresh !== undefined && available

const canarySites = ({ sites }: Situation, state: RolloutState): readonly Site[] => {
  const canaries = new Set(state.canaries)
  return sites.filter(({ node }) => canaries.has(node.name))
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => {
  const names = new Set(a)
  return a.length === b.length && b.every((name) => names.has(name))
}

const areUp = (canaries: readonly Site[]): boolean => canaries.length > 0 && canaries.every(hasFresh)

/** Readiness begins again with every restart, and so does the soak: no clock of ours has to survive. */
const soakEndsMs = ({ settings }: Situation, canaries: readonly Site[]): number =>
  settings.soakMs === 'manual'
    ? Number.POSITIVE_INFINITY
    : Math.max(...canaries.map(({ fresh }) => fresh?.ready?.sinceMs ?? 0)) + settings.soakMs

const soakText = ({ settings, revision }: Situation): string =>
  settings.soakMs === 'manual'
    ? `until they are annotated ${VERDICT_ANNOTATION}=${revision}`
    : `for ${settings.soakMs / 1000} s`

const passed = (situation: Situation, state: RolloutState, reason: string): Step => ({
  state: { ...state, phase: 'rolling', since: isoAt(situation.observation.nowMs), reason },
  event: { type: 'Normal', reason: 'CanaryPassed', message: `Revision ${state.revision}: ${reason}` },
})

const soaking = (situation: Situation, state: RolloutState): Step => {
  const reason = `canaries on ${namesText(state.canaries)} are available and watched ${soakText(situation)}`
  return {
    state: { ...state, phase: 'soaking', since: isoAt(situation.observation.nowMs), reason },
    event: { type: 'Normal', reason: 'CanarySoaking', message: `Revision ${state.revision}: ${reason}` },
  }
}

const backToCanary = (situation: Situation, state: RolloutState, canaries: readonly string[]): Step => {
  const reason = `canaries on ${namesText(canaries)}`
  return {
    state: { ...state, phase: 'canary', canaries, since: isoAt(situation.observation.nowMs), reason },
    event: {
      type: 'Normal',
      reason: 'CanaryMoved',
      message: `Revision ${state.revision}: ${reason}; a node has gone or died, a pod is no longer available, or the number was changed`,
    },
  }
}

const verdictOf = ({ settings, observation, revision }: Situation): string | undefined => {
  if (!settings.canary) return 'no canaries are wanted any more'
  return observation.daemonSet.annotations[VERDICT_ANNOTATION] === revision
    ? `${VERDICT_ANNOTATION} says that it is good`
    : undefined
}

/** undefined: nothing changes for now. Failures have been seen to before. */
export const canaryStep = (situation: Situation, state: RolloutState): Step | undefined => {
  const verdict = verdictOf(situation)
  if (verdict !== undefined) return passed(situation, state, verdict)
  const { sites, settings, standing } = situation
  const chosen = chooseCanaries(sites, settings, state.canaries, standing)
  if (!isSame(state.canaries, chosen)) return backToCanary(situation, state, chosen)
  const canaries = canarySites(situation, state)
  const up = areUp(canaries)
  if (state.phase === 'soaking' && !up) return backToCanary(situation, state, chosen)
  if (up && soakEndsMs(situation, canaries) <= situation.observation.nowMs)
    return passed(situation, state, `canaries on ${namesText(chosen)} have been available ${soakText(situation)}`)
  return up && state.phase === 'canary' ? soaking(situation, state) : undefined
}

/** When the soak is over by itself; undefined: that is not known. */
export const soakEnd = (situation: Situation, state: RolloutState): number | undefined => {
  const canaries = canarySites(situation, state)
  const endMs = areUp(canaries) ? soakEndsMs(situation, canaries) : Number.POSITIVE_INFINITY
  return Number.isFinite(endMs) ? endMs : undefined
}
