import type { DaemonSet, Json } from '../cluster.ts'
import type { Deed } from '../guard/coverage.ts'
import { DONE } from '../guard/guard-events.ts'
import { reasonWords } from '../guard/reason.ts'
import { textAt } from '../plan/json-fields.ts'

/** What Events tell of a DaemonSet's nodes: the controller's memory is its own, and may be another's by now. */
export interface Told {
  /** Per node, the last thing that was done. */
  readonly deeds: ReadonlyMap<string, Deed>
  /** Per node, when it was said to be uncovered and not since to be covered. */
  readonly missingSinceMs: ReadonlyMap<string, number>
  /** Per node, what the controller found its agent to be held by: nothing in the cluster's own objects says it. */
  readonly shipsNothing: ReadonlyMap<string, { readonly words: string; readonly sinceMs: number }>
}

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
const firstMs = (event: Json): number =>
  ms(textAt(event, 'eventTime')) ||
  ms(textAt(event, 'firstTimestamp')) ||
  ms(textAt(event, 'metadata', 'creationTimestamp'))

/** `events` are of core/v1, as the server sent them. */
export const toldBy = (events: readonly Json[], { uid }: DaemonSet): Told => {
  const own = events.filter((event) => textAt(event, 'involvedObject', 'uid') === uid)
  const deeds = new Map<string, Deed>()
  const uncovered = new Map<string, { readonly words: string; readonly sinceMs: number }>()
  for (const event of own.toSorted((a, b) => lastMs(a) - lastMs(b))) {
    const [, node, words] = ABOUT_NODE.exec(textAt(event, 'message')) ?? []
    if (node === undefined || words === undefined) continue
    const reason = textAt(event, 'reason')
    const kind = KINDS[reason]
    if (kind) deeds.set(node, { kind, atMs: lastMs(event), words })
    if (reason === 'NodeUncovered') uncovered.set(node, { words, sinceMs: firstMs(event) })
    if (reason === 'NodeCovered') uncovered.delete(node)
  }
  const silent = [...uncovered].filter(([, { words }]) => words.startsWith(SHIPS_NOTHING))
  return {
    deeds,
    missingSinceMs: new Map([...uncovered].map(([node, { sinceMs }]) => [node, sinceMs])),
    shipsNothing: new Map(
      silent.map(([node, { words, sinceMs }]) => [
        node,
        { words: words.slice(SHIPS_NOTHING.length).replace(/^: /, ''), sinceMs },
      ]),
    ),
  }
}
