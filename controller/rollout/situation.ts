import type { ClusterEvent, DaemonSet, DeletePod, Observation, Revision } from '../cluster.ts'
import type { DataHealth } from '../health/data-health.ts'
import { type Standing, standingOf } from './deletions.ts'
import { type Failure, failingPods } from './failing-pods.ts'
import { hashOf } from './previous-revision.ts'
import type { RolloutState } from './rollout-state.ts'
import type { RolloutSettings } from './settings.ts'
import { type Site, sitesOf } from './sites.ts'

/** Everything that a rollout's next step is decided by. */
export interface Situation {
  readonly observation: Observation
  readonly settings: RolloutSettings
  readonly current: Revision
  /** The hash of it. */
  readonly revision: string
  readonly sites: readonly Site[]
  readonly standing: Standing
  readonly failures: readonly Failure[]
}

/** A change of the rollout's state. It is written before anything is done by it. */
export interface Step {
  /** undefined: it stays as it is. */
  readonly state: RolloutState | undefined
  /** The template of this revision is put back. */
  readonly restore?: Revision
  /** Done before the state is written: whoever has them done twice loses nothing. */
  readonly first?: readonly DeletePod[]
  /** The command was carried out or refused. */
  readonly consumesResume?: boolean
  readonly event: Pick<ClusterEvent, 'type' | 'reason' | 'message'>
}

export const situationOf = (
  observation: Observation,
  settings: RolloutSettings,
  current: Revision,
  health: ReadonlyMap<string, DataHealth>,
): Situation => {
  const revision = hashOf(current)
  const sites = sitesOf(observation, revision)
  const standing = standingOf(sites, settings)
  const { excused } = standing
  const failures = failingPods(sites, { all: observation.revisions, current }, { settings, excused }, health)
  return { observation, settings, current, revision, sites, standing, failures }
}

export const isoAt = (ms: number): string => new Date(ms).toISOString()

/** Some names, and how many more. */
export const namesText = (names: readonly string[], shown = 5): string =>
  names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ')

export const eventOn = (daemonSet: DaemonSet, event: Step['event']): ClusterEvent => ({
  about: {
    kind: 'DaemonSet',
    identity: { namespace: daemonSet.namespace, name: daemonSet.name, uid: daemonSet.uid },
  },
  ...event,
})
