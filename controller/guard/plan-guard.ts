import type { ClusterEvent, DaemonSet, Observation, Plan, Revision } from '../cluster.ts'
import { NO_PLAN } from '../plan/no-plan.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'
import { currentRevision } from '../plan/revision-data.ts'
import { isEmptySelector } from '../plan/selector.ts'
import { carryOut } from './carry-out.ts'
import { type CoverageRow, coverage } from './coverage.ts'
import { eventsOf, type News, tell } from './guard-events.ts'
import { EMPTY_MEMORY, type GuardMemory, isBlank, type Need, type NodeMemory } from './guard-memory.ts'
import { dueSteps, type GuardInput, type Step, soonest, type Turn } from './guard-turn.ts'
import { type GuardSettings, needOf, remember } from './need.ts'

export interface GuardDecision {
  readonly plan: Plan
  readonly memory: GuardMemory
  readonly rows: readonly CoverageRow[]
}

/** The garbage collector, the namespace controller, or nobody: whose the DaemonSet is, the guard's it is not. */
const isOutOfBounds = ({ daemonSet, namespaceTerminating }: Observation): boolean =>
  daemonSet.deleted || namespaceTerminating || isEmptySelector(daemonSet.selector)

const missingSince = ({ observation: { nowMs }, monotonicMs }: GuardInput, memory: GuardMemory) =>
  new Map(
    [...memory.nodes].flatMap(([node, { need }]) =>
      need?.key === 'create' ? [[node, nowMs - (monotonicMs - need.sinceMs)]] : [],
    ),
  )

const rowsOf = (input: GuardInput, memory: GuardMemory): readonly CoverageRow[] => {
  const { nowMs, daemonSet, nodes, pods, revisions } = input.observation
  const deeds = new Map([...memory.nodes].flatMap(([node, { deed }]) => (deed ? [[node, deed]] : [])))
  const missingSinceMs = missingSince(input, memory)
  const { shipsNothing } = input
  const rows = coverage({ nowMs, daemonSet, nodes, pods, revisions, missingSinceMs, deeds, shipsNothing })
  // Missing for the first time in this look.
  return rows.map((row) =>
    row.reason?.kind === 'no_pod' && row.sinceMs === undefined ? { ...row, sinceMs: nowMs } : row,
  )
}

const unhashedEvent = (daemonSet: DaemonSet): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: daemonSet },
  type: 'Warning',
  reason: 'NoRevision',
  message: `No ControllerRevision of the template of generation ${daemonSet.generation} exists: pods that are made now have no ${HASH_LABEL}, and the DaemonSet controller replaces them when it is back.`,
})

const hashOf = (revision: Revision | undefined): string | undefined => revision?.labels[HASH_LABEL]

/** What this look shows of each node, and what is to be told of it. */
const look = (rows: readonly CoverageRow[], before: GuardMemory, turn: Turn): { steps: Step[]; news: News[] } => {
  const { monotonicMs } = turn.input
  const telling = { takeoverAfterMs: turn.settings.takeoverAfterMs, monotonicMs }
  const news: News[] = []
  const steps = rows.map((row): Step => {
    const need = needOf(row)
    const known = { nodeUid: turn.nodes.get(row.node)?.uid ?? '', before: before.nodes.get(row.node), monotonicMs }
    const memory = remember(row, need, known)
    const told = tell(row, memory, telling)
    if (told.news) news.push(told.news)
    return { row, need, memory: { ...memory, told: told.told } }
  })
  return { steps, news }
}

const memoryOf = (steps: readonly Step[], unhashedTold: number | undefined): GuardMemory => ({
  nodes: new Map(
    steps.flatMap(({ row, memory }): [string, NodeMemory][] => (isBlank(memory) ? [] : [[row.node, memory]])),
  ),
  unhashedTold,
})

/**
 * What guard mode does for one DaemonSet after one look: nothing, as long as the built-in controller does its work. An eligible node that
 * has had no pod object for `takeoverAfterMs` gets its pod; a pod that failed, or that waits for the kubelet of a node that is gone, is
 * taken away. Never anything else: no history, no labels, no adoption, no repair of pods that live.
 */
export const planGuard = (input: GuardInput, before: GuardMemory, settings: GuardSettings): GuardDecision => {
  const { daemonSet, revisions } = input.observation
  if (isOutOfBounds(input.observation)) return { plan: NO_PLAN, memory: EMPTY_MEMORY, rows: [] }
  const nodes = new Map(input.observation.nodes.map((node) => [node.name, node]))
  const turn: Turn = { input, settings, nodes, hash: hashOf(currentRevision(daemonSet, revisions)) }
  const rows = rowsOf(input, before)
  const looked = look(rows, before, turn)

  const done = new Map(dueSteps(looked.steps, turn).map((s) => [s.row.node, carryOut(s.need as Need, s, turn)]))
  const steps = looked.steps.map((step) => ({ ...step, memory: done.get(step.row.node)?.memory ?? step.memory }))
  const deeds = [...done.values()]
  const creates = deeds.some(({ action }) => action.kind === 'create_pod')
  const unhashed = turn.hash === undefined && creates && before.unhashedTold !== daemonSet.generation
  const deedEvents = eventsOf(
    deeds.map((deed) => deed.news),
    daemonSet,
    nodes,
  )
  const events = [
    ...(unhashed ? [unhashedEvent(daemonSet)] : []),
    ...deedEvents,
    ...eventsOf(looked.news, daemonSet, nodes),
  ]
  const pods = deeds.map(({ action }) => action)
  return {
    plan: { ...NO_PLAN, pods, events, requeueAfterMs: soonest(steps, turn) },
    memory: memoryOf(steps, unhashed ? daemonSet.generation : before.unhashedTold),
    rows,
  }
}
