import type { Clock } from '../lib/io/clock.ts'
import type { KubeClient } from '../lib/kube/kube-client.ts'
import type { ControllerOptions } from './config/options.ts'
import type { CoverageInput } from './guard/coverage.ts'
import { createGuard } from './guard/guard.ts'
import type { DataHealth } from './health/data-health.ts'
import type { Planner } from './reconcile.ts'
import type { ControllerMetrics } from './telemetry/metrics.ts'
import { type Family, registerFamilies } from './telemetry/register-families.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { type FailedCreates, watchFailedCreates } from './watch/watch-failed-creates.ts'

type Health = () => ReadonlyMap<string, DataHealth>

/** The guard among the rest of the controller. */
export interface Guarding {
  /** Of either mode; primary mode's own does the work there, and the guard tells of nodes that are not covered. */
  planner(primary: Planner): (health: Health) => Planner
  /** What came about of the guard's plans, and which DaemonSets are gone, it learns as the log does. */
  telling(telemetry: Telemetry): Telemetry
  /** While this process leads, in guard mode: what the built-in controller says of its own creations. */
  listen(client: KubeClient, telemetry: Telemetry, leading: AbortSignal): Promise<void>
}

export interface GuardingDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: ControllerMetrics
}

/** A verdict has no beginning of its own: it begins when it is first heard. */
const silentAgents = (clock: Clock): ((health: ReadonlyMap<string, DataHealth>) => CoverageInput['shipsNothing']) => {
  let known: CoverageInput['shipsNothing'] = new Map()
  return (health) => {
    const silent = [...health].filter(([, { verdict }]) => verdict === 'ships_nothing')
    known = new Map(
      silent.map(([uid, { detail }]) => [uid, { words: detail, sinceMs: known.get(uid)?.sinceMs ?? clock.now() }]),
    )
    return known
  }
}

export const createGuarding = (options: ControllerOptions, { clock, random, metrics }: GuardingDeps): Guarding => {
  const { mode, namespace, takeoverAfterMs, metricsPerNode: perNode } = options
  let refusals: FailedCreates | undefined
  let health: Health = () => new Map()
  const silent = silentAgents(clock)
  const guard = createGuard({
    takeoverAfterMs,
    monotonicMs: clock.monotonic,
    failedCreateMs: (uid) => refusals?.lastMs(uid),
    shipsNothing: () => silent(health()),
    perNode,
  })
  registerFamilies(metrics.registry, (): readonly Family[] => guard.families())

  return {
    planner: (primary) => (known) => {
      health = known
      return mode === 'guard' ? guard.plan : guard.beside(primary)
    },
    telling: (telemetry) => ({
      ...telemetry,
      acted: (daemonSet, action, error) => {
        guard.acted(daemonSet, action, error)
        telemetry.acted(daemonSet, action, error)
      },
      gone: (of, name) => {
        guard.gone(of, name)
        telemetry.gone(of, name)
      },
    }),
    listen: async (client, telemetry, leading) => {
      if (mode !== 'guard') return
      const established = (): void => telemetry.watching('events')
      const failed = (error: Error, retryInMs: number): void => telemetry.watchFailed('events', error, retryInMs)
      refusals = watchFailedCreates({ client, clock, random, namespace, established, failed }, leading)
      await refusals.ended
    },
  }
}
