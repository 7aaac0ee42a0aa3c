import type { ClusterEvent, Observation, Pod, RolloutAction } from '../cluster.ts'
import type { DataHealth } from '../health/data-health.ts'
import { currentRevision } from '../plan/revision-data.ts'
import { soakEnd } from './canary-stage.ts'
import { complaints } from './complaints.ts'
import { nextStep } from './next-step.ts'
import { podsToRead } from './pods-to-read.ts'
import { templateIn } from './previous-revision.ts'
import { replacements } from './replacements.ts'
import { type RolloutPhase, type RolloutState, readState, writeState } from './rollout-state.ts'
import { RESUME_ANNOTATION, type RolloutSettings, readSettings, STATE_ANNOTATION } from './settings.ts'
import { changesAtMs } from './sites.ts'
import { eventOn, type Situation, type Step, situationOf } from './situation.ts'
import { waitingFor } from './waiting-for.ts'

export interface RolloutPlan {
  readonly phase: RolloutPhase | undefined
  /** What it waits for, for people; '' where it does not. */
  readonly waiting: string
  readonly actions: readonly RolloutAction[]
  readonly events: readonly ClusterEvent[]
  /** Whose metrics the next plan wants to know. */
  readonly podsToRead: readonly Pod[]
  /** What is complained of; told to the next plan, so that it is said once. */
  readonly complaint: string
  readonly requeueAfterMs: number | undefined
}

/** A node that stops being ready, and pods' metrics, wake nobody. */
const LOOK_AGAIN_MS = 15_000

const IDLE: RolloutPlan = {
  phase: undefined,
  waiting: '',
  actions: [],
  events: [],
  podsToRead: [],
  complaint: '',
  requeueAfterMs: undefined,
}
const waiting = (words: string): RolloutPlan => ({ ...IDLE, waiting: words, requeueAfterMs: LOOK_AGAIN_MS })

const complaining = ({ daemonSet }: Observation, found: readonly Step['event'][], before: string): RolloutPlan => {
  const complaint = found.map(({ message }) => message).join('\n')
  const events = complaint === before ? [] : found.map((event) => eventOn(daemonSet, event))
  return { ...IDLE, waiting: complaint, complaint, events }
}

/** One request: a template is never put back without its being known what was given up. */
const writing = ({ observation }: Situation, step: Step): readonly RolloutAction[] => {
  const { daemonSet } = observation
  const { state, restore, consumesResume, event } = step
  const annotations = state ? { [STATE_ANNOTATION]: writeState(state) } : {}
  if (restore)
    return [{ kind: 'restore_template', daemonSet, template: templateIn(restore), annotations, why: event.message }]
  const command = consumesResume ? { [RESUME_ANNOTATION]: null } : {}
  return [{ kind: 'annotate_daemon_set', daemonSet, annotations: { ...annotations, ...command }, why: event.message }]
}

const stepping = (situation: Situation, step: Step, state: RolloutState | undefined): RolloutPlan => {
  const { daemonSet } = situation.observation
  return {
    ...IDLE,
    phase: (step.state ?? state)?.phase,
    podsToRead: podsToRead(situation.sites),
    actions: [...(step.first ?? []), ...writing(situation, step)],
    events: [eventOn(daemonSet, step.event)],
    requeueAfterMs: LOOK_AGAIN_MS,
  }
}

const MOVING: readonly RolloutPhase[] = ['canary', 'soaking', 'rolling']

const soonest = (situation: Situation, state: RolloutState): number | undefined => {
  const { observation } = situation
  const { nowMs } = observation
  const end = state.phase === 'soaking' ? (soakEnd(situation, state) ?? []) : []
  const again = MOVING.includes(state.phase) ? [nowMs + LOOK_AGAIN_MS] : []
  const times = [...changesAtMs(observation), ...again].concat(end)
  return times.length === 0 ? undefined : Math.max(0, times.reduce((least, atMs) => Math.min(least, atMs)) - nowMs)
}

const replacing = (situation: Situation, state: RolloutState): RolloutPlan => {
  const actions = replacements(situation, state)
  return {
    ...IDLE,
    waiting: actions.length === 0 ? waitingFor(situation, state) : '',
    phase: state.phase,
    actions,
    podsToRead: MOVING.includes(state.phase) ? podsToRead(situation.sites) : [],
    requeueAfterMs: soonest(situation, state),
  }
}

const planning = (situation: Situation, state: RolloutState | undefined): RolloutPlan => {
  const step = nextStep(situation, state)
  if (step) return stepping(situation, step, state)
  return state?.revision === situation.revision ? replacing(situation, state) : IDLE
}

const heldBack = ({ paused, frozen }: RolloutSettings): string | undefined => {
  if (frozen) return 'frozen by annotation'
  return paused ? 'paused by annotation' : undefined
}

const ready = (
  observation: Observation,
  settings: RolloutSettings,
  health: ReadonlyMap<string, DataHealth>,
): RolloutPlan => {
  const { daemonSet, revisions } = observation
  const held = heldBack(settings)
  if (held !== undefined) return { ...IDLE, waiting: held }
  const current = currentRevision(daemonSet, revisions)
  if (!current) return waiting('the revision of the new template is not there yet')
  if (!observation.satisfied) return waiting('its own last deletions')
  const state = readState(daemonSet.annotations)
  return planning(situationOf(observation, settings, current, health), state === 'unreadable' ? undefined : state)
}

/**
 * The next step of a DaemonSet's rollout by its annotations: a change of state, or pods to delete, never both but for a resumed one's.
 * New pods are made by whoever places the DaemonSet's pods. What was done by the last plan must have been seen.
 */
export const planRollout = (
  observation: Observation,
  health: ReadonlyMap<string, DataHealth>,
  complaint: string,
): RolloutPlan => {
  const { daemonSet, namespaceTerminating } = observation
  const { settings, mistakes } = readSettings(daemonSet.annotations)
  if (!settings || daemonSet.deleted || namespaceTerminating) return IDLE
  const found = complaints(daemonSet, mistakes)
  return found.length > 0 ? complaining(observation, found, complaint) : ready(observation, settings, health)
}
