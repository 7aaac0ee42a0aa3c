import type { Send } from '../lib/kube/api-client.ts'
import { carryOutRollout, type RolloutParts } from './act/carry-out-rollout.ts'
import type { PodExpectations } from './act/pods.ts'
import { createTurnWriter, type WrittenResource } from './act/turn-writer.ts'
import type { ClusterEvent, DaemonSet, Observation, RolloutAction } from './cluster.ts'
import { type ScrapeTarget, scrapeTarget } from './health/agent-address.ts'
import type { DataHealth } from './health/data-health.ts'
import { planRollout, type RolloutPlan } from './rollout/plan-rollout.ts'
import { keyOf } from './watch/triggers.ts'

export interface RolloutOutcome {
  readonly error: Error | undefined
  readonly requeueAfterMs: number | undefined
}

/** The rollouts by annotations, a turn at a time. */
export interface Rollouts {
  /** Only with an observation that has nothing to be placed: a rollout goes on where every node has what it needs. */
  turn(observation: Observation, signal: AbortSignal): Promise<RolloutOutcome>
  forget(key: string): void
  /** Whose metrics the rollouts under way want to know. */
  urgent(): readonly ScrapeTarget[]
  /** DaemonSets whose rollouts want to know them. */
  watching(): readonly string[]
}

export interface RolloutDeps {
  readonly send: Send
  readonly expectations: (daemonSet: DaemonSet) => PodExpectations
  readonly wrote: (daemonSet: DaemonSet, resource: WrittenResource, version: string) => void
  readonly event: (event: ClusterEvent) => void
  readonly acted: RolloutParts['acted']
  /** Where a rollout stands; '' for both where there is none. */
  readonly standing: (daemonSet: DaemonSet, phase: string, waiting: string) => void
  readonly health: () => ReadonlyMap<string, DataHealth>
  /** Instead of doing it. */
  readonly dryRun: ((daemonSet: DaemonSet, actions: readonly RolloutAction[]) => void) | undefined
}

interface Kept {
  readonly complaint: string
  readonly targets: readonly ScrapeTarget[]
}

export const createRollouts = (deps: RolloutDeps): Rollouts => {
  const kept = new Map<string, Kept>()

  const carryOut = async (daemonSet: DaemonSet, plan: RolloutPlan, signal: AbortSignal): Promise<void> => {
    if (deps.dryRun) return deps.dryRun(daemonSet, plan.actions)
    const wrote = (resource: WrittenResource, version: string): void => deps.wrote(daemonSet, resource, version)
    const writer = createTurnWriter({ send: deps.send, wrote, signal })
    const { event, acted } = deps
    await carryOutRollout(plan.actions, daemonSet, writer, { expectations: deps.expectations(daemonSet), event, acted })
    plan.events.forEach(event)
  }

  const turn = async (observation: Observation, signal: AbortSignal): Promise<RolloutOutcome> => {
    const { daemonSet } = observation
    const key = keyOf(daemonSet)
    const plan = planRollout(observation, deps.health(), kept.get(key)?.complaint ?? '')
    deps.standing(daemonSet, plan.phase ?? '', plan.waiting)
    const targets = plan.podsToRead.flatMap((pod) => scrapeTarget(daemonSet, pod) ?? [])
    kept.set(key, { complaint: plan.complaint, targets })
    try {
      await carryOut(daemonSet, plan, signal)
      return { error: undefined, requeueAfterMs: plan.requeueAfterMs }
    } catch (error) {
      return { error: error as Error, requeueAfterMs: plan.requeueAfterMs }
    }
  }

  return {
    turn,
    forget: (key) => void kept.delete(key),
    urgent: () => [...kept.values()].flatMap(({ targets }) => targets),
    watching: () => [...kept].flatMap(([key, { targets }]) => (targets.length > 0 ? [key] : [])),
  }
}
