import type { Clock } from '../lib/io/clock.ts'
import type { Send } from '../lib/kube/api-client.ts'
import { KubeError } from '../lib/kube/kube-error.ts'
import { taintRequest } from './act/taint-request.ts'
import type { ClusterEvent, TaintNode } from './cluster.ts'
import type { TaintOptions } from './config/taint-options.ts'
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
const RETRY_MS = 2000
const AT_ONCE = 16

/** The node has moved on, or is gone: the next look knows. */
const isOutdated = (error: unknown): boolean =>
  error instanceof KubeError && [404, 409, 422].includes(error.status ?? 0)

export const createStartupTaint = (options: StartupTaintOptions, deps: StartupTaintDeps): StartupTaint => {
  const { cache, clock } = deps
  let memory = NO_TAINT_MEMORY
  let changed = Promise.withResolvers<void>()

  const plan = (): TaintPlan => {
    const daemonSets = options.daemonSets.flatMap((key) => cache.daemonSet(key) ?? [])
    const pods = daemonSets.flatMap((daemonSet) => cache.podsFor(daemonSet))
    return planTaint({ nowMs: clock.now(), nodes: cache.nodes(), daemonSets, pods }, options, memory)
  }

  /** Whether it is to be tried again. */
  const patch = async ({ action, event }: TaintStep, signal: AbortSignal): Promise<boolean> => {
    try {
      await deps.send(taintRequest(action), signal)
      deps.acted(action, undefined)
      deps.event(event)
      return false
    } catch (error) {
      if (!isOutdated(error) && !signal.aborted) deps.acted(action, error as Error)
      return true
    }
  }

  const carryOut = async (steps: readonly TaintStep[], signal: AbortSignal): Promise<boolean> => {
    if (options.dryRun) {
      deps.dryRun(steps.map(({ action }) => action))
      return false
    }
    let again = false
    const rest = steps.values()
    const worker = async (): Promise<void> => {
      for (const step of rest) if (!signal.aborted) again = (await patch(step, signal)) || again
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, steps.length) }, worker))
    return again
  }

  /** When to look again, though nothing happens. */
  const look = async (signal: AbortSignal): Promise<number | undefined> => {
    const made = plan()
    memory = made.memory
    made.events.forEach(deps.event)
    const again = await carryOut(made.steps, signal)
    return again ? RETRY_MS : made.requeueAfterMs
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
