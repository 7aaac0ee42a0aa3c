import fs from 'node:fs'
import type { Query } from '../search/query.ts'
import { openStore, type StoreReader } from '../store/read-store.ts'
import { findDocuments } from './find.ts'
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

interface Follower {
  readonly reader: StoreReader
  readonly inode: bigint
  /** Rows up to here have been shown. */
  row: number
  version: number
}

const inodeOf = (path: string): bigint | undefined => fs.statSync(path, { bigint: true, throwIfNoEntry: false })?.ino

type Show = (found: ReturnType<typeof findDocuments>['found']) => Promise<boolean>

const noRange = { sinceMs: undefined, untilMs: undefined, afterRow: undefined } as const

/** undefined: there is none yet; a text: why it cannot be read. */
const open = (path: string): Follower | string | undefined => {
  const inode = inodeOf(path)
  const opened = openStore(path)
  if (opened.kind === 'unreadable') return opened.reason
  if (opened.kind === 'absent' || inode === undefined) return undefined
  return { reader: opened.reader, inode, row: 0, version: -1 }
}

const showLast = async (
  follower: Follower,
  query: Query,
  sinceMs: number | undefined,
  show: Show,
): Promise<boolean> => {
  const limit = sinceMs === undefined ? lastLines : linesPerRead
  // Before the search: what comes in between is shown by the first poll; what is shown already is not shown again.
  const { found, row } = follower.reader.snapshot(() => ({
    row: follower.reader.lastRow(),
    ...findDocuments(follower.reader, query, { ...noRange, sinceMs, order: 'time', limit }, 0),
  }))
  follower.row = row
  return show(found.toReversed())
}

const showNew = async (follower: Follower, query: Query, show: Show): Promise<boolean> => {
  const version = follower.reader.version()
  if (version === follower.version) return true
  for (;;) {
    const options = { ...noRange, afterRow: follower.row, order: 'arrival', limit: linesPerRead } as const
    const { found, newest } = follower.reader.snapshot(() => ({
      newest: follower.reader.lastRow(),
      ...findDocuments(follower.reader, query, options, 0),
    }))
    const full = found.length === linesPerRead
    follower.row = full ? (found.at(-1)?.row ?? newest) : newest
    if (!(await show(found))) return false
    if (!full) break
  }
  follower.version = version
  return true
}

/** A damaged store is put aside by the agent, and a new one begun under its name. */
const isReplaced = (follower: Follower, path: string): boolean => inodeOf(path) !== follower.inode

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
    if (this.#follower && isReplaced(this.#follower, storePath)) this.close()
    if (this.#follower) return (await showNew(this.#follower, this.#query, this.#show)) ? 'on' : 'over'
    const opened = open(storePath)
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
    const shown = first
      ? await showLast(follower, this.#query, sinceMs, this.#show)
      : await showNew(follower, this.#query, this.#show)
    return shown ? 'on' : 'over'
  }

  close(): void {
    this.#follower?.reader.close()
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
