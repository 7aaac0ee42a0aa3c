import type { Clock } from '../lib/io/clock.ts'
import type { Send } from '../lib/kube/api-client.ts'
import { KubeError } from '../lib/kube/kube-error.ts'
import { taintRequest } from './act/taint-request.ts'
import type { BackoffEntry, ClusterEvent, Node, TaintNode } from './cluster.ts'
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
  /** DaemonSets that nodes are to wait for and that do not exist: a misspelt one would block them without a word. */
  readonly absent: (daemonSets: readonly string[]) => void
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
/** Where a patch is refused for good (no right to it, a webhook). */
const MOST_RETRY_MS = 5 * 60_000
const AT_ONCE = 16

/** The node has moved on, or is gone: the next look knows. */
const isOutdated = (error: unknown): boolean =>
  error instanceof KubeError && [404, 409, 422].includes(error.status ?? 0)

export const createStartupTaint = (options: StartupTaintOptions, deps: StartupTaintDeps): StartupTaint => {
  const { cache, clock } = deps
  let memory = NO_TAINT_MEMORY
  /** By the node's uid. Pods come and go all the time: without it every one of their events would ask for all refused patches again. */
  const refused = new Map<string, BackoffEntry>()
  let changed = Promise.withResolvers<void>()

  const plan = (): TaintPlan => {
    const daemonSets = options.daemonSets.flatMap((key) => cache.daemonSet(key) ?? [])
    const pods = daemonSets.flatMap((daemonSet) => cache.podsFor(daemonSet))
    return planTaint({ nowMs: clock.now(), nodes: cache.nodes(), daemonSets, pods }, options, memory)
  }

  let absent: readonly string[] = []
  const tellAbsent = (): void => {
    const now = options.daemonSets.filter((key) => !cache.daemonSet(key))
    if (now.length > 0 && now.join() !== absent.join()) deps.absent(now)
    absent = now
  }

  const refuse = ({ uid }: Node): void => {
    const before = refused.get(uid)
    const delayMs = before ? Math.min(before.delayMs * 2, MOST_RETRY_MS) : RETRY_MS
    refused.set(uid, { delayMs, updatedMs: clock.monotonic() })
  }

  const waitMs = ({ action }: TaintStep): number => {
    const entry = refused.get(action.node.uid)
    return entry ? Math.max(0, entry.updatedMs + entry.delayMs - clock.monotonic()) : 0
  }

  const forget = (steps: readonly TaintStep[]): void => {
    const wanted = new Set(steps.map(({ action }) => action.node.uid))
    for (const uid of refused.keys()) if (!wanted.has(uid)) refused.delete(uid)
  }

  /** Whether it is to be tried again soon. */
  const patch = async ({ action, event }: TaintStep, signal: AbortSignal): Promise<boolean> => {
    try {
      await deps.send(taintRequest(action), signal)
      deps.acted(action, undefined)
      deps.event(event)
      refused.delete(action.node.uid)
      return false
    } catch (error) {
      if (isOutdated(error)) return true
      if (!signal.aborted) deps.acted(action, error as Error)
      refuse(action.node)
      return false
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
    tellAbsent()
    const made = plan()
    memory = made.memory
    made.events.forEach(deps.event)
    forget(made.steps)
    const again = await carryOut(
      made.steps.filter((step) => waitMs(step) === 0),
      signal,
    )
    const times = [
      made.requeueAfterMs,
      again ? RETRY_MS : undefined,
      ...made.steps.map((step) => waitMs(step) || undefined),
    ]
    return times.reduce((least, ms) => (least === undefined || (ms !== undefined && ms < least) ? ms : least))
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
