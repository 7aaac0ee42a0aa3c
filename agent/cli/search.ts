import type { Query } from '../search/query.ts'
import { findDocuments } from '../store/find-documents.ts'
import { openStore, type StoreReader } from '../store/read-store.ts'
import { createPrinter } from './printer.ts'
import { createRender, exitCodes, explainQuery, type ReadingIo, type ReadingOptions, readQuery } from './reading.ts'

export interface SearchOptions extends ReadingOptions {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  /** The newest so many. */
  readonly limit: number
  /** 'asc': the newest last, where a terminal's reader looks. */
  readonly order: 'asc' | 'desc'
}

/** Counting on would cost a large store's reader seconds, for a figure that says no more. */
const countedMore = 10_000

const moreHint = (shown: number, more: number): string => {
  const rest = more >= countedMore ? `more than ${countedMore.toLocaleString('en')}` : more.toLocaleString('en')
  return `picket: these are the newest ${shown.toLocaleString('en')}; ${rest} more match (--limit, --since, --until)`
}

const show = async (reader: StoreReader, query: Query, options: SearchOptions, io: ReadingIo): Promise<number> => {
  const { sinceMs, untilMs, limit } = options
  const range = { sinceMs, untilMs, afterRow: undefined, order: 'time', limit } as const
  const { found, more } = findDocuments(reader, query, range, countedMore)
  const printer = createPrinter(io.out)
  const render = createRender(options, query, io.clock)
  for (const one of options.order === 'asc' ? found.toReversed() : found)
    if (!(await printer.print(render(one)))) return exitCodes.done
  if (more > 0) io.say(moreHint(found.length, more))
  if (found.length === 0 && !options.json) io.say('picket: nothing found')
  return exitCodes.done
}

/** `picket search`. Resolves to the exit code: 0, also where nothing was found; 1 without a store; 2 for a wrong query. */
export const runSearch = async (options: SearchOptions, io: ReadingIo): Promise<number> => {
  const parsed = readQuery(options)
  if (parsed.kind === 'error') {
    io.say(explainQuery(options.query, parsed))
    return exitCodes.usage
  }
  const opened = openStore(options.storePath)
  if (opened.kind === 'absent') {
    io.say(
      `picket: there is no store at ${options.storePath} yet; start the agent (picket start), or name its --state-dir`,
    )
    return exitCodes.failed
  }
  if (opened.kind === 'unreadable') {
    io.say(`picket: the store ${options.storePath} cannot be read: ${opened.reason}`)
    return exitCodes.failed
  }
  try {
    return await show(opened.reader, parsed.query, options, io)
  } finally {
    opened.reader.close()
  }
}
