import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { parseExposition, type ReadFamily } from './parse-exposition.ts'

/** Forty thousand series; the largest of the community's scripts write a hundredth. */
const MAX_BYTES = 4 << 20

export interface ReadTextFile {
  readonly mtimeMs: number
  readonly families: readonly ReadFamily[]
}

interface Known extends ReadTextFile {
  readonly identity: string
}

/** One byte more than may be: a file that grows meanwhile is seen. */
const readBounded = async (handle: FileHandle): Promise<string> => {
  const bytes = Buffer.allocUnsafe(MAX_BYTES + 1)
  let length = 0
  for (let got = -1; got !== 0 && length < bytes.length; length += got)
    got = (await handle.read(bytes, length, bytes.length - length)).bytesRead
  if (length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
  return bytes.toString('utf8', 0, length)
}

/** Files of metrics, each parsed again only when it has changed; throws with a reason. Not blocking: folders may be anywhere. */
export const createTextFileReader = (): {
  read(path: string): Promise<ReadTextFile>
  /** Forgets the files that are not among these. */
  keep(paths: readonly string[]): void
} => {
  const known = new Map<string, Known>()
  const read = async (path: string): Promise<ReadTextFile> => {
    // A pipe would be waited for until somebody writes to it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new Error('it is no regular file')
      if (stat.size > MAX_BYTES) throw new Error(`it has ${stat.size} bytes, more than ${MAX_BYTES}`)
      const identity = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
      const before = known.get(path)
      if (before?.identity === identity) return before
      const fresh = { identity, mtimeMs: stat.mtimeMs, families: parseExposition(await readBounded(handle)) }
      known.set(path, fresh)
      return fresh
    } finally {
      await handle.close()
    }
  }
  return {
    read,
    keep: (paths) => {
      const there = new Set(paths)
      for (const path of known.keys()) if (!there.has(path)) known.delete(path)
    },
  }
}
