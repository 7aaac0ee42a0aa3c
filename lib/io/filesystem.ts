import fs from 'node:fs'
import { dirname } from 'node:path'

/** What identifies and sizes a file. Inode numbers are 64 bits wide (overlayfs with xino uses the high ones): never a double. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly dev: bigint
  readonly ino: bigint
  readonly size: number
  readonly links: number
  readonly mtimeMs: number
  /** Birth time in nanoseconds; 0 where the file system has none (statx(2), STATX_BTIME). */
  readonly birthNs: bigint
}

export type Polled = Pick<FileStat, 'size' | 'links' | 'mtimeMs'>

/**
 * The narrow seam to the disk, synchronous because every call here is short and its order is the point. Implemented by the
 * real thing and, in tests, by a model that can crash after any call. Errors are Node's ErrnoException.
 */
export interface Filesystem {
  /** flags as in fs.constants (O_RDONLY | O_NOFOLLOW, O_WRONLY | O_CREAT | O_EXCL, …); returns a descriptor. */
  open(path: string, flags: number, mode?: number): number
  close(fd: number): void
  read(fd: number, target: Uint8Array, offset: number): number
  /** Writes all of `data` at the descriptor's position; short writes are continued. */
  write(fd: number, data: Uint8Array): void
  fsync(fd: number): void
  fstat(fd: number): FileStat
  /** The cheap form for polling. */
  poll(fd: number): Polled
  /** The same by the path, links followed; undefined where that leads to another file than this open one, or to nothing. */
  pollAt(path: string, inode: { readonly dev: bigint; readonly ino: bigint }): Polled | undefined
  /** undefined where nothing is there (ENOENT, ENOTDIR). */
  stat(path: string): FileStat | undefined
  lstat(path: string): FileStat | undefined
  realpath(path: string): string
  readlink(path: string): string
  readdir(path: string): string[]
  mkdir(path: string): void
  rename(from: string, to: string): void
  unlink(path: string): void
  truncate(fd: number, size: number): void
  /** Makes a rename or unlink in this directory durable (fsync(2): "calling fsync() does not necessarily ensure that the entry in the directory … has also reached disk"). */
  fsyncDirectory(path: string): void
}

const kindOf = (s: fs.BigIntStats): FileStat['kind'] =>
  s.isFile() ? 'file' : s.isDirectory() ? 'directory' : s.isSymbolicLink() ? 'link' : 'other'

const toStat = (s: fs.BigIntStats): FileStat => ({
  kind: kindOf(s),
  dev: s.dev,
  ino: s.ino,
  size: Number(s.size),
  links: Number(s.nlink),
  mtimeMs: Number(s.mtimeMs),
  birthNs: s.birthtimeNs,
})

/** undefined for ENOENT, without the price of an exception, and for ENOTDIR (of which lstat makes one all the same). */
const orAbsent = (look: typeof fs.statSync, path: string): FileStat | undefined => {
  try {
    const s = look(path, { bigint: true, throwIfNoEntry: false })
    return s && toStat(s)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

const toPolled = ({ size, nlink, mtimeMs }: fs.Stats): Polled => ({ size, links: nlink, mtimeMs })

/** Stats of bigints cost several times as much; they are asked for only where a double cannot hold the number. */
const pollAt: Filesystem['pollAt'] = (path, { dev, ino }) => {
  const s = fs.statSync(path, { throwIfNoEntry: false }) as fs.Stats | undefined
  if (!s || s.ino !== Number(ino) || s.dev !== Number(dev)) return undefined
  const isIt = Number.isSafeInteger(s.ino) || orAbsent(fs.statSync, path)?.ino === ino
  return isIt ? toPolled(s) : undefined
}

/** A disk that takes nothing and says no error would be asked for ever. */
const writeSome = (fd: number, data: Uint8Array, done: number): number => {
  const written = fs.writeSync(fd, data, done, data.length - done)
  if (written > 0) return written
  throw Object.assign(new Error('EIO: nothing was written, write'), { code: 'EIO', syscall: 'write' })
}

const writeAll = (fd: number, data: Uint8Array): void => {
  for (let done = 0; done < data.length; ) done += writeSome(fd, data, done)
}

/** A signal says nothing of the file: at once again (signal(7), "Interruption of system calls"). Not for ever: the loop must go on. */
const interruptedTries = 5

const readAt = (fd: number, target: Uint8Array, offset: number): number => {
  for (let tries = 1; ; tries++) {
    try {
      return fs.readSync(fd, target, 0, target.length, offset)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR' || tries >= interruptedTries) throw error
    }
  }
}

const fsyncDirectory = (path: string): void => {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Level by level: Node's own `recursive` turns for ever where a folder exists and says ENOENT to whoever makes one in it (/proc). */
const makeFolder = (path: string): void => {
  const isFolder = (): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  if (isFolder()) return
  if (path !== dirname(path)) makeFolder(dirname(path))
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder()) throw error
  }
}

export const realFilesystem: Filesystem = {
  open: (path, flags, mode = 0o600) => fs.openSync(path, flags, mode),
  close: (fd) => fs.closeSync(fd),
  read: readAt,
  write: writeAll,
  fsync: (fd) => fs.fsyncSync(fd),
  fstat: (fd) => toStat(fs.fstatSync(fd, { bigint: true })),
  poll: (fd) => toPolled(fs.fstatSync(fd)),
  pollAt,
  stat: (path) => orAbsent(fs.statSync, path),
  lstat: (path) => orAbsent(fs.lstatSync, path),
  realpath: (path) => fs.realpathSync.native(path),
  readlink: (path) => fs.readlinkSync(path),
  readdir: (path) => fs.readdirSync(path),
  mkdir: makeFolder,
  rename: (from, to) => fs.renameSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  fsyncDirectory,
}
