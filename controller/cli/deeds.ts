import type { DaemonSet, Json } from '../cluster.ts'
import type { Deed } from '../guard/coverage.ts'
import { DONE } from '../guard/guard-events.ts'
import { reasonWords } from '../guard/reason.ts'
import { listAt, textAt } from '../plan/json-fields.ts'

/** What Events tell of a DaemonSet's nodes: the controller's memory is its own, and may be another's by now. */
export interface Told {
  /** Per node, the last thing that was done. */
  readonly deeds: ReadonlyMap<string, Deed>
  /** Per node, when it was said to have no pod, and nothing else since. */
  readonly missingSinceMs: ReadonlyMap<string, number>
  /** Per node, what the controller found its agent to be held by: nothing in the cluster's own objects says it. */
  readonly shipsNothing: ReadonlyMap<string, { readonly words: string; readonly sinceMs: number }>
}

const NO_POD = `not covered: ${reasonWords({ kind: 'no_pod' })}`
const SHIPS_NOTHING = `not covered: ${reasonWords({ kind: 'ships_nothing', words: '' })}`

const KINDS: Readonly<Record<string, Deed['kind']>> = {
  [DONE.create]: 'created',
  [DONE.delete]: 'deleted',
  [DONE.force_delete]: 'force_deleted',
}

/** The guard's own sentence about one node. */
const ABOUT_NODE = /^Node (\S+): (.*)$/s

const ms = (text: string): number => {
  const parsed = text === '' ? Number.NaN : Date.parse(text)
  return Number.isFinite(parsed) ? parsed : 0
}

/** Whichever of its times an Event has: those of series, of old clients, of new ones. */
const lastMs = (event: Json): number =>
  ms(textAt(event, 'series', 'lastObservedTime')) ||
  ms(textAt(event, 'lastTimestamp')) ||
  ms(textAt(event, 'eventTime')) ||
  ms(textAt(event, 'metadata', 'creationTimestamp'))

interface Sentence {
  readonly event: Json
  readonly node: string
  readonly words: string
}

/** On the DaemonSet the node is named, on the node the DaemonSet. */
const sentenceOf = (event: Json, { uid, namespace, name, createdMs }: DaemonSet): Sentence | undefined => {
  const message = textAt(event, 'message')
  if (textAt(event, 'involvedObject', 'uid') === uid) {
    const [, node, words] = ABOUT_NODE.exec(message) ?? []
    return node === undefined || words === undefined ? undefined : { event, node, words }
  }
  const prefix = `DaemonSet ${namespace}/${name}: `
  if (textAt(event, 'involvedObject', 'kind') !== 'Node' || !message.startsWith(prefix)) return undefined
  // Of an earlier one of this name.
  if (lastMs(event) < createdMs) return undefined
  return { event, node: textAt(event, 'involvedObject', 'name'), words: message.slice(prefix.length) }
}

/** `events` are of core/v1, as the server sent them, on DaemonSets and on nodes. */
export const toldBy = (events: readonly Json[], daemonSet: DaemonSet): Told => {
  const sentences = events.flatMap((event) => sentenceOf(event, daemonSet) ?? [])
  const deeds = new Map<string, Deed>()
  const uncovered = new Map<string, { readonly words: string; readonly sinceMs: number }>()
  for (const { event, node, words } of sentences.toSorted((a, b) => lastMs(a.event) - lastMs(b.event))) {
    const reason = textAt(event, 'reason')
    const kind = KINDS[reason]
    if (kind) deeds.set(node, { kind, atMs: lastMs(event), words })
    // Each is said once: one that is counted again is of another time, and nothing was amiss in between.
    if (reason === 'NodeUncovered') uncovered.set(node, { words, sinceMs: lastMs(event) })
    if (reason === 'NodeCovered') uncovered.delete(node)
  }
  const missing = [...uncovered].filter(([, { words }]) => words === NO_POD)
  const silent = [...uncovered].filter(([, { words }]) => words.startsWith(SHIPS_NOTHING))
  return {
    deeds,
    missingSinceMs: new Map(missing.map(([node, { sinceMs }]) => [node, sinceMs])),
    shipsNothing: new Map(
      silent.map(([node, { words, sinceMs }]) => [
        node,
        { words: words.slice(SHIPS_NOTHING.length).replace(/^: /, ''), sinceMs },
      ]),
    ),
  }
}

/** Who made a pod is in it for as long as it lives; events are kept for an hour. */
export const madeByPicket = (pod: Json): boolean =>
  listAt(pod, 'metadata', 'managedFields').some(
    (entry) => textAt(entry, 'manager') === 'picket-controller' && textAt(entry, 'subresource') === '',
  )
