import type { Failure } from './failing-pods.ts'
import { hashOf, previousRevision } from './previous-revision.ts'
import type { RolloutState } from './rollout-state.ts'
import { RESUME_ANNOTATION } from './settings.ts'
import { isoAt, namesText, type Situation, type Step } from './situation.ts'

const failureText = ([first, ...more]: readonly Failure[]): string =>
  first
    ? `pod ${first.pod.name} on node ${first.node} ${first.why}${more.length === 0 ? '' : `; failing too: ${namesText(more.map(({ pod }) => pod.name))}`}`
    : ''

export const howToResume = (revision: string): string =>
  `to go on, annotate the DaemonSet with ${RESUME_ANNOTATION}=${revision}`

/** Whoever applies the manifest again (GitOps) would otherwise have it tried, and rolled back, for ever. */
export const refusal = (situation: Situation, state: RolloutState): Step => {
  const { revision, observation } = situation
  const reason = `revision ${revision} was rolled back before and is not tried again`
  return {
    state: { revision, phase: 'paused', since: isoAt(observation.nowMs), reason, canaries: [], bad: state.bad },
    event: { type: 'Warning', reason: 'RolloutRefused', message: `${reason}; ${howToResume(revision)}` },
  }
}

const pause = (situation: Situation, state: RolloutState, reason: string, further: string): Step => ({
  state: { ...state, phase: 'paused', since: isoAt(situation.observation.nowMs), reason },
  event: {
    type: 'Warning',
    reason: 'RolloutPaused',
    message: `Revision ${state.revision}: ${reason}. No further pod is replaced; ${further}`,
  },
})

const rollback = (situation: Situation, state: RolloutState, reason: string): Step | undefined => {
  const { observation, sites, current, revision } = situation
  const restore = previousRevision(observation.revisions, sites, current, state.bad)
  if (!restore) return undefined
  const back = hashOf(restore)
  return {
    restore,
    state: {
      revision: back,
      phase: 'rolled-back',
      since: isoAt(observation.nowMs),
      reason: `revision ${revision} was given up: ${reason}`,
      canaries: [],
      bad: revision,
    },
    event: {
      type: 'Warning',
      reason: 'RolloutRolledBack',
      message: `Revision ${revision}: ${reason}. The template of revision ${back} is put back, and ${revision} not tried again`,
    },
  }
}

export const stopStep = (situation: Situation, state: RolloutState): Step | undefined => {
  const { failures, settings, revision } = situation
  if (failures.length === 0) return undefined
  const reason = failureText(failures)
  if (!settings.autoRollback) return pause(situation, state, reason, howToResume(revision))
  const none = `there is no earlier revision to go back to; ${howToResume(revision)}`
  return rollback(situation, state, reason) ?? pause(situation, state, reason, none)
}

/** Auto-rollback was switched on after the pause. */
export const lateRollback = (situation: Situation, state: RolloutState): Step | undefined =>
  situation.settings.autoRollback && state.bad !== state.revision ? rollback(situation, state, state.reason) : undefined
