import fs, { type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { idsBefore, wholeLinesEnd } from './tail-ids.ts'

export interface LogFileOptions {
  readonly path: string
  /** 0: never. */
  readonly rotateBytes: number
  /** Rotated files: `path.1` is the newest. */
  readonly keep: number
}

/** The file that is being written to. */
export interface LogFile {
  /** The `_id`s of what was in it when it was opened, newest 16 MiB; taken out as they are met again. */
  readonly ids: Set<string>
  /** Appends and syncs, or throws and leaves nothing of it behind. */
  append(text: string): Promise<void>
  /** Is its name still its own? A logrotate may have moved it away. */
  isCurrent(): Promise<boolean>
  /** true: it has grown to its size and was moved away; open another. */
  rotateIfLarge(): Promise<boolean>
  close(): Promise<void>
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await fs.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Those who may read the file (0640) get as far as to it. */
const makeFolder = async (folder: string): Promise<void> => {
  const missing: string[] = []
  for (let at = folder; !realFilesystem.stat(at); at = path.dirname(at)) missing.push(at)
  realFilesystem.mkdir(folder)
  for (const made of missing) await fs.chmod(made, 0o750)
}

/** Moves path.4 to path.5 … and path to path.1. A crash in between leaves a gap in the numbers, and every file. */
const shift = async ({ path: file, keep }: LogFileOptions): Promise<void> => {
  for (let n = keep; n >= 1; n--) {
    const from = n === 1 ? file : `${file}.${n - 1}`
    await fs.rename(from, `${file}.${n}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  await syncFolder(path.dirname(file))
}

const previousIds = async (file: string): Promise<Set<string>> => {
  try {
    const handle = await fs.open(`${file}.1`, 'r')
    try {
      return await idsBefore(handle, (await handle.stat()).size)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set()
    throw error
  }
}

/** Writes all of `bytes` at `position`. The seam where tests let a disk fill up. */
export type WriteAll = (handle: FileHandle, bytes: Buffer, position: number) => Promise<void>

export const writeAll: WriteAll = async (handle, bytes, position) => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** `first`: since the agent has started. Then the file may hold what a crash makes come again, also that of before its last rotation. */
export const openLogFile = async (options: LogFileOptions, first: boolean, write: WriteAll): Promise<LogFile> => {
  const file = options.path
  await makeFolder(path.dirname(file))
  const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants
  // Without O_NONBLOCK the opening of a pipe that nobody reads would never end.
  const handle = await fs.open(file, O_RDWR | O_CREAT | O_NONBLOCK, 0o640)
  try {
    return await begin(handle, options, first, write)
  } catch (error) {
    await handle.close()
    throw error
  }
}

const begin = async (
  handle: FileHandle,
  options: LogFileOptions,
  first: boolean,
  write: WriteAll,
): Promise<LogFile> => {
  const { path: file, rotateBytes } = options
  const stat = await handle.stat({ bigint: true })
  if (!stat.isFile())
    throw new Error('it is not a regular file; to write to a pipe or a terminal there is the output stdout')
  let size = await wholeLinesEnd(handle, Number(stat.size))
  if (size < Number(stat.size)) await handle.truncate(size)
  await syncFolder(path.dirname(file))
  const ids = first ? (await previousIds(file)).union(await idsBefore(handle, size)) : new Set<string>()
  return {
    ids,
    append: async (text) => {
      const bytes = Buffer.from(text)
      try {
        await write(handle, bytes, size)
        await handle.datasync()
        size += bytes.length
      } catch (error) {
        // The whole body comes again: what has been written of it must not be there twice. Where not even that can be
        // done, the next body is written over it.
        await handle.truncate(size).catch(() => undefined)
        throw error
      }
    },
    isCurrent: async () => {
      const now = await fs.stat(file, { bigint: true }).catch(() => undefined)
      return now?.ino === stat.ino && now.dev === stat.dev
    },
    rotateIfLarge: async () => {
      if (rotateBytes === 0 || size < rotateBytes) return false
      await shift(options)
      return true
    },
    close: () => handle.close(),
  }
}
