import { canaryStep } from './canary-stage.ts'
import { chooseCanaries } from './choose-canaries.ts'
import { canBeReplaced } from './deletions.ts'
import { freshStart, isResumed } from './fresh-start.ts'
import type { RolloutState } from './rollout-state.ts'
import { RESUME_ANNOTATION } from './settings.ts'
import type { Site } from './sites.ts'
import { isoAt, namesText, type Situation, type Step } from './situation.ts'
import { howToResume, lateRollback, refusal, stopStep } from './stop-step.ts'

const started = (situation: Situation, bad: string): RolloutState => {
  const { sites, settings, revision, observation, standing } = situation
  const canaries = chooseCanaries(sites, settings, [], standing)
  const since = isoAt(observation.nowMs)
  return settings.canary
    ? { revision, phase: 'canary', since, reason: `canaries on ${namesText(canaries)}`, canaries, bad }
    : { revision, phase: 'rolling', since, reason: 'no canaries are wanted', canaries: [], bad }
}

const beginning = (situation: Situation, state: RolloutState | undefined): Step => {
  const next = started(situation, state?.bad ?? '')
  const { eligible, maxUnavailable } = situation.standing
  return {
    state: next,
    event: {
      type: 'Normal',
      reason: 'RolloutStarted',
      message: `Revision ${next.revision} goes to ${eligible} nodes, at most ${maxUnavailable} down at a time; ${next.reason}`,
    },
  }
}

const done = (situation: Situation, bad: string): Step => {
  const { revision, standing, observation } = situation
  const missing = standing.excused.size === 0 ? '' : `; dead, and to follow: ${namesText([...standing.excused])}`
  const reason = `all ${standing.eligible} nodes have it${missing}`
  return {
    state: { revision, phase: 'done', since: isoAt(observation.nowMs), reason, canaries: [], bad },
    event: { type: 'Normal', reason: 'RolloutDone', message: `Revision ${revision}: ${reason}` },
  }
}

const isUp = ({ fresh, available }: Site): boolean => fresh !== undefined && available

/** Nodes that take no pod now follow when they do. Where all are dead nothing has been shown yet. */
const isThrough = ({ sites, standing }: Situation): boolean =>
  sites.filter(({ node, run }) => run && !standing.excused.has(node.name)).every(isUp) &&
  (standing.eligible === 0 || sites.some(isUp))

const hasOld = ({ old }: Site): boolean => old !== undefined

const begin = (situation: Situation, state: RolloutState | undefined): Step | undefined => {
  if (state?.bad === situation.revision) return refusal(situation, state)
  if (!state && !situation.sites.some(hasOld)) return undefined
  return situation.sites.some(canBeReplaced) || !isThrough(situation)
    ? beginning(situation, state)
    : done(situation, state?.bad ?? '')
}

const resume = (situation: Situation, state: RolloutState, first: Step['first'] & object): Step => ({
  state: started(situation, state.bad === state.revision ? '' : state.bad),
  consumesResume: true,
  first,
  event: {
    type: 'Normal',
    reason: 'RolloutResumed',
    message: `Revision ${state.revision} is resumed by ${RESUME_ANNOTATION}; it was paused because ${state.reason}`,
  },
})

const resumeRefused = (situation: Situation, command: string, phase: string): Step => ({
  state: undefined,
  consumesResume: true,
  event: {
    type: 'Warning',
    reason: 'ResumeIgnored',
    message:
      phase === 'paused'
        ? `${RESUME_ANNOTATION}=${command} is not the revision that is paused; ${howToResume(situation.revision)}`
        : `${RESUME_ANNOTATION}=${command}: the rollout is not paused by itself, there is nothing to resume`,
  },
})

const command = (situation: Situation, state: RolloutState | undefined): Step | undefined => {
  const wanted = situation.observation.daemonSet.annotations[RESUME_ANNOTATION]
  if (wanted === undefined) return undefined
  if (state?.phase !== 'paused' || wanted !== state.revision)
    return resumeRefused(situation, wanted, state?.phase ?? 'none')
  const { deletes, isLast } = freshStart(situation)
  return isLast ? resume(situation, state, deletes) : undefined
}

/** undefined: the state stays, and pods may be replaced by it. */
export const nextStep = (situation: Situation, state: RolloutState | undefined): Step | undefined => {
  if (!state || state.revision !== situation.revision) return begin(situation, state)
  const commanded = command(situation, state)
  if (commanded) return commanded
  switch (state.phase) {
    case 'paused':
      return isResumed(situation) ? undefined : lateRollback(situation, state)
    case 'canary':
    case 'soaking':
      return stopStep(situation, state) ?? canaryStep(situation, state)
    case 'rolling':
      return stopStep(situation, state) ?? (isThrough(situation) ? done(situation, state.bad) : undefined)
    case 'done':
    case 'rolled-back':
      return undefined
  }
}
