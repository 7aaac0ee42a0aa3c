import type { DatabaseSync } from 'node:sqlite'
import { joinDocument, type Row } from './join-document.ts'

/** Of the documents' own time, ms since the epoch; undefined: no bound. */
export interface TimeRange {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
}

interface StoredRow extends Row {
  readonly text: string
  readonly whole: number
}

const FIRST = -(2n ** 63n)
const LAST = 2n ** 63n - 1n

/** `<fingerprint>-end-<size>` is the id of a closing document: it belongs to the file whose fingerprint it has. */
const END = /^(.{16})-end$/

const filesOf = (database: DatabaseSync): Map<string, number[]> => {
  const files = new Map<string, number[]>()
  for (const { id, identity } of database.prepare('SELECT id, identity FROM files').iterate()) {
    const name = END.exec(String(identity))?.[1] ?? String(identity)
    files.set(name, [...(files.get(name) ?? []), Number(id)])
  }
  return files
}

const ns = (ms: number | undefined, none: bigint): bigint =>
  ms === undefined ? none : BigInt(Math.floor(ms)) * 1_000_000n

/** The messages, nine tenths of what is read otherwise, stay where they are. */
const rows = (database: DatabaseSync) =>
  database.prepare(`SELECT d.at / 1000000 AS ms, d.at % 1000000 AS nanos, f.identity AS identity, d.offset AS offset,
    d.stamp AS stamp, d.rest AS rest, '' AS message, s.text AS text, s.whole AS whole
    FROM documents d JOIN shapes s ON s.id = d.shape JOIN files f ON f.id = d.file
    WHERE d.file = ? AND d.at >= ? AND d.at < ? ORDER BY d.offset`)

/** One moment's documents, whatever the agent writes meanwhile. */
export function* readByFile(database: DatabaseSync, { sinceMs, untilMs }: TimeRange): Generator<unknown> {
  database.exec('BEGIN')
  try {
    const statement = rows(database)
    const range = [ns(sinceMs, FIRST), ns(untilMs, LAST)] as const
    for (const ids of filesOf(database).values())
      for (const id of ids)
        for (const row of statement.iterate(id, ...range) as Iterable<unknown>) {
          const { text, whole, ...rest } = row as StoredRow
          yield JSON.parse(joinDocument(rest, { text, whole: whole === 1 })) as unknown
        }
  } finally {
    database.exec('COMMIT')
  }
}
