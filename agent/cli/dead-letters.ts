import type { Writable } from 'node:stream'
import type { Clock } from '../../lib/io/clock.ts'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { harmless } from '../../lib/terminal/harmless.ts'
import type { FoundLetter } from '../buffer/dead-letter-lines.ts'
import { type LetterRow, letterTable, rowOf } from './dead-letter-row.ts'
import { type LetterFilter, lettersOf, outputsWithLetters } from './dead-letters-folder.ts'
import { createPrinter } from './printer.ts'
import { exitCodes } from './reading.ts'

/** What a command on dead letters has of the world. */
export interface DeadLettersIo {
  readonly out: Writable
  /** Says something to the person, beside the output. */
  readonly say: (text: string) => void
  readonly filesystem: Filesystem
  readonly clock: Clock
}

export interface ListOptions {
  readonly stateDir: string
  readonly filter: LetterFilter
  /** The newest so many. */
  readonly limit: number
  /** true: NDJSON; false: a table for people. */
  readonly json: boolean
  readonly color: boolean
  /** Width of the terminal. */
  readonly columns: number
}

/** Segment by segment, oldest first: documents are forgotten as soon as their row is made. */
function* allLetters(stateDir: string, filter: LetterFilter, filesystem: Filesystem): Generator<FoundLetter> {
  for (const { segments } of outputsWithLetters(stateDir, filesystem, filter.output)) {
    for (const segment of segments) yield* lettersOf(filesystem, segment, filter)
  }
}

const newestRows = (letters: Iterable<FoundLetter>, limit: number): { rows: LetterRow[]; left: number } => {
  let rows: LetterRow[] = []
  let left = 0
  const cut = (): void => {
    rows.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    left += Math.max(0, rows.length - limit)
    rows = rows.slice(-limit)
  }
  for (const found of letters) {
    rows.push(rowOf(found))
    if (rows.length >= limit * 2 + 1000) cut()
  }
  cut()
  return { rows, left }
}

/** `picket dead-letters list`. Resolves to the exit code. */
export const listDeadLetters = async (options: ListOptions, io: DeadLettersIo): Promise<number> => {
  const { rows, left } = newestRows(allLetters(options.stateDir, options.filter, io.filesystem), options.limit)
  const printer = createPrinter(io.out)
  const lines = options.json
    ? rows.map((row) => `${JSON.stringify(row)}\n`)
    : rows.length > 0
      ? letterTable(rows, { ...options, nowMs: io.clock.now() })
      : []
  for (const line of lines) if (!(await printer.print(line))) return exitCodes.done
  if (left > 0) io.say(`picket: these are the newest ${rows.length}; ${left} more are there (--limit, --since)`)
  if (rows.length === 0 && !options.json) io.say('picket: no dead letters')
  return exitCodes.done
}

interface NumberText {
  readonly source?: string
}

/** ECMAScript 2025's; TypeScript's library does not have it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** As it was sent: a number of twenty digits is not rounded. */
const exact = (text: string): unknown => {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: NumberText) =>
      typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value,
    )
  } catch {
    return text
  }
}

const wholeRecord = (found: FoundLetter): unknown => {
  const { namespace: _, pod: __, container: ___, ...row } = rowOf(found)
  return { ...row, action: exact(found.letter.action), document: exact(found.letter.document) }
}

export interface ShowOptions {
  readonly stateDir: string
  readonly filter: LetterFilter
  /** On one line. */
  readonly json: boolean
}

/** `picket dead-letters show ID…`. Resolves to the exit code: 1 where an id is not there, or stands for several documents. */
export const showDeadLetters = async (options: ShowOptions, io: DeadLettersIo): Promise<number> => {
  const printer = createPrinter(io.out)
  const seen = new Map<string, Set<string>>()
  for (const found of allLetters(options.stateDir, options.filter, io.filesystem)) {
    const prefixes = options.filter.ids.filter((prefix) => found.id.startsWith(prefix))
    for (const prefix of prefixes) seen.set(prefix, (seen.get(prefix) ?? new Set()).add(found.id))
    const text = JSON.stringify(wholeRecord(found), undefined, options.json ? undefined : 2)
    if (!(await printer.print(`${options.json ? text : harmless(text)}\n`))) return exitCodes.done
  }
  return sayUnclear(options.filter.ids, seen, io.say)
}

/** Ids that no letter has, and beginnings that several have. */
export const sayUnclear = (
  ids: readonly string[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
  say: (text: string) => void,
): number => {
  let code: number = exitCodes.done
  for (const id of ids) {
    const found = [...(seen.get(id) ?? [])]
    if (found.length === 1) continue
    code = exitCodes.failed
    if (found.length === 0) say(`picket: there is no dead letter ${id}; see picket dead-letters list`)
    else say(`picket: ${id} is the beginning of ${found.length} ids: ${found.slice(0, 5).join(', ')}`)
  }
  return code
}
