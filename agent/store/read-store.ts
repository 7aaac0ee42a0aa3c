import fs from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { readByFile, type TimeRange } from './by-file.ts'
import { documentId } from './document-id.ts'
import { type Fields, isFields, sharedFields } from './fields.ts'
import { joinDocument, type Row, type Shape, shapeFields } from './join-document.ts'
import { schemaVersion, volumeTable } from './schema.ts'

/** What a reader is asked for: search/compile.ts makes it, pipeline and cli hand it over. */
export interface StoreCondition {
  readonly sql: string
  readonly parameters: readonly string[]
  readonly texts: readonly RegExp[]
  readonly fields: readonly ((fields: Fields, message: string, body: Fields | undefined) => boolean)[]
}

export interface Found {
  /** Order of arrival in the store. */
  readonly row: number
  readonly id: string | undefined
  readonly ms: number
  readonly nanos: number
  readonly message: string
  /** The whole document, `_id` not among its fields. */
  readonly document: Fields
}

/** A document's place in the order of time. */
export type Place = Pick<Found, 'row' | 'ms' | 'nanos'>

export interface FindOptions {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  /** Only rows that came in after this one. */
  readonly afterRow: number | undefined
  /** In the order of time, only what comes after this document, which is older: where a page ended, the next begins. */
  readonly before?: Place | undefined
  /** 'time': newest first. 'arrival': in the order in which they came in. */
  readonly order: 'time' | 'arrival'
  readonly limit: number
}

export interface StoreReader {
  /** `afterRow`: only the volumes that index later rows. */
  layout(afterRow?: number): {
    readonly volumes: readonly string[]
    readonly shapes: readonly { readonly id: number; readonly fields: Fields; readonly closed: readonly string[] }[]
  }
  find(condition: StoreCondition, options: FindOptions): readonly Found[]
  /** How many there are, but counts no further than `limit`. */
  count(condition: StoreCondition, options: FindOptions): number
  /** How many rows satisfy all of these FTS5 expressions; counts no further than `limit`. */
  countWords(expressions: readonly string[], volumes: readonly string[], limit: number): number
  /** The newest row's number; 0 in an empty store. */
  lastRow(): number
  /** Changes whenever the agent has written; cheap to ask. */
  version(): number
  /** Whole documents but for their messages, file by file and in the order of their offsets; to be read to the end before anything else is. */
  byFile(range: TimeRange): Generator<unknown>
  /** Whether its limits have made it drop documents. */
  dropped(): boolean
  /** What `work` reads is of one moment: no volume that layout() named is dropped before find() asks it. */
  snapshot<T>(work: () => T): T
  close(): void
}

export type OpenedStore =
  | { readonly kind: 'store'; readonly reader: StoreReader }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/**
 * Reads beside a running agent (WAL: readers and the writer do not wait for each other). A store whose agent has ended
 * is whole in its file, and where its folder cannot be written to, only `immutable` lets SQLite open it.
 */
const open = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    database.close()
    if (fs.existsSync(`${path}-wal`)) throw error
    return new DatabaseSync(`file:${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}?immutable=1`, {
      readOnly: true,
    })
  }
}

export const openStore = (path: string): OpenedStore => {
  if (!fs.existsSync(path)) return { kind: 'absent' }
  try {
    const database = open(path)
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (version === schemaVersion) return { kind: 'store', reader: createReader(database) }
    database.close()
    // The agent has made the file but not yet its tables.
    if (version === 0) return { kind: 'absent' }
    return { kind: 'unreadable', reason: `it has format ${version}, and this is a program for format ${schemaVersion}` }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
  }
}

const columns = `d.id AS row, d.at / 1000000 AS ms, d.at % 1000000 AS nanos, f.identity AS identity, d.offset AS offset,
  d.stamp AS stamp, d.rest AS rest, d.message AS message, s.text AS text, s.whole AS whole`

interface FoundRow extends Row {
  readonly row: number
  readonly text: string
  readonly whole: number
}

