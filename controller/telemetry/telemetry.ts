import { errorFields } from '../../lib/log/error-fields.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { Action, DaemonSet, Plan } from '../cluster.ts'
import type { ControllerMetrics } from './metrics.ts'

/** What happens in the controller: each one function that counts and says it. */
export interface Telemetry {
  turned(daemonSet: DaemonSet, seconds: number, error: Error | undefined): void
  /** Its last turn was before it was deleted. */
  gone(namespace: string, name: string): void
  putOff(): void
  acted(daemonSet: DaemonSet, action: Action, error: Error | undefined): void
  decided(daemonSet: DaemonSet, plan: Plan): void
  answered(method: string, status: number | undefined): void
  watching(resource: string): void
  watchFailed(resource: string, error: Error, retryInMs: number): void
  eventFailed(error: Error): void
  leaseFailed(error: Error): void
  leader(identity: string, self: string): void
  leading(on: boolean): void
}

/** The object that an action is about, for people. */
const subjectOf = (action: Action): Record<string, string> => {
  if ('pod' in action) return { pod: action.pod.name, node: action.pod.target ?? '' }
  if ('revision' in action) return { revision: action.revision.name }
  return action.kind === 'create_pod' ? { node: action.node } : { revision: action.name }
}

const setFields = ({ namespace, name }: DaemonSet) => ({ namespace, daemonset: name })

const actionsOf = ({ claims, history, pods, cleanup }: Plan): readonly Action[] => [
  ...claims,
  ...history,
  ...pods,
  ...cleanup,
]

export const createTelemetry = (metrics: ControllerMetrics, log: Logger): Telemetry => {
  /** Of a DaemonSet, what was said of its last plan: one that is not carried out comes again with every event. */
  const said = new Map<string, Set<string>>()

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
      said.delete(`${namespace}/${daemonset}`)
    },
    putOff: () => metrics.syncs.inc({ result: 'put_off' }),
    acted: (daemonSet, action, error) => {
      metrics.actions.inc({ kind: action.kind, result: error ? 'failed' : 'done' })
      const fields = { ...setFields(daemonSet), ...subjectOf(action), why: action.why }
      if (error) log.log('warn', `${action.kind}_failed`, 'an action failed', { ...fields, ...errorFields(error) })
      else log.log('info', action.kind, 'an action was carried out', fields)
    },
    decided: (daemonSet, plan) => {
      const before = said.get(daemonSet.uid) ?? new Set()
      const now = new Set<string>()
      for (const action of actionsOf(plan)) {
        const fields = { action: action.kind, ...setFields(daemonSet), ...subjectOf(action), why: action.why }
        const text = JSON.stringify(fields)
        now.add(text)
        if (!before.has(text)) log.log('info', 'dry_run', 'would be done', fields)
      }
      if (plan.status) {
        const fields = { action: 'write_status', ...setFields(daemonSet), ...plan.status }
        const text = JSON.stringify(fields)
        now.add(text)
        if (!before.has(text)) log.log('info', 'dry_run', 'would be done', fields)
      }
      said.set(daemonSet.uid, now)
    },
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
    eventFailed: (error) => {
      metrics.eventFailures.inc()
      log.log('warn', 'event_failed', 'an Event could not be written', errorFields(error))
    },
    leaseFailed: (error) =>
      log.log('warn', 'lease_failed', 'the lease could not be read or written', errorFields(error)),
    leader: (identity, self) =>
      log.log('info', 'leader', identity === self ? 'this process leads' : 'another leads', { leader: identity }),
    leading: (on) => metrics.leader.set(on ? 1 : 0),
  }
}
