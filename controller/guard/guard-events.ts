import type { ClusterEvent, DaemonSet, Node } from '../cluster.ts'
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

/** A bad image on 5,000 nodes is one piece of news, not 10,000 writes. */
const SINGLY = 20
const NAMED = 3

const summary = (news: readonly News[]): string => {
  const named = news.slice(0, NAMED).map(({ node }) => node)
  const more = news.length - named.length
  return `Nodes ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${news[0]?.words}`
}

/** About the DaemonSet and about the node, so that describing either shows it; beyond `SINGLY` nodes one for all that are alike. */
export const eventsOf = (
  news: readonly News[],
  daemonSet: DaemonSet,
  nodes: ReadonlyMap<string, Node>,
): readonly ClusterEvent[] => {
  const { namespace, name } = daemonSet
  const onDaemonSet = ({ type, reason }: News, message: string): ClusterEvent => ({
    about: { kind: 'DaemonSet', identity: daemonSet },
    type,
    reason,
    message,
  })
  const single = news.slice(0, SINGLY).flatMap((item): ClusterEvent[] => {
    const node = nodes.get(item.node)
    const identity = node && { name: node.name, uid: node.uid, namespace: '' }
    const message = `DaemonSet ${namespace}/${name}: ${item.words}`
    const { type, reason } = item
    const onNode: ClusterEvent[] = identity ? [{ about: { kind: 'Node', identity }, type, reason, message }] : []
    return [onDaemonSet(item, `Node ${item.node}: ${item.words}`), ...onNode]
  })
  const groups = Map.groupBy(news.slice(SINGLY), ({ reason, alike }) => `${reason} ${alike}`)
  return [...single, ...[...groups.values()].map((alike) => onDaemonSet(alike[0] as News, summary(alike)))]
}
