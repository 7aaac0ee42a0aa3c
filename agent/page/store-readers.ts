import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../lib/io/clock.ts'
import type { Job } from './reader/job.ts'

/** A process that answers jobs (reader/run-reader.ts). */
export interface ReaderProcess {
  readonly input: Writable
  readonly output: Readable
  /** At once, wherever it is. */
  kill(): void
}

export interface StoreReaders {
  /** The answer as it is sent on, a JSON text. Aborting ends the search. */
  ask(job: Exclude<Job, { kind: 'tail' }>, signal: AbortSignal): Promise<string>
  /** A process of its own that tails, to be killed by who asked; undefined: there are enough of them. */
  tail(query: string): ReaderProcess | undefined
  close(): void
}

export const searchLimits = { timeMs: 20_000, idleMs: 60_000, waiting: 8, tails: 4 } as const

interface Asked {
  readonly process: ReaderProcess
  readonly lines: AsyncIterator<string>
}

const failed = (reason: string): string => JSON.stringify({ kind: 'failed', reason })

/** One process searches, one question after the other, and is gone when nobody has asked for a while; each tail has its own. */
export const createStoreReaders = (open: () => ReaderProcess, clock: Pick<Clock, 'after'>): StoreReaders => {
  const tails = new Set<ReaderProcess>()
  let asked: Asked | undefined
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  let cancelIdle = (): void => {}

  const drop = (): void => {
    cancelIdle()
    asked?.process.kill()
    asked = undefined
  }
  const start = (): Asked => {
    const process = open()
    process.input.on('error', () => {}) // It has ended; the missing answer says so.
    return { process, lines: createInterface({ input: process.output })[Symbol.asyncIterator]() }
  }
  const answer = async (job: Job, signal: AbortSignal): Promise<string> => {
    if (signal.aborted) return failed('nobody waits for it any more')
    cancelIdle()
    asked ??= start()
    const { process, lines } = asked
    let why = 'the process that searches has ended; the next search starts another'
    const end = (reason: string): void => {
      why = reason
      drop()
    }
    const seconds = searchLimits.timeMs / 1000
    const late = (): void => end(`not found within ${seconds} s: narrow the time range, or ask for a rarer word`)
    const cancel = clock.after(searchLimits.timeMs, late)
    const gone = (): void => end('nobody waits for it any more')
    signal.addEventListener('abort', gone, { once: true })
    process.input.write(`${JSON.stringify(job)}\n`)
    const line = await lines.next()
    cancel()
    signal.removeEventListener('abort', gone)
    if (line.done) drop()
    else cancelIdle = clock.after(searchLimits.idleMs, drop)
    return line.done ? failed(why) : line.value
  }
  const ask = (job: Job, signal: AbortSignal): Promise<string> => {
    if (waiting >= searchLimits.waiting) return Promise.resolve(failed('too many searches at once; try again'))
    waiting++
    const result = turn.then(() => answer(job, signal)).finally(() => waiting--)
    turn = result.catch(() => {})
    return result
  }
  const tail = (query: string): ReaderProcess | undefined => {
    if (tails.size >= searchLimits.tails) return undefined
    const { input, output, kill } = open()
    const process: ReaderProcess = {
      input,
      output,
      kill: () => {
        tails.delete(process)
        kill()
      },
    }
    tails.add(process)
    input.on('error', () => {})
    input.write(`${JSON.stringify({ kind: 'tail', query } satisfies Job)}\n`)
    return process
  }
  const close = (): void => {
    drop()
    for (const process of tails) process.kill()
  }
  return { ask, tail, close }
}
