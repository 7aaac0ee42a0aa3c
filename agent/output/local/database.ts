import fs from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { applicationId, schema, schemaVersion } from '../../store/schema.ts'

/** SQLite's primary result codes (sqlite.org/rescode.html). */
export const sqlite = {
  error: 1,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const

/** The primary result code of an error that SQLite raised; undefined for any other error. */
export const sqliteCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

export class NewerStore extends Error {}
class DamagedStore extends Error {}

/** Where the file itself is at fault, and not the disk or a lock. */
export const isDamage = (error: unknown): boolean => {
  const code = sqliteCode(error)
  return error instanceof DamagedStore || code === sqlite.corrupt || code === sqlite.notADatabase
}

/**
 * NORMAL, not FULL: the commit itself then writes to the WAL without waiting for the disk, and the output waits for it
 * afterwards, off the loop (Wal.sync). Checkpoints sync the WAL before and the database after they write, in either mode.
 */
const settings = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 8388608;
PRAGMA cache_size = -4096;
PRAGMA temp_store = MEMORY;
PRAGMA busy_timeout = 0;
`

const begin = (database: DatabaseSync): void => {
  const found = database.prepare('PRAGMA user_version').get()?.user_version
  if (found === schemaVersion) return
  const mark = database.prepare('PRAGMA application_id').get()?.application_id
  if (typeof found === 'number' && found > schemaVersion && mark === applicationId(found))
    throw new NewerStore(`the store has format ${found}, this agent knows ${schemaVersion}`)
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  if (found !== 0 || tables !== 0) throw new DamagedStore(`its format ${found} is none, and it has ${tables} tables`)
  database.exec(`BEGIN; ${schema} COMMIT`)
}

/**
 * SQLite opens a file whose "file format versions" (bytes 18 and 19, https://www.sqlite.org/fileformat.html) it does not know for
 * reading only: the same error as for a disk that is mounted so.
 */
const hasForeignHead = (file: string): boolean => {
  const fd = fs.openSync(file, 'r')
  try {
    const head = Buffer.alloc(20)
    return fs.readSync(fd, head, 0, head.length, 0) === head.length && (head[18]! > 2 || head[19]! > 2)
  } finally {
    fs.closeSync(fd)
  }
}

/** What an error of opening the store comes from. Our own statements are wrong SQL only where the tables are not ours any more. */
export const blame = (error: unknown, file: string): unknown => {
  const code = sqliteCode(error)
  const isDamaged = code === sqlite.error || (code === sqlite.readOnly && hasForeignHead(file))
  return isDamaged ? new DamagedStore((error as Error).message) : error
}

/** Opens the store for writing and makes it where there is none. Throws SQLite's errors, NewerStore and DamagedStore. */
export const openDatabase = (file: string): DatabaseSync => {
  realFilesystem.mkdir(path.dirname(file))
  const database = new DatabaseSync(file)
  try {
    // Only before the first table: it decides the file's layout.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    database.exec(settings)
    begin(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const parts = ['', '-wal', '-shm']

/** Puts a damaged store aside, with its WAL, so that SQLite's own tools can still get at it. Only the newest is kept. */
export const quarantine = (file: string): string => {
  const folder = path.dirname(file)
  const prefix = `${path.basename(file)}.damaged-`
  const older = fs.readdirSync(folder).filter((name) => name.startsWith(prefix))
  const numbers = older.map((name) => Number.parseInt(name.slice(prefix.length), 10)).filter((n) => n > 0)
  const target = path.join(folder, `${prefix}${Math.max(0, ...numbers) + 1}`)
  for (const name of older) fs.rmSync(path.join(folder, name), { force: true })
  for (const part of parts) if (fs.existsSync(file + part)) fs.renameSync(file + part, target + part)
  return target
}

/**
 * A statement whose run() counts in bigints. Deleting from a contentless FTS5 table writes tombstones under ids of more
 * than 53 bits, and from then on every run() of the connection, even one that inserts nothing, reports such an id as the
 * last one inserted; as a number, that throws.
 */
export const prepareWrite = (database: DatabaseSync, sql: string): StatementSync => {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}
