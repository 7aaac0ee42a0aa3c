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

/** Opens the store when there is one; 'first': show its last lines, else all of what a store begun anew has. */
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

const follow = async (options: TailOptions, query: Query, printer: Printer, io: ReadingIo): Promise<number> => {
  const render = createRender(options, query, io.clock)
  const show: Show = async (found) => {
    for (const one of found) if (io.signal.aborted || !(await printer.print(render(one)))) return false
    return !printer.gone
  }
  let follower: Follower | undefined
  let waited = false
  try {
    while (!io.signal.aborted && !printer.gone) {
      // A damaged store is put aside by the agent and a new one begun under its name.
      if (follower && inodeOf(options.storePath) !== follower.inode) {
        follower.reader.close()
        follower = undefined
        waited = true
      }
      if (follower) {
        if (!(await showNew(follower, query, show))) return exitCodes.done
      } else {
        const opened = open(options.storePath)
        if (typeof opened === 'string') {
          io.say(`picket: the store ${options.storePath} cannot be read: ${opened}`)
          return exitCodes.failed
        }
        if (!opened && !waited) io.say(`picket: there is no store at ${options.storePath} yet; waiting for one`)
        follower = opened
        // A store that came while we waited is shown from its beginning.
        if (follower && !waited && !(await showLast(follower, query, options.sinceMs, show))) return exitCodes.done
        waited = true
        if (follower) continue
      }
      await io.clock.sleep(pollMs, io.signal)
    }
    return exitCodes.done
  } finally {
    follower?.reader.close()
  }
}

/** `picket tail`: the last lines, then what comes in, until the signal is aborted or nobody reads. Resolves to the exit code. */
export const runTail = async (options: TailOptions, io: ReadingIo): Promise<number> => {
  const parsed = readQuery(options)
  if (parsed.kind === 'error') {
    io.say(explainQuery(options.query, parsed))
    return exitCodes.usage
  }
  return follow(options, parsed.query, createPrinter(io.out), io)
}
