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

/** Kept by the process between two plans, and only what may be lost. It is the new plan's once its actions have succeeded. */
export interface RolloutMemory {
  /** What was complained of last. */
  readonly notice: string
  /** The state that was written and may not have been seen yet. */
  readonly wrote: { readonly text: string; readonly atMs: number } | undefined
}

export const NO_MEMORY: RolloutMemory = { notice: '', wrote: undefined }

export interface RolloutPlan {
  readonly phase: RolloutPhase | undefined
  /** What it waits for, for people; '' where it does not. */
  readonly waiting: string
  readonly actions: readonly RolloutAction[]
  readonly events: readonly ClusterEvent[]
  /** Whose metrics the next plan wants to know. */
  readonly podsToRead: readonly Pod[]
  readonly memory: RolloutMemory
  readonly requeueAfterMs: number | undefined
}

/** An own write shows in the watch within this time, or something else has happened to it. */
const UNSEEN_MS = 30_000

const idle = (memory: RolloutMemory, waiting = ''): RolloutPlan => ({
  phase: undefined,
  waiting,
  actions: [],
  events: [],
  podsToRead: [],
  memory,
  requeueAfterMs: undefined,
})

const complaining = (observation: Observation, found: readonly Step['event'][], memory: RolloutMemory): RolloutPlan => {
  const notice = found.map(({ message }) => message).join('\n')
  const events = notice === memory.notice ? [] : found.map((event) => eventOn(observation.daemonSet, event))
  return { ...idle({ ...memory, notice }, notice), events }
}

/** The state before the restored template, or with it; never after. */
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
  const { nowMs, daemonSet } = situation.observation
  const wrote = step.state && { text: writeState(step.state), atMs: nowMs }
  return {
    ...idle({ notice: '', wrote }),
    phase: (step.state ?? state)?.phase,
    podsToRead: podsToRead(situation.sites),
    actions: [...(step.first ?? []), ...writing(situation, step)],
    events: [eventOn(daemonSet, step.event)],
    requeueAfterMs: UNSEEN_MS,
  }
}

const soonest = (situation: Situation, state: RolloutState): number | undefined => {
  const { observation } = situation
  const end = state.phase === 'soaking' ? (soakEnd(situation, state) ?? []) : []
  const times = [...changesAtMs(observation)].concat(end)
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - observation.nowMs)
}

const READING: readonly RolloutPhase[] = ['canary', 'soaking', 'rolling']

const replacing = (situation: Situation, state: RolloutState): RolloutPlan => {
  const actions = replacements(situation, state)
  return {
    ...idle(NO_MEMORY, actions.length === 0 ? waitingFor(situation, state) : ''),
    phase: state.phase,
    actions,
    podsToRead: READING.includes(state.phase) ? podsToRead(situation.sites) : [],
    requeueAfterMs: soonest(situation, state),
  }
}

const planning = (situation: Situation, state: RolloutState | undefined): RolloutPlan => {
  const step = nextStep(situation, state)
  if (step) return stepping(situation, step, state)
  return state?.revision === situation.revision ? replacing(situation, state) : idle(NO_MEMORY)
}

const heldBack = ({ paused, frozen }: RolloutSettings): string | undefined => {
  if (frozen) return 'frozen by annotation'
  return paused ? 'paused by annotation' : undefined
}

const isUnseen = ({ nowMs, daemonSet }: Observation, { wrote }: RolloutMemory): boolean =>
  wrote !== undefined && daemonSet.annotations[STATE_ANNOTATION] !== wrote.text && nowMs - wrote.atMs < UNSEEN_MS

const ready = (
  observation: Observation,
  settings: RolloutSettings,
  health: ReadonlyMap<string, DataHealth>,
  memory: RolloutMemory,
): RolloutPlan => {
  const { daemonSet, revisions } = observation
  const held = heldBack(settings)
  if (held !== undefined) return idle(NO_MEMORY, held)
  const current = currentRevision(daemonSet, revisions)
  if (!current) return idle(NO_MEMORY, 'the revision of the new template is not there yet')
  if (isUnseen(observation, memory)) return { ...idle(memory, 'its own last write'), requeueAfterMs: UNSEEN_MS }
  if (!observation.satisfied) return idle(memory, 'its own last deletions')
  const state = readState(daemonSet.annotations)
  return planning(situationOf(observation, settings, current, health), state === 'unreadable' ? undefined : state)
}

/**
 * The next step of a DaemonSet's rollout by its annotations: a change of state, or pods to delete, never both but for a resumed one's.
 * New pods are made by whoever places the DaemonSet's pods.
 */
export const planRollout = (
  observation: Observation,
  health: ReadonlyMap<string, DataHealth>,
  memory: RolloutMemory,
): RolloutPlan => {
  const { daemonSet, namespaceTerminating } = observation
  const { settings, mistakes } = readSettings(daemonSet.annotations)
  if (!settings || daemonSet.deleted || namespaceTerminating) return idle(NO_MEMORY)
  const found = complaints(daemonSet, mistakes)
  return found.length > 0 ? complaining(observation, found, memory) : ready(observation, settings, health, memory)
}
