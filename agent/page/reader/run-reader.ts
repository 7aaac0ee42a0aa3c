import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../../lib/io/clock.ts'
import { readRecord, searchStore } from './answer-job.ts'
import type { Job } from './job.ts'
import { tailStore } from './tail-store.ts'

export interface ReaderIo {
  readonly input: Readable
  readonly output: Writable
  readonly clock: Clock
}

const answer = (path: string, job: Exclude<Job, { kind: 'tail' }>): unknown => {
  try {
    return job.kind === 'search' ? searchStore(path, job.search) : readRecord(path, job.row)
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * What reads the store for the page: a process of its own, because a search over all of a large store is seconds of work in one
 * piece, for which the agent's loop must not stand still, and because a process can be ended in the middle of it.
 * It ends with its standard input, that is, with the agent, however that ends.
 */
export const runReader = async (path: string, { input, output, clock }: ReaderIo): Promise<void> => {
  const gone = new AbortController()
  input.on('end', () => gone.abort())
  output.on('error', () => gone.abort())
  const write = (line: unknown): Promise<void> =>
    new Promise((resolve) => {
      if (gone.signal.aborted) resolve()
      else output.write(`${JSON.stringify(line)}\n`, () => resolve())
    })
  const tellFailure = (error: Error): Promise<void> => write({ kind: 'failed', reason: error.message })
  for await (const line of createInterface({ input })) {
    const job = JSON.parse(line) as Job
    if (job.kind === 'tail') void tailStore(path, job.query, { clock, signal: gone.signal, write }).catch(tellFailure)
    else await write(answer(path, job))
  }
}
