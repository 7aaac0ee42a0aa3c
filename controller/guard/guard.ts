import type { Action, DaemonSet, Observation, Plan, RolloutAction } from '../cluster.ts'
import type { CoverageInput } from './coverage.ts'
import { type CoverageFamily, coverageFamilies, type Looked } from './coverage-metrics.ts'
import { EMPTY_MEMORY, type GuardMemory } from './guard-memory.ts'
import { planGuard } from './plan-guard.ts'

export interface GuardDeps {
  readonly takeoverAfterMs: number
  readonly monotonicMs: () => number
  /** By the monotonic clock, when the built-in controller last said FailedCreate of the DaemonSet with this uid. */
  readonly failedCreateMs: (uid: string) => number | undefined
  readonly shipsNothing: () => CoverageInput['shipsNothing']
  /** A series per uncovered node. */
  readonly perNode: boolean
}

/** What is kept of each DaemonSet between its turns, around the decisions that are pure. */
export interface Guard {
  /** The planner of guard mode. */
  plan(observation: Observation): Plan
  /** Where another planner acts: its plan, with what is to be told of nodes that are not covered. */
  beside(planner: (observation: Observation) => Plan): (observation: Observation) => Plan
  /** Whosever the action was: its own are counted. */
  acted(daemonSet: DaemonSet, action: Action | RolloutAction, error: Error | undefined): void
  gone(namespace: string, name: string): void
  families(): readonly CoverageFamily[]
}

/**
 * A turn at least this often: that a node is lost, or its kubelet silent, wakes nobody where the built-in controller's triggers are
 * copied. It costs no request.
 */
const TURN_EVERY_MS = 30_000

interface Entry {
  readonly uid: string
  readonly memory: GuardMemory
  readonly looked: Looked
  readonly takeovers: number
  readonly failedDeleted: number
  readonly lostDeleted: number
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`

const sooner = (a: number | undefined, b: number): number => (a === undefined ? b : Math.min(a, b))

const totals = (entries: readonly Entry[]): readonly CoverageFamily[] => {
  const labels = ({ looked: { namespace, daemonSet: daemonset } }: Entry) => ({ namespace, daemonset })
  const sample = (labelled: Readonly<Record<string, string>>, value: number) => ({
    labels: labelled,
    value,
  })
  return [
    {
      name: 'picket_takeovers_total',
      help: 'Pods that guard mode made because nobody else did.',
      kind: 'counter',
      samples: entries.map((entry) => sample(labels(entry), entry.takeovers)),
    },
    {
      name: 'picket_guard_deletions_total',
      help: 'Pods that guard mode took away: failed ones, and those left over from nodes that are gone.',
      kind: 'counter',
      samples: entries.flatMap((entry) => [
        sample({ ...labels(entry), cause: 'failed' }, entry.failedDeleted),
        sample({ ...labels(entry), cause: 'lost_node' }, entry.lostDeleted),
      ]),
    },
  ]
}

const counted = (entry: Entry, action: Action | RolloutAction): Entry => {
  if (action.kind === 'create_pod') return { ...entry, takeovers: entry.takeovers + 1 }
  if (action.kind !== 'delete_pod') return entry
  return action.graceSeconds === 0
    ? { ...entry, lostDeleted: entry.lostDeleted + 1 }
    : { ...entry, failedDeleted: entry.failedDeleted + 1 }
}

export const createGuard = (deps: GuardDeps): Guard => {
  const entries = new Map<string, Entry>()
  /** Others plan for the same DaemonSets: rollouts delete pods too. */
  const own = new WeakSet<Action | RolloutAction>()
  const NOTHING = { memory: EMPTY_MEMORY, takeovers: 0, failedDeleted: 0, lostDeleted: 0 }

  const turn = (observation: Observation, acts: boolean): Plan => {
    const { daemonSet, nowMs } = observation
    const { uid, namespace, name } = daemonSet
    const entry = entries.get(keyOf(daemonSet))
    const before = entry?.uid === uid ? entry : NOTHING
    const input = {
      observation,
      monotonicMs: deps.monotonicMs(),
      failedCreateMs: deps.failedCreateMs(uid),
      shipsNothing: deps.shipsNothing(),
    }
    const settings = { takeoverAfterMs: deps.takeoverAfterMs, acts }
    const { plan, memory, rows } = planGuard(input, before.memory, settings)
    for (const action of plan.pods) own.add(action)
    entries.set(keyOf(daemonSet), { ...before, uid, memory, looked: { namespace, daemonSet: name, nowMs, rows } })
    return { ...plan, requeueAfterMs: sooner(plan.requeueAfterMs, TURN_EVERY_MS) }
  }

  return {
    plan: (observation) => turn(observation, true),
    beside: (planner) => (observation) => {
      const plan = planner(observation)
      const { events, requeueAfterMs } = turn(observation, false)
      return {
        ...plan,
        events: [...plan.events, ...events],
        requeueAfterMs: sooner(plan.requeueAfterMs, requeueAfterMs ?? TURN_EVERY_MS),
      }
    },
    acted: (daemonSet, action, error) => {
      const entry = entries.get(keyOf(daemonSet))
      if (entry && !error && own.has(action)) entries.set(keyOf(daemonSet), counted(entry, action))
    },
    gone: (namespace, name) => void entries.delete(`${namespace}/${name}`),
    families: () => {
      const all = [...entries.values()]
      return [
        ...coverageFamilies(
          all.map(({ looked }) => looked),
          deps.perNode,
        ),
        ...totals(all),
      ]
    },
  }
}
