import type { DatabaseSync } from 'node:sqlite'
import { volumeTable } from '../../store/schema.ts'
import { prepareWrite } from './database.ts'

/** Rows deleted in one step; about 5 ms. */
const rowsPerStep = 400
/** Free pages handed back to the file system in one step (4 KiB each). */
const pagesPerStep = 256
/** Free pages are kept for the next inserts unless they are more than this part of the file. */
const keptFreeShare = 0.1

export interface TrimLimits {
  readonly maxBytes: number
  readonly oldestReceivedMs: number
}

/**
 * Drops the oldest rows while the store is over a limit, one short transaction a step. The age of a row counts from when
 * its body came in: a time stamp may be wrong by years, and a log that is read late should not vanish at once.
 */
export interface Trimmer {
  /** One step; false when there is nothing (more) to do. */
  step(limits: TrimLimits): boolean
  usedBytes(): number
}

const statements = (database: DatabaseSync) => ({
  pages: database.prepare('SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count'),
  oldest: database.prepare('SELECT first, last, received FROM bodies ORDER BY first LIMIT 1'),
  /** The oldest volume whose rows are all gone: the next one begins no later than the oldest row. The newest stays. */
  emptyVolume: database.prepare(
    'SELECT v.n FROM volumes v WHERE EXISTS (SELECT 1 FROM volumes later WHERE later.n = v.n + 1 AND later.first <= ?) ORDER BY v.n LIMIT 1',
  ),
  dropVolume: prepareWrite(database, 'DELETE FROM volumes WHERE n = ?'),
  documents: prepareWrite(database, 'DELETE FROM documents WHERE id BETWEEN ? AND ?'),
  dropBody: prepareWrite(database, 'DELETE FROM bodies WHERE first = ?'),
  shortenBody: prepareWrite(database, 'UPDATE bodies SET first = ? WHERE first = ?'),
  shapes: prepareWrite(database, 'DELETE FROM shapes WHERE last <= ?'),
  files: prepareWrite(database, 'DELETE FROM files WHERE last <= ?'),
})

interface OldestBody {
  readonly first: number
  readonly last: number
  readonly received: number
}

/** `forget` is called when shapes or files went, whose ids the inserter may still hold. */
export const createTrimmer = (database: DatabaseSync, forget: () => void): Trimmer => {
  const sql = statements(database)
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size)
  const pages = (): { total: number; free: number } => {
    const row = sql.pages.get()
    return { total: Number(row?.page_count), free: Number(row?.freelist_count) }
  }
  const usedBytes = (): number => {
    const { total, free } = pages()
    return (total - free) * pageBytes
  }

  const dropVolume = (oldestRow: number): void => {
    const empty = sql.emptyVolume.get(oldestRow)
    if (!empty) return
    database.exec(`DROP TABLE ${volumeTable(Number(empty.n))}`)
    sql.dropVolume.run(Number(empty.n))
  }

  const drop = (oldest: OldestBody): void => {
    const last = Math.min(oldest.last, oldest.first + rowsPerStep - 1)
    database.exec('BEGIN IMMEDIATE')
    try {
      sql.documents.run(oldest.first, last)
      if (last === oldest.last) sql.dropBody.run(oldest.first)
      else sql.shortenBody.run(last + 1, oldest.first)
      dropVolume(last + 1)
      const gone = Number(sql.shapes.run(last).changes) + Number(sql.files.run(last).changes)
      database.exec('COMMIT')
      if (gone > 0) forget()
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  const shrink = (): boolean => {
    const { total, free } = pages()
    if (free <= pagesPerStep || free < total * keptFreeShare) return false
    database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`)
    return true
  }

  const step = (limits: TrimLimits): boolean => {
    const oldest = sql.oldest.get() as unknown as OldestBody | undefined
    if (oldest && (oldest.received < limits.oldestReceivedMs || usedBytes() > limits.maxBytes)) {
      drop(oldest)
      return true
    }
    return shrink()
  }

  return { step, usedBytes }
}
