import type { Writable } from 'node:stream'
import type { BulkBody, Outcome, Output } from '../../event.ts'
import { bulkText } from '../bulk-items.ts'
import { documentLines } from '../document-lines.ts'
import { createTurns } from '../in-turn.ts'

export interface StdoutOptions {
  readonly name: string
  readonly out: Writable
}

const again = (reason: string, hold: boolean): Outcome => ({ kind: 'again', reason, retryAfterMs: undefined, hold })

/** The error that a write ended with; undefined: all of it was taken. */
const write = (out: Writable, text: string): Promise<Error | undefined> =>
  new Promise((resolve) => {
    out.write(text, (error) => resolve(error ?? undefined))
  })

/**
 * Documents as JSON lines on the standard output, one body at a time: the next one waits until the reader has taken this
 * one. What the reader does with them nobody can know; after a crash a body may come twice.
 */
export const createStdoutOutput = ({ name, out }: StdoutOptions): Output => {
  const inTurn = createTurns()
  let broken: Error | undefined
  const onError = (error: Error): void => {
    broken = error
  }
  out.on('error', onError)

  const take = async (body: BulkBody): Promise<Outcome> => {
    const lines = documentLines(await bulkText(body))
    broken = (await write(out, lines.text)) ?? broken
    if (broken) return again(`nobody reads the standard output any more (${broken.message}); restart the agent`, true)
    return {
      kind: 'items',
      created: lines.created,
      duplicates: 0,
      failureStore: 0,
      rejected: lines.rejected,
      retry: [],
      retryReason: undefined,
    }
  }

  const send = async (body: BulkBody, signal: AbortSignal): Promise<Outcome> => {
    if (signal.aborted) return again('stopped before it was written', false)
    try {
      return await take(body)
    } catch (error) {
      return again(`this body cannot be written: ${error instanceof Error ? error.message : String(error)}`, false)
    }
  }

  return {
    name,
    send: (body, signal) => inTurn(() => send(body, signal)),
    close: async () => void out.off('error', onError),
  }
}
