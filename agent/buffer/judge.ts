import type { HeldItem, Outcome, Rejection } from '../event.ts'

/** Items of a chunk's body that are sent together: all of them, or those at these positions. */
export type Part = 'all' | Uint32Array

/** What an outcome means for the part that was sent. */
export interface Judgement {
  /** What of it is still to be sent. */
  readonly remaining: readonly Part[]
  /** Positions are those in the body that was sent. */
  readonly rejected: readonly Rejection[]
  /** To be sent when their data stream takes documents again; positions in the body that was sent. Not among the remaining ones. */
  readonly held: readonly HeldItem[]
  readonly delivered: number
  /** 'stuck': nothing was taken, the output needs a rest. 'advanced': it answers. */
  readonly progress: 'advanced' | 'stuck'
  /** Why something remains. */
  readonly reason: string | undefined
  readonly retryAfterMs: number | undefined
  readonly needsHuman: boolean
}

type Items = Extract<Outcome, { kind: 'items' }>

const positionsOf = (part: Part, documents: number): Uint32Array =>
  part === 'all' ? Uint32Array.from({ length: documents }, (_, i) => i) : part

/** Positions in the body that was sent, as positions in the whole chunk's body. */
export const toChunkPositions = (part: Part, sent: readonly number[]): Uint32Array =>
  Uint32Array.from(sent, (item) => (part === 'all' ? item : part[item]!)).sort()

const stuck = (part: Part, reason: string, retryAfterMs?: number, needsHuman = false): Judgement => ({
  remaining: [part],
  rejected: [],
  held: [],
  delivered: 0,
  progress: 'stuck',
  reason,
  retryAfterMs,
  needsHuman,
})

const advanced = (part: Partial<Judgement>): Judgement => ({
  remaining: [],
  rejected: [],
  held: [],
  delivered: 0,
  progress: 'advanced',
  reason: undefined,
  retryAfterMs: undefined,
  needsHuman: false,
  ...part,
})

/** An answer that does not speak of every item settles nothing: a document without a verdict must not be forgotten. */
const covers = (items: Items, documents: number): boolean => {
  const sum = items.created + items.duplicates + items.rejected.length + items.retry.length
  const named = new Set([...items.retry, ...items.rejected.map((r) => r.item)])
  const inside = [...named].every((item) => Number.isInteger(item) && item >= 0 && item < documents)
  // failureStore is counted among the created ones or beside them.
  return (
    inside &&
    named.size === items.retry.length + items.rejected.length &&
    (sum === documents || sum + items.failureStore === documents)
  )
}

const judgeItems = (part: Part, documents: number, items: Items): Judgement => {
  const { rejected, retry, held = [] } = items
  if (!covers(items, documents)) return stuck(part, 'the answer does not have a verdict for each document')
  const reason = items.retryReason ?? 'documents to be sent again'
  // A server that refuses one data stream is at work for the others.
  if (retry.length === documents && held.length === 0) return stuck(part, reason)
  const waiting = new Set(held.map(({ item }) => item))
  const again = retry.filter((item) => !waiting.has(item))
  return advanced({
    remaining: again.length > 0 ? [toChunkPositions(part, again)] : [],
    rejected,
    held,
    delivered: documents - retry.length - rejected.length,
    reason: retry.length > 0 ? reason : undefined,
  })
}

const halves = (part: Part, documents: number): readonly Part[] => {
  const positions = positionsOf(part, documents)
  const middle = positions.length >> 1
  return [positions.subarray(0, middle), positions.subarray(middle)]
}

/** `documents`: items of the body that was sent for `part`. */
export const judge = (part: Part, documents: number, outcome: Outcome): Judgement => {
  switch (outcome.kind) {
    case 'items':
      return judgeItems(part, documents, outcome)
    case 'again':
      return stuck(part, outcome.reason, outcome.retryAfterMs, outcome.hold)
    case 'split':
      if (documents > 1) return advanced({ remaining: halves(part, documents), reason: outcome.reason })
      return advanced({ rejected: [{ item: 0, status: 413, type: 'document_too_large', reason: outcome.reason }] })
  }
}