const objectOf = (text: string): Fields | undefined => {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

const toFound = (row: FoundRow): Found => ({
  row: row.row,
  id: row.identity === null ? undefined : documentId({ identity: row.identity, offset: row.offset ?? -1 }),
  ms: row.ms,
  nanos: row.nanos,
  message: row.message,
  document: JSON.parse(joinDocument(row, { text: row.text, whole: row.whole === 1 })) as Fields,
})

/** Years 1677 to 2262 are what SQLite's integers hold; a time beyond them is beyond all records. */
const nsOf = (ms: number, nanos = 0): bigint => {
  const ns = BigInt(Math.floor(ms)) * 1_000_000n + BigInt(nanos)
  const kept = BigInt.asIntN(64, ns)
  return kept === ns ? ns : ns < 0n ? -(2n ** 63n) : 2n ** 63n - 1n
}

/** The conditions on time and arrival, whose values are parameters after the query's own. */
const ranges = (options: FindOptions, used: number): { sql: string; values: SQLInputValue[] } => {
  const conditions: string[] = []
  const values: SQLInputValue[] = []
  const add = (sql: string, value: SQLInputValue): void => {
    conditions.push(`${sql} ?${used + values.push(value)}`)
  }
  if (options.sinceMs !== undefined) add('d.at >=', nsOf(options.sinceMs))
  if (options.untilMs !== undefined) add('d.at <', nsOf(options.untilMs))
  if (options.afterRow !== undefined) add('d.id >', options.afterRow)
  const { before } = options
  if (before) {
    values.push(nsOf(before.ms, before.nanos), before.row)
    conditions.push(`(d.at, d.id) < (?${used + values.length - 1}, ?${used + values.length})`)
  }
  return { sql: conditions.map((condition) => ` AND ${condition}`).join(''), values }
}

const createReader = (database: DatabaseSync): StoreReader => {
  const shapes = new Map<number, { shape: Shape; fields: Fields }>()
  const version = database.prepare('PRAGMA data_version')
  let newestShape = 0
  let current: StoreCondition | undefined

  const loadShapes = (): void => {
    const rows = database.prepare('SELECT id, text, whole FROM shapes WHERE id > ? ORDER BY id').all(newestShape)
    const oldest = Number(database.prepare('SELECT min(id) AS id FROM shapes').get()?.id ?? 0)
    for (const id of shapes.keys()) if (id < oldest) shapes.delete(id)
    for (const row of rows) {
      const shape = { text: String(row.text), whole: row.whole === 1 }
      newestShape = Number(row.id)
      shapes.set(newestShape, { shape, fields: shapeFields(shape) })
    }
  }

  /** What a row's own columns add to its shape: for a split document the rest of `log`, else all of it. */
  const rowFields = (shape: number, offset: number | null, rest: string | null): Fields => {
    const known = shapes.get(shape)
    if (!known || known.shape.whole) return objectOf(rest ?? '') ?? {}
    return { log: objectOf(`{"offset":${offset}${rest ?? ''}}`) ?? {} }
  }

  database.function('text_matches', (k, message) => (current?.texts[Number(k)]?.test(String(message)) ? 1 : 0))
  database.function('field_matches', (k, shape, offset, rest, message) => {
    const fields = rowFields(
      Number(shape),
      offset === null ? null : Number(offset),
      rest === null ? null : String(rest),
    )
    const text = String(message)
    return current?.fields[Number(k)]?.(fields, text, objectOf(text)) ? 1 : 0
  })

  /** A volume's rows end where the next one's begin. */
  const volumesAfter = database.prepare(
    'SELECT n FROM volumes WHERE n >= ifnull((SELECT max(n) FROM volumes WHERE first <= ?), 0) ORDER BY n DESC',
  )

  const run = (condition: StoreCondition, options: FindOptions, head: string, tail: string) => {
    const { sql, values } = ranges(options, condition.parameters.length)
    current = condition
    try {
      const statement = database.prepare(`${head} FROM documents d WHERE ${condition.sql}${sql} ${tail}`)
      return statement.all(...condition.parameters, ...values)
    } finally {
      current = undefined
    }
  }

  return {
    layout: (afterRow = 0) => {
      loadShapes()
      const volumes = volumesAfter.all(afterRow + 1)
      return {
        volumes: volumes.map((row) => volumeTable(Number(row.n))),
        shapes: [...shapes].map(([id, { fields }]) => ({
          id,
          fields,
          closed: sharedFields,
        })),
      }
    },
    find: (condition, options) => {
      const order = options.order === 'time' ? 'd.at DESC, d.id DESC' : 'd.id'
      // Sorted by their numbers alone, and only those that remain are joined: messages are too heavy to be sorted.
      const rows = run(
        condition,
        options,
        `SELECT ${columns} FROM (SELECT d.id AS found`,
        `ORDER BY ${order} LIMIT ${Math.floor(options.limit)}) JOIN documents d ON d.id = found
          JOIN shapes s ON s.id = d.shape LEFT JOIN files f ON f.id = d.file ORDER BY ${order}`,
      )
      return (rows as unknown as FoundRow[]).map(toFound)
    },
    count: (condition, options) => {
      const rows = run(condition, options, 'SELECT count(*) AS n FROM (SELECT 1', `LIMIT ${Math.floor(options.limit)})`)
      return Number(rows[0]?.n ?? 0)
    },
    countWords: (expressions, volumes, limit) => {
      if (volumes.length === 0) return 0
      const selects = volumes.map((name) => `SELECT rowid FROM ${name} WHERE ${name} MATCH ?1`)
      const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM (${selects.join(' UNION ALL ')}) LIMIT ${Math.floor(limit)})`
      return Number(database.prepare(sql).get(expressions.join(' AND '))?.n ?? 0)
    },
    lastRow: () => Number(database.prepare('SELECT max(id) AS id FROM documents').get()?.id ?? 0),
    byFile: (range) => readByFile(database, range),
    dropped: () => Number(database.prepare('SELECT min(id) AS id FROM documents').get()?.id ?? 1) > 1,
    version: () => Number(version.get()?.data_version),
    snapshot: (work) => {
      if (database.isTransaction) return work()
      database.exec('BEGIN')
      try {
        return work()
      } finally {
        database.exec('COMMIT')
      }
    },
    close: () => database.close(),
  }
}
