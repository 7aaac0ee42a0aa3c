import type { Clock } from '../../lib/io/clock.ts'
import type { FoundLetter } from '../buffer/dead-letter-lines.ts'
import type { BulkBody, Outcome, Rejection } from '../event.ts'
import { bulkBodyOf } from './replay-batch.ts'

/** What the output said of a letter now. */
export type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  /** No final word: it stays as it is. `stops`: nor has the output one for others. */
  | { readonly kind: 'unanswered'; readonly reason: string; readonly stops: boolean }

export interface SendDeps {
  readonly send: (body: BulkBody, signal: AbortSignal) => Promise<Outcome>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** ms to wait before try number `attempt` + 1. */
  readonly backoff: (attempt: number) => number
}

/** A person waits: an output that takes nothing is told after so many tries, where the agent would go on for ever. */
const TRIES = 5
const RETRY_AFTER_MAX_MS = 30_000

type Items = Extract<Outcome, { kind: 'items' }>
type Answers = Map<string, Answer>

const noteItems = (letters: readonly FoundLetter[], items: Items, answers: Answers): readonly FoundLetter[] => {
  const rejected = new Map(items.rejected.map((rejection) => [rejection.item, rejection]))
  const again = new Set(items.retry)
  const held = new Map(items.held?.map(({ item, reason }) => [item, reason]))
  letters.forEach(({ id }, item) => {
    const rejection = rejected.get(item)
    if (rejection) answers.set(id, { kind: 'refused', rejection })
    else if (!again.has(item)) answers.set(id, { kind: 'taken' })
    // Another try would bring the same: a person is needed.
    const reason = held.get(item)
    if (reason !== undefined) answers.set(id, { kind: 'unanswered', reason, stops: false })
  })
  return letters.filter((_, item) => again.has(item) && !held.has(item))
}

const unanswered = (letters: readonly FoundLetter[], outcome: Outcome | undefined, answers: Answers): void => {
  const stops = outcome?.kind !== 'items'
  for (const { id } of letters) answers.set(id, { kind: 'unanswered', reason: reasonOf(outcome), stops })
}

/** Sends a batch until each letter has an answer, or five tries in a row have brought nothing. `answers` is added to. */
export const sendBatch = async (letters: readonly FoundLetter[], deps: SendDeps, answers: Answers): Promise<void> => {
  let left = letters
  for (let attempt = 1; left.length > 0; attempt++) {
    const outcome = deps.signal.aborted ? undefined : await deps.send(bulkBodyOf(left), deps.signal)
    if (outcome?.kind === 'split') return split(left, outcome.reason, deps, answers)
    const before = left.length
    if (outcome?.kind === 'items') left = noteItems(left, outcome, answers)
    if (left.length === 0) return
    if (left.length < before) attempt = 1
    if (!outcome || deps.signal.aborted || attempt >= TRIES) return unanswered(left, outcome, answers)
    await deps.clock.sleep(waitMs(outcome, attempt, deps), deps.signal)
  }
}

const reasonOf = (outcome: Outcome | undefined): string => {
  if (!outcome) return 'stopped before it was sent'
  return (outcome.kind === 'items' ? outcome.retryReason : outcome.reason) ?? 'to be sent again'
}

const waitMs = (outcome: Outcome, attempt: number, { backoff }: SendDeps): number => {
  const asked = outcome.kind === 'again' ? (outcome.retryAfterMs ?? 0) : 0
  return Math.max(backoff(attempt), Math.min(asked, RETRY_AFTER_MAX_MS))
}

const split = async (
  letters: readonly FoundLetter[],
  reason: string,
  deps: SendDeps,
  answers: Answers,
): Promise<void> => {
  if (letters.length === 1) {
    const rejection = { item: 0, status: 413, type: 'document_too_large', reason }
    answers.set(letters[0]!.id, { kind: 'refused', rejection })
    return
  }
  const middle = letters.length >> 1
  await sendBatch(letters.slice(0, middle), deps, answers)
  await sendBatch(letters.slice(middle), deps, answers)
}
