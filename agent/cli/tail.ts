import type { Query } from '../search/query.ts'
import { type Follower, openFollower } from '../store/follow-store.ts'
import type { Found } from '../store/read-store.ts'
import { createPrinter, type Printer } from './printer.ts'
import { createRender, exitCodes, explainQuery, type ReadingIo, type ReadingOptions, readQuery } from './reading.ts'

export interface TailOptions extends ReadingOptions {
  /** Begin with what is not older; undefined: with the last ten. */
  readonly sinceMs: number | undefined
}

const lastLines = 10
const pollMs = 250
/** So much is read at once; what is shown from --since is bounded by it too. */
const linesPerRead = 1000

type Show = (found: readonly Found[]) => Promise<boolean>

const showLast = (follower: Follower, sinceMs: number | undefined, show: Show): Promise<boolean> =>
  show(follower.last(sinceMs, sinceMs === undefined ? lastLines : linesPerRead).toReversed())

const showNew = async (follower: Follower, show: Show): Promise<boolean> => {
  for (;;) {
    const found = follower.next(linesPerRead)
    if (!(await show(found))) return false
    if (found.length < linesPerRead) return true
  }
}

class Tail {
  readonly #options: TailOptions
  readonly #query: Query
  readonly #io: ReadingIo
  readonly #show: Show
  #follower: Follower | undefined
  /** A store that came while we waited is shown from its beginning. */
  #waited = false

  constructor(options: TailOptions, query: Query, printer: Printer, io: ReadingIo) {
    this.#options = options
    this.#query = query
    this.#io = io
    const render = createRender(options, query, io.clock)
    this.#show = async (found) => {
      for (const one of found) if (io.signal.aborted || !(await printer.print(render(one)))) return false
      return !printer.gone
    }
  }

  /** 'over': nobody reads any more. */
  async step(): Promise<'on' | 'over' | 'failed'> {
    const { storePath } = this.#options
    if (this.#follower?.replaced()) this.close()
    if (this.#follower) return (await showNew(this.#follower, this.#show)) ? 'on' : 'over'
    const opened = openFollower(storePath, this.#query)
    if (typeof opened === 'string') {
      this.#io.say(`picket: the store ${storePath} cannot be read: ${opened}`)
      return 'failed'
    }
    if (opened) return this.#begin(opened)
    if (!this.#waited) this.#io.say(`picket: there is no store at ${storePath} yet; waiting for one`)
    this.#waited = true
    return 'on'
  }

  async #begin(follower: Follower): Promise<'on' | 'over'> {
    this.#follower = follower
    const first = !this.#waited
    this.#waited = true
    const { sinceMs } = this.#options
    const shown = first ? await showLast(follower, sinceMs, this.#show) : await showNew(follower, this.#show)
    return shown ? 'on' : 'over'
  }

  close(): void {
    this.#follower?.close()
    this.#follower = undefined
  }
}

const follow = async (tail: Tail, printer: Printer, io: ReadingIo): Promise<number> => {
  try {
    while (!io.signal.aborted && !printer.gone) {
      const step = await tail.step()
      if (step !== 'on') return step === 'over' ? exitCodes.done : exitCodes.failed
      await io.clock.sleep(pollMs, io.signal)
    }
    return exitCodes.done
  } finally {
    tail.close()
  }
}

/** `picket tail`: the last lines, then what comes in, until the signal is aborted or nobody reads. Resolves to the exit code. */
export const runTail = async (options: TailOptions, io: ReadingIo): Promise<number> => {
  const parsed = readQuery(options)
  if (parsed.kind === 'error') {
    io.say(explainQuery(options.query, parsed))
    return exitCodes.usage
  }
  const printer = createPrinter(io.out)
  return follow(new Tail(options, parsed.query, printer, io), printer, io)
}
