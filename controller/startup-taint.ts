import type { Clock } from '../lib/io/clock.ts'
import type { Send } from '../lib/kube/api-client.ts'
import { KubeError } from '../lib/kube/kube-error.ts'
import { taintRequest } from './act/taint-request.ts'
import type { ClusterEvent, TaintNode } from './cluster.ts'
import type { TaintOptions } from './config/taint-options.ts'
import { createRests } from './queue/rests.ts'
import { NO_TAINT_MEMORY, planTaint, type TaintPlan, type TaintStep } from './taint/plan-taint.ts'
import type { ClusterCache } from './watch/cluster-cache.ts'
import type { Trigger } from './watch/triggers.ts'

export interface StartupTaintOptions extends TaintOptions {
  readonly dryRun: boolean
}

export interface StartupTaintDeps {
  readonly cache: ClusterCache
  readonly clock: Clock
  readonly send: Send
  readonly event: (event: ClusterEvent) => void
  /** DaemonSets that nodes are to wait for and that are not there: nothing will take the taint off. */
  readonly absent: (daemonSets: readonly string[]) => void
  readonly acted: (action: TaintNode, error: Error | undefined) => void
  readonly dryRun: (actions: readonly TaintNode[]) => void
}

export interface StartupTaint {
  /** Something has changed that may matter. */
  see(trigger: Trigger): void
  /** Ends with the signal. */
  run(signal: AbortSignal): Promise<void>
}

/** A thousand nodes that start together are one look, and own patches are seen meanwhile. */
const GATHER_MS = 200
/** So many in a row are no chance: something refuses the patch itself, and says so with the same status. */
const TOLD_FROM = 5
const AT_ONCE = 16

/** The node has moved on, or is gone: the next look knows. */
const isOutdated = (error: unknown): boolean =>
  error instanceof KubeError && [404, 409, 422].includes(error.status ?? 0)

export const createStartupTaint = (options: StartupTaintOptions, deps: StartupTaintDeps): StartupTaint => {
  const { cache, clock } = deps
  const rests = createRests(clock)
  let memory = NO_TAINT_MEMORY
  let changed = Promise.withResolvers<void>()

  const plan = (): TaintPlan => {
    const daemonSets = options.daemonSets.flatMap((key) => cache.daemonSet(key) ?? [])
    const pods = daemonSets.flatMap((daemonSet) => cache.podsFor(daemonSet))
    return planTaint({ nowMs: clock.now(), nodes: cache.nodes(), daemonSets, pods }, options, memory)
  }

  const refused = ({ action }: TaintStep, error: unknown): void => {
    const { name, resourceVersion } = action.node
    const outdated = isOutdated(error)
    const times = rests.refused(name, outdated ? resourceVersion : undefined)
    if (!outdated || times >= TOLD_FROM) deps.acted(action, error as Error)
  }

  const patch = async (step: TaintStep, signal: AbortSignal): Promise<void> => {
    const { action, event } = step
    try {
      await deps.send(taintRequest(action), signal)
      rests.over(action.node.name)
      deps.acted(action, undefined)
      deps.event(event)
    } catch (error) {
      if (!signal.aborted) refused(step, error)
    }
  }

  const carryOut = async (steps: readonly TaintStep[], signal: AbortSignal): Promise<void> => {
    rests.keep(new Set(steps.map(({ action }) => action.node.name)))
    const due = steps.filter(({ action: { node } }) => !rests.isResting(node.name, node.resourceVersion))
    const rest = due.values()
    const worker = async (): Promise<void> => {
      for (const step of rest) if (!signal.aborted) await patch(step, signal)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker))
  }

  let absent: readonly string[] = []
  const tellAbsent = (): void => {
    const now = options.daemonSets.filter((key) => !cache.daemonSet(key))
    if (now.length > 0 && now.join() !== absent.join()) deps.absent(now)
    absent = now
  }

  /** When to look again, though nothing happens. */
  const look = async (signal: AbortSignal): Promise<number | undefined> => {
    tellAbsent()
    const made = plan()
    memory = made.memory
    made.events.forEach(deps.event)
    if (options.dryRun) deps.dryRun(made.steps.map(({ action }) => action))
    else await carryOut(made.steps, signal)
    const waits = [rests.soonestMs, made.requeueAfterMs].filter((ms) => ms !== undefined)
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  const pause = async (ms: number | undefined, signal: AbortSignal): Promise<void> => {
    const awake = new AbortController()
    const asleep = ms === undefined ? [] : [clock.sleep(ms, AbortSignal.any([signal, awake.signal]))]
    await Promise.race([changed.promise, ...asleep])
    awake.abort()
    await clock.sleep(GATHER_MS, signal)
    changed = Promise.withResolvers<void>()
  }

  return {
    see: (trigger) => {
      if (trigger.kind === 'look_at_node' || options.daemonSets.includes(trigger.key)) changed.resolve()
    },
    run: async (signal) => {
      signal.addEventListener('abort', () => changed.resolve(), { once: true })
      while (!signal.aborted) await pause(await look(signal), signal)
    },
  }
}
