import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const fdatasync = promisify(fs.fdatasync)

/**
 * Makes commits durable without holding up the loop. SQLite in `synchronous=FULL` calls fsync(2) inside COMMIT, on the
 * thread that reads every log file; in NORMAL it leaves the WAL unsynced and is consistent after a power loss, but may
 * have lost the last commits. The same durability is had by syncing the WAL here, on a thread of the pool, before the
 * verdict is given. SQLite puts its locks on the database and the -shm file, never on the WAL, so opening and closing
 * the WAL a second time drops none (fcntl(2): closing any descriptor of a file drops the process's locks on it).
 */
export interface Wal {
  sync(): Promise<void>
  close(): void
}

export const openWal = (file: string): Wal => {
  const fd = fs.openSync(`${file}-wal`, fs.constants.O_RDWR)
  let named = false
  return {
    sync: async () => {
      await fdatasync(fd)
      if (!named) syncFolder(path.dirname(file))
      named = true
    },
    close: () => fs.closeSync(fd),
  }
}

/** The names of a new database and its WAL must be durable too, once. */
const syncFolder = (folder: string): void => {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY)
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
