import type { ClusterEvent, DaemonSet, Node, PodAction } from '../cluster.ts'
import type { CoverageRow } from './coverage.ts'
import type { Need, NodeMemory } from './guard-memory.ts'
import { type ReasonKind, reasonWords } from './reason.ts'

/** The reasons of the events that the guard writes; `coverage` reads what was done from them. */
export const DONE = { create: 'TakeOver', delete: 'FailedDaemonPod', force_delete: 'ForceDelete' } as const

/** Something to be said about one node. */
export interface News {
  readonly type: ClusterEvent['type']
  readonly reason: 'NodeUncovered' | 'NodeCovered' | (typeof DONE)[Need['kind']]
  readonly node: string
  readonly words: string
  /** News that are alike are summed up where there are too many. */
  readonly alike: string
  /** What it tells of: a pod that a quota has refused was not made. */
  readonly after?: PodAction
}

/** A node that flaps between two reasons is told once in this time. */
const RETELL_AFTER_MS = 10 * 60_000

interface Telling {
  readonly takeoverAfterMs: number
  /** Of the monotonic clock. */
  readonly monotonicMs: number
}

type Told = Pick<NodeMemory, 'told'> & { readonly news: News | undefined }

const worthTelling = (memory: NodeMemory, kind: ReasonKind, { takeoverAfterMs, monotonicMs }: Telling): boolean => {
  const { told, uncoveredSinceMs } = memory
  if (uncoveredSinceMs === undefined || monotonicMs - uncoveredSinceMs < takeoverAfterMs) return false
  return !told || (told.kind !== kind && monotonicMs - told.atMs >= RETELL_AFTER_MS)
}

/** A change of state that has lasted is told once: a steady state writes nothing, good or bad. */
export const tell = (row: CoverageRow, memory: NodeMemory, telling: Telling): Told => {
  const { node, state, reason } = row
  if (state === 'not_covered' && reason) {
    if (!worthTelling(memory, reason.kind, telling)) return { told: memory.told, news: undefined }
    const news: News = {
      type: 'Warning',
      reason: 'NodeUncovered',
      node,
      words: `not covered: ${reasonWords(reason)}`,
      alike: reason.kind,
    }
    return { told: { kind: reason.kind, atMs: telling.monotonicMs }, news }
  }
  if (state !== 'covered' || !memory.told) return { told: undefined, news: undefined }
  const words = `covered again, it was not (${memory.told.kind})`
  return { told: undefined, news: { type: 'Normal', reason: 'NodeCovered', node, words, alike: memory.told.kind } }
}

/** After how long there may be something to tell though nothing happens. */
export const tellInMs = ({ told, uncoveredSinceMs }: NodeMemory, telling: Telling): number | undefined =>
  uncoveredSinceMs === undefined || told ? undefined : uncoveredSinceMs + telling.takeoverAfterMs - telling.monotonicMs

/**
 * Of one object the recorder takes 25 events at once, and ten that are alike together: a DaemonSet is told of a few nodes by their names,
 * of more by a summary. Each node is an object of its own; but a bad image on 5,000 of them is not worth 5,000 writes.
 */
const NAMED_ON_DAEMON_SET = 5
const TOLD_ON_NODES = 20
const NAMED_IN_SUMMARY = 3

const summary = (news: readonly News[]): string => {
  const named = news.slice(0, NAMED_IN_SUMMARY).map(({ node }) => node)
  const more = news.length - named.length
  return `Node${news.length > 1 ? 's' : ''} ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${news[0]?.words}`
}

const groupsOf = (news: readonly News[]): readonly (readonly News[])[] =>
  news.length <= NAMED_ON_DAEMON_SET
    ? news.map((item) => [item])
    : [...Map.groupBy(news, ({ reason, alike }) => `${reason} ${alike}`).values()]

const afterOf = (news: readonly News[]): Pick<ClusterEvent, 'after'> => {
  const after = news.flatMap((item) => item.after ?? [])
  return after.length === 0 ? {} : { after }
}

/** About the DaemonSet and about the nodes, so that describing either shows it. */
export const eventsOf = (
  news: readonly News[],
  daemonSet: DaemonSet,
  nodes: ReadonlyMap<string, Node>,
): readonly ClusterEvent[] => {
  const { namespace, name } = daemonSet
  const onDaemonSet = groupsOf(news).map((group): ClusterEvent => {
    const { type, reason } = group[0] as News
    const about = { kind: 'DaemonSet', identity: daemonSet } as const
    return { about, type, reason, message: summary(group), ...afterOf(group) }
  })
  const onNodes = news.slice(0, TOLD_ON_NODES).flatMap((item): ClusterEvent[] => {
    const { node, type, reason, words } = item
    const there = nodes.get(node)
    if (!there) return []
    const identity = { name: there.name, uid: there.uid, namespace: '' }
    const message = `DaemonSet ${namespace}/${name}: ${words}`
    return [{ about: { kind: 'Node', identity }, type, reason, message, ...afterOf([item]) }]
  })
  return [...onDaemonSet, ...onNodes]
}
