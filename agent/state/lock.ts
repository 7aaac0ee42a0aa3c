import { truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** A lock that is held until release(), or until the process is gone, however it went. */
export interface Lock {
  release(): void
}

/** One try: undefined while another holds it. Throws where the file cannot be locked at all. */
export type TryLock = (path: string) => Lock | undefined

/** https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5
const SQLITE_NOTADB = 26

/**
 * Node has no flock(2), but SQLite locks its databases with fcntl(2). Such locks belong to the file on the node, so they hold
 * between containers, pods and pid namespaces that share the folder, and the operating system takes them back with the
 * process. Nothing is ever written to the database.
 *
 * fcntl's trap: closing any other descriptor of the file drops this process's lock. So nothing else in this process may open it.
 */
export const trySqliteLock: TryLock = (path) => waitSqliteLock(path, 0)

/** The same, but waits (and the whole process with it) for so long. */
const waitSqliteLock = (path: string, waitMs: number): Lock | undefined => {
  try {
    return lockOnce(path, waitMs)
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_NOTADB) throw error
    // Something was written into it, which we never do. Emptied it is the same file still: whoever holds it, holds it on.
    truncateSync(path)
    return lockOnce(path, waitMs)
  }
}

const lockOnce = (path: string, waitMs: number): Lock | undefined => {
  const database = new DatabaseSync(path, { timeout: waitMs })
  try {
    // A journal in memory: there is nothing to roll back, and no second file to leave behind.
    database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return { release: () => database.close() }
}

/** Runs the work while it holds the lock; throws where another process does not leave it in time. */
export const withSqliteLock = <T>(path: string, waitMs: number, work: () => T): T => {
  const lock = waitSqliteLock(path, waitMs)
  if (!lock) throw new Error(`another process has held ${path} for more than ${waitMs} ms`)
  try {
    return work()
  } finally {
    lock.release()
  }
}
