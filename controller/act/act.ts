import type { Send } from '../../lib/kube/api-client.ts'
import type { Action, ClusterEvent, DaemonSet, Observation, Plan, PodAction } from '../cluster.ts'
import { carryOutClaims } from './claims.ts'
import { carryOutHistory } from './history.ts'
import { carryOutPods, type PodExpectations, type PodReports } from './pods.ts'
import { writeStatus } from './status.ts'
import { createTurnWriter, type TurnWriter, type WrittenResource } from './turn-writer.ts'

/** Carries out the plan of one turn; undefined, or what went wrong first. */
export type Act = (observation: Observation, plan: Plan, signal: AbortSignal) => Promise<Error | undefined>

export interface ActDeps {
  readonly send: Send
  readonly expectations: (daemonSet: DaemonSet) => PodExpectations
  readonly wrote: (daemonSet: DaemonSet, resource: WrittenResource, version: string) => void
  readonly event: (event: ClusterEvent) => void
  /** Counted and logged. */
  readonly acted: (daemonSet: DaemonSet, action: Action, error: Error | undefined) => void
}

const eventOf =
  (daemonSet: DaemonSet) =>
  (type: ClusterEvent['type'], reason: string, message: string): ClusterEvent => ({
    about: { kind: 'DaemonSet', identity: daemonSet },
    type,
    reason,
    message,
  })

/** Events as the built-in controller's (pkg/controller PodControl), so that whoever knows those knows these. */
const reportsOf = (daemonSet: DaemonSet, { event, acted }: ActDeps, done: Set<PodAction>): PodReports => {
  const say = eventOf(daemonSet)
  return {
    created: (action, outcome) => {
      const failed = 'error' in outcome ? outcome.error : undefined
      if (!failed) done.add(action)
      acted(daemonSet, action, failed)
      event(
        'error' in outcome
          ? say('Warning', 'FailedCreate', `Error creating: ${outcome.error.message}`)
          : say('Normal', 'SuccessfulCreate', `Created pod: ${outcome.name}`),
      )
    },
    deleted: (action, outcome) => {
      const failed = typeof outcome === 'object' ? outcome.error : undefined
      if (!failed) done.add(action)
      acted(daemonSet, action, failed)
      if (failed) event(say('Warning', 'FailedDelete', `Error deleting: ${failed.message}`))
      if (outcome === 'deleted') event(say('Normal', 'SuccessfulDelete', `Deleted pod: ${action.pod.name}`))
    },
  }
}

const caught = async (work: () => Promise<void>): Promise<Error | undefined> => {
  try {
    await work()
    return undefined
  } catch (error) {
    return error as Error
  }
}

/**
 * The order is that of pkg/controller/daemon syncDaemonSet: without its claims and its history a turn knows nothing, and ends; whatever pods
 * come to, the status is written.
 */
export const createAct = (deps: ActDeps): Act => {
  const groundwork = async (plan: Plan, daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
    const done = (action: Action, error: Error | undefined): void => deps.acted(daemonSet, action, error)
    await carryOutClaims(plan.claims, daemonSet, writer, done)
    await carryOutHistory(plan.history, daemonSet, writer, done)
  }

  const pods = async (plan: Plan, daemonSet: DaemonSet, writer: TurnWriter): Promise<void> => {
    const done = new Set<PodAction>()
    const parts = { expectations: deps.expectations(daemonSet), reports: reportsOf(daemonSet, deps, done) }
    try {
      if (plan.pods.length > 0) await carryOutPods(plan.pods, daemonSet, writer, parts)
    } finally {
      for (const { after, ...event } of plan.events) if (after?.every((action) => done.has(action))) deps.event(event)
    }
    await carryOutHistory(plan.cleanup, daemonSet, writer, (action, error) => deps.acted(daemonSet, action, error))
  }

  return async ({ daemonSet }, plan, signal) => {
    const wrote = (resource: WrittenResource, version: string): void => deps.wrote(daemonSet, resource, version)
    const writer = createTurnWriter({ send: deps.send, wrote, signal })
    const stopped = await caught(() => groundwork(plan, daemonSet, writer))
    if (stopped) return stopped
    for (const event of plan.events) if (!event.after) deps.event(event)
    const failed = await caught(() => pods(plan, daemonSet, writer))
    const { status } = plan
    const unwritten = status ? await caught(() => writeStatus(status, daemonSet, writer)) : undefined
    return failed ?? unwritten
  }
}
