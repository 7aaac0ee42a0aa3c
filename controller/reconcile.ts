import type { Clock } from '../lib/io/clock.ts'
import type { Act } from './act/act.ts'
import type { DaemonSet, Observation, Plan } from './cluster.ts'
import type { FailedPods } from './observe/failed-pods.ts'
import { observe } from './observe/observe.ts'
import type { Expectations } from './queue/expectations.ts'
import type { OwnWrites, WatchedResource } from './queue/own-writes.ts'
import type { WorkQueue } from './queue/work-queue.ts'
import type { Rollouts } from './roll-out.ts'
import { isFrozen } from './rollout/settings.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { ClusterCache } from './watch/cluster-cache.ts'

export type Planner = (observation: Observation) => Plan

export interface ReconcileDeps {
  readonly queue: WorkQueue
  readonly cache: ClusterCache
  readonly expectations: Expectations
  readonly ownWrites: OwnWrites
  /** How far the watch of a resource has come. */
  readonly version: (resource: WatchedResource) => string
  readonly failedPods: FailedPods
  readonly planner: Planner
  readonly act: Act
  readonly rollouts: Rollouts
  readonly clock: Clock
  readonly telemetry: Pick<Telemetry, 'turned' | 'gone' | 'putOff'>
  readonly signal: AbortSignal
}

/** Watches are behind by milliseconds; each event of an own pod wakes the turn anyway. */
const LAG_MS = 100

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** Frozen by its annotation: pods are neither made nor deleted; all else goes on. */
const thawed = (plan: Plan, { annotations }: DaemonSet): Plan =>
  isFrozen(annotations) ? { ...plan, pods: [], events: [] } : plan

/** Else what was observed is outdated by now, and the turn comes again with what has been done. */
const isIdle = ({ claims, history, pods }: Plan): boolean => claims.length + history.length + pods.length === 0

/** One turn of one DaemonSet, by its key: observe, plan, act; then its rollout by annotations, where it has one. */
export const createReconcile = (deps: ReconcileDeps): ((key: string) => Promise<void>) => {
  const { queue, cache, clock, expectations, ownWrites, failedPods } = deps

  const forget = (key: string): void => {
    expectations.forget(key)
    ownWrites.forget(key)
    queue.forget(key)
    deps.rollouts.forget(key)
    const [namespace = '', name = ''] = key.split('/')
    deps.telemetry.gone(namespace, name)
  }

  const turn = async (key: string, daemonSet: DaemonSet): Promise<Error | undefined> => {
    failedPods.sweep(clock.now())
    const sight = { cache, now: clock.now, backoff: failedPods.entries }
    const observation = observe(daemonSet, expectations.satisfied(key), sight)
    const plan = thawed(deps.planner(observation), daemonSet)
    failedPods.add(plan.backoff)
    if (plan.requeueAfterMs !== undefined) queue.addAfter(key, plan.requeueAfterMs)
    const error = await deps.act(observation, plan, deps.signal)
    return error ?? (isIdle(plan) ? rollOut(key, observation) : undefined)
  }

  const rollOut = async (key: string, observation: Observation): Promise<Error | undefined> => {
    const { error, requeueAfterMs } = await deps.rollouts.turn(observation, deps.signal)
    if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs)
    return error
  }

  const settled = async (key: string, daemonSet: DaemonSet): Promise<Error | undefined> => {
    try {
      return await turn(key, daemonSet)
    } catch (error) {
      return asError(error)
    }
  }

  return async (key) => {
    const daemonSet = cache.daemonSet(key)
    if (!daemonSet) {
      forget(key)
      return
    }
    if (!ownWrites.caughtUp(key, deps.version)) {
      deps.telemetry.putOff()
      queue.addAfter(key, LAG_MS)
      return
    }
    const beganMs = clock.monotonic()
    const error = await settled(key, daemonSet)
    if (deps.signal.aborted) return
    if (error) queue.addRateLimited(key)
    else queue.forget(key)
    deps.telemetry.turned(daemonSet, (clock.monotonic() - beganMs) / 1000, error)
  }
}
