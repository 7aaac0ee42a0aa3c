import type { Clock } from '../../lib/io/clock.ts'
import type { AgentEvents, BulkBody, Rejection } from '../event.ts'
import { itemTexts } from './bulk-items.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { DeadLetters } from './dead-letters.ts'

export interface BuryDeps {
  readonly output: { readonly name: string }
  readonly deadLetters: DeadLetters
  readonly events: Pick<AgentEvents, 'deadLettered' | 'spillFailed'>
  readonly clock: Clock
}

const lettersOf = (body: BulkBody, rejected: readonly Rejection[], deps: BuryDeps): DeadLetter[] => {
  const time = new Date(deps.clock.now()).toISOString()
  const texts = itemTexts(
    body,
    rejected.map((rejection) => rejection.item),
  )
  return rejected.map(({ status, type, reason }, i) => ({
    time,
    output: deps.output.name,
    status,
    type,
    reason,
    ...texts[i]!,
  }))
}

/** Fsyncs dead letters. Where that fails it says why, and nothing is lost: the documents are to be sent again later. */
export const bury = (body: BulkBody, rejected: readonly Rejection[], deps: BuryDeps): string | undefined => {
  if (rejected.length === 0) return undefined
  try {
    deps.deadLetters.append(lettersOf(body, rejected, deps))
  } catch (error) {
    deps.events.spillFailed(deps.output.name, error as Error)
    return `dead letters cannot be written: ${(error as Error).message}`
  }
  for (const rejection of rejected) deps.events.deadLettered(deps.output.name, rejection)
  return undefined
}
