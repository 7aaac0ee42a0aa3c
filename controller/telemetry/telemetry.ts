import { errorFields } from '../../lib/log/error-fields.ts'
import type { Level, Logger } from '../../lib/log/logger.ts'
import { decisionOf } from '../act/decision.ts'
import type { SayDecision } from '../act/dry-run.ts'
import type { EventRecorderDeps } from '../act/event-recorder.ts'
import { isNamespaceTerminating } from '../act/pods.ts'
import type { Action, DaemonSet, RolloutAction, TaintNode } from '../cluster.ts'
import type { ControllerMetrics } from './metrics.ts'

/** What happens in the controller: each one function that counts and says it. */
export interface Telemetry {
  turned(daemonSet: DaemonSet, seconds: number, error: Error | undefined): void
  /** Its last turn was before it was deleted. */
  gone(namespace: string, name: string): void
  putOff(): void
  acted(daemonSet: DaemonSet, action: Action | RolloutAction, error: Error | undefined): void
  tainted(action: TaintNode, error: Error | undefined): void
  /** Of those that nodes are to wait for. */
  absent(daemonSets: readonly string[]): void
  /** '' for both where there is no rollout. */
  rolling(daemonSet: DaemonSet, phase: string, waiting: string): void
  /** What a dry run does instead. */
  readonly decided: SayDecision
  rolloutDecided(daemonSet: DaemonSet, actions: readonly RolloutAction[]): void
  taintsDecided(actions: readonly TaintNode[]): void
  answered(method: string, status: number | undefined): void
  watching(resource: string): void
  watchFailed(resource: string, error: Error, retryInMs: number): void
  readonly recorded: EventRecorderDeps['recorded']
  leaseFailed(error: Error): void
  leaseRecovered(): void
  leader(identity: string, self: string): void
  leading(on: boolean): void
}

const leaderText = (identity: string, self: string): string => {
  if (identity === '') return 'nobody leads'
  return identity === self ? 'this process leads' : 'another process leads'
}

const keyOf = ({ namespace, name }: DaemonSet): string => `${namespace}/${name}`
const setFields = ({ namespace, name }: DaemonSet) => ({ namespace, daemonset: name })

/** That nothing can be made in a namespace that goes is no news. */
const levelOf = (error: Error): Level => (isNamespaceTerminating(error) ? 'debug' : 'warn')

const taintFields = ({ node, taint, why }: TaintNode) => ({ node: node.name, taint: taint.key, why })

