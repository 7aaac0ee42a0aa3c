import type { Clock } from '../../lib/io/clock.ts'
import type { AgentEvents } from '../event.ts'

/** What an output has done since the start, for people who look at it: rates are told from two looks. */
export interface Delivery {
  readonly output: string
  readonly deliveredDocuments: number
  /** Documents that were sent again, each time. */
  readonly retriedDocuments: number
  readonly deadLetters: number
  /** Since an output last answered; undefined: it has not yet. */
  readonly verdictAgeMs: number | undefined
}

type Counted = Pick<AgentEvents, 'sent' | 'delivered' | 'deadLettered'>

export interface DeliveryTally {
  readonly events: Counted
  list(): Delivery[]
}

interface Sums {
  delivered: number
  retried: number
  deadLetters: number
  verdictMs: number | undefined
}

export const createDeliveryTally = (clock: Pick<Clock, 'monotonic'>): DeliveryTally => {
  const outputs = new Map<string, Sums>()
  const of = (output: string): Sums => {
    const known = outputs.get(output) ?? { delivered: 0, retried: 0, deadLetters: 0, verdictMs: undefined }
    outputs.set(output, known)
    return known
  }
  return {
    events: {
      sent: (output, outcome, body) => {
        const sums = of(output)
        if (outcome.kind === 'items') sums.verdictMs = clock.monotonic()
        if (outcome.kind === 'items') sums.retried += outcome.retry.length
        if (outcome.kind === 'again') sums.retried += body.documents
      },
      delivered: (output, documents) => {
        of(output).delivered += documents
      },
      deadLettered: (output) => {
        of(output).deadLetters++
      },
    },
    list: () =>
      [...outputs].map(([output, { delivered, retried, deadLetters, verdictMs }]) => ({
        output,
        deliveredDocuments: delivered,
        retriedDocuments: retried,
        deadLetters,
        verdictAgeMs: verdictMs === undefined ? undefined : clock.monotonic() - verdictMs,
      })),
  }
}
