import fs from 'node:fs'
import { type Filesystem, realFilesystem } from '../../../../lib/io/filesystem.ts'

export type Call = 'open' | 'read' | 'fstat' | 'stat' | 'readdir' | 'unlink'

/** The real disk, on which calls fail as `decide` says; it counts the descriptors that are open. */
export interface FaultyFiles extends Filesystem {
  /** An error code for this call on this path, or undefined. */
  decide: (call: Call, path: string, offset: number, length: number) => string | undefined
  /** Reads end here, as at a bad block. */
  badFrom: (path: string) => number
  readonly open: Filesystem['open']
  /** Real paths of what is open. */
  readonly opened: () => string[]
  readonly calls: string[]
}

export const createFaultyFiles = (): FaultyFiles => {
  const paths = new Map<number, string>()
  const calls: string[] = []
  const attempt = <T>(call: Call, path: string, act: () => T, offset = 0, length = 0): T => {
    calls.push(`${call} ${path}`)
    const code = faulty.decide(call, path, offset, length)
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${call}`), { code })
    return act()
  }
  const pathOf = (fd: number): string => paths.get(fd) ?? ''
  const faulty: FaultyFiles = {
    ...realFilesystem,
    decide: () => undefined,
    badFrom: () => Number.POSITIVE_INFINITY,
    calls,
    opened: () => [...paths.values()],
    open: (path, flags, mode) =>
      attempt('open', path, () => {
        const fd = realFilesystem.open(path, flags, mode)
        paths.set(fd, fs.realpathSync.native(path))
        return fd
      }),
    close: (fd) => {
      paths.delete(fd)
      realFilesystem.close(fd)
    },
    read: (fd, target, offset) => {
      const room = faulty.badFrom(pathOf(fd)) - offset
      const part = room > 0 && room < target.length ? target.subarray(0, room) : target
      return attempt('read', pathOf(fd), () => realFilesystem.read(fd, part, offset), offset, target.length)
    },
    fstat: (fd) => attempt('fstat', pathOf(fd), () => realFilesystem.fstat(fd)),
    stat: (path) => attempt('stat', path, () => realFilesystem.stat(path)),
    readdir: (path) => attempt('readdir', path, () => realFilesystem.readdir(path)),
    unlink: (path) => attempt('unlink', path, () => realFilesystem.unlink(path)),
  }
  return faulty
}