export const createTelemetry = (metrics: ControllerMetrics, log: Logger): Telemetry => {
  /** What was said of a rollout's or the taints' last decisions: those that are not carried out come again with every look. */
  const said = new Map<string, Set<string>>()
  /** Of a DaemonSet, how its rollout stood at last. */
  const rollouts = new Map<string, { readonly phase: string; readonly waiting: string }>()

  const tell = (about: string, decisions: readonly Readonly<Record<string, unknown>>[]): void => {
    const before = said.get(about) ?? new Set()
    const now = new Set<string>()
    for (const fields of decisions) {
      const text = JSON.stringify(fields)
      now.add(text)
      if (!before.has(text)) log.log('info', 'dry_run', 'would be done', fields)
    }
    said.set(about, now)
  }

  return {
    turned: (daemonSet, seconds, error) => {
      metrics.syncs.inc({ result: error ? 'failed' : 'done' })
      metrics.syncSeconds.observe(seconds)
      metrics.lastErrors.set({ namespace: daemonSet.namespace, daemonset: daemonSet.name }, error ? 1 : 0)
      if (error)
        log.log('warn', 'sync_failed', 'a turn of a DaemonSet failed and will be made again', {
          ...setFields(daemonSet),
          ...errorFields(error),
        })
    },
    gone: (namespace, daemonset) => {
      metrics.lastErrors.remove({ namespace, daemonset })
      const name = `${namespace}/${daemonset}`
      said.delete(name)
      const rollout = rollouts.get(name)
      if (rollout) metrics.rollouts.remove({ namespace, daemonset, phase: rollout.phase || 'held' })
      rollouts.delete(name)
    },
    putOff: () => metrics.syncs.inc({ result: 'put_off' }),
    acted: (daemonSet, action, error) => {
      metrics.actions.inc({ kind: action.kind, result: error ? 'failed' : 'done' })
      const { what, ...decision } = decisionOf(action)
      const fields = { ...setFields(daemonSet), ...decision }
      if (error) log.log('warn', `${what}_failed`, 'an action failed', { ...fields, ...errorFields(error) })
      else log.log('info', what, 'an action was carried out', fields)
    },
    tainted: (action, error) => {
      metrics.actions.inc({ kind: action.kind, result: error ? 'failed' : 'done' })
      const fields = taintFields(action)
      if (error) log.log('warn', `${action.kind}_failed`, 'an action failed', { ...fields, ...errorFields(error) })
      else log.log('info', action.kind, 'an action was carried out', fields)
    },
    absent: (daemonSets) =>
      log.log('warn', 'startup_taint_for_none', 'DaemonSets of --startup-taint-for do not exist', {
        daemonsets: daemonSets.join(', '),
      }),
    rolling: (daemonSet, phase, waiting) => {
      const { namespace, name } = daemonSet
      const before = rollouts.get(keyOf(daemonSet))
      if (before?.phase === phase && before.waiting === waiting) return
      if (before) metrics.rollouts.remove({ namespace, daemonset: name, phase: before.phase || 'held' })
      rollouts.delete(keyOf(daemonSet))
      if (phase === '' && waiting === '') return
      rollouts.set(keyOf(daemonSet), { phase, waiting })
      metrics.rollouts.set({ namespace, daemonset: name, phase: phase || 'held' }, 1)
      if (waiting !== '')
        log.log('info', 'rollout_waits', 'a rollout waits', { ...setFields(daemonSet), phase, waiting_for: waiting })
    },
    decided: (fields) => log.log('info', 'dry_run', 'would be done', fields),
    rolloutDecided: (daemonSet, actions) =>
      tell(
        keyOf(daemonSet),
        actions.map((action) => ({ ...setFields(daemonSet), ...decisionOf(action) })),
      ),
    taintsDecided: (actions) =>
      tell(
        'taints',
        actions.map((action) => ({ what: action.kind, ...taintFields(action) })),
      ),
    answered: (method, status) =>
      metrics.requests.inc({ method, code: status === undefined ? 'none' : String(status) }),
    watching: (resource) => {
      metrics.watchUp.set({ resource }, 1)
      log.log('debug', 'watching', 'a watch stands', { resource })
    },
    watchFailed: (resource, error, retryInMs) => {
      metrics.watchUp.set({ resource }, 0)
      metrics.watchFailures.inc({ resource })
      log.log('warn', 'watch_failed', 'a list or watch failed; what is known may be old', {
        resource,
        retry_in_ms: retryInMs,
        ...errorFields(error),
      })
    },
    recorded: ({ about, reason }, outcome, error) => {
      metrics.events.inc({ outcome })
      if (outcome === 'written' || outcome === 'suppressed') return
      log.log(error ? levelOf(error) : 'warn', `event_${outcome}`, 'an Event was dropped', {
        object: about.identity.name,
        reason,
        ...(error ? errorFields(error) : {}),
      })
    },
    leaseFailed: (error) =>
      log.log('warn', 'lease_failed', 'the lease could not be read or written', errorFields(error)),
    leaseRecovered: () => log.log('info', 'lease_recovered', 'the lease can be read and written again'),
    leader: (identity, self) => log.log('info', 'leader', leaderText(identity, self), { leader: identity }),
    leading: (on) => metrics.leader.set(on ? 1 : 0),
  }
}
