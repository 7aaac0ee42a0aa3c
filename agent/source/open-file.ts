import fs from 'node:fs'
import type { FileStat, Filesystem } from '../../lib/io/filesystem.ts'

/**
 * Opens a log without being led astray. Whoever can write to /var/log/pods can plant a link to /etc/shadow there, a fifo
 * that blocks open(2), or another folder in place of the pod's (avd.aquasec.com khv047). So: the real path must lie below an
 * allowed root, open(2) follows no final link and does not block, the descriptor must be a regular file, and the kernel's
 * own name for the descriptor must be the path that was checked.
 */
export type Opened =
  | { readonly kind: 'opened'; readonly fd: number; readonly stat: FileStat; readonly realPath: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

export interface OpenRules {
  /** Real paths. Undefined: anywhere. */
  readonly roots: readonly string[] | undefined
  /** Container runtimes never link a log twice; a second name may be somebody's way to a file of the host. */
  readonly refuseHardLinks: boolean
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

const kinds: Readonly<Record<FileStat['kind'], string>> = {
  file: 'a regular file',
  directory: 'a directory',
  link: 'a symbolic link',
  other: 'a fifo, socket or device',
}

export const isBelow = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path.startsWith(root.endsWith('/') ? root : `${root}/`))

/** The real paths of the roots that exist. */
export const realRoots = (files: Filesystem, roots: readonly string[]): string[] =>
  roots.flatMap((root) => {
    try {
      return [files.realpath(root)]
    } catch {
      return [] // A root that is not there allows nothing; it is looked at again by the next rescan.
    }
  })

/** What the kernel calls the descriptor; undefined without /proc. A deleted file's name ends in " (deleted)". */
const nameOf = (files: Filesystem, fd: number): string | undefined => {
  try {
    return files.readlink(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, '')
  } catch {
    return undefined
  }
}

const complaint = (
  files: Filesystem,
  fd: number,
  stat: FileStat,
  realPath: string,
  rules: OpenRules,
): string | undefined => {
  if (stat.kind !== 'file') return `it is ${kinds[stat.kind]}`
  if (rules.refuseHardLinks && stat.links > 1) return `it has ${stat.links} hard links, and a container's log has one`
  const name = rules.roots === undefined ? undefined : nameOf(files, fd)
  // Renamed in between is fine, led out of the roots is not.
  if (name !== undefined && name !== realPath && !isBelow(name, rules.roots ?? []))
    return `it led to ${name} when it was opened`
  return undefined
}

const attempt = (files: Filesystem, path: string, rules: OpenRules): Opened => {
  const realPath = files.realpath(path)
  if (rules.roots && !isBelow(realPath, rules.roots)) {
    return {
      kind: 'refused',
      reason: `it leads to ${realPath}, which is below none of: ${rules.roots.join(', ') || '(no root exists)'}`,
    }
  }
  // A fifo, a socket or a device is not even opened: opening some devices has effects.
  const before = files.lstat(realPath)
  if (before === undefined) return { kind: 'absent' }
  if (before.kind !== 'file') return { kind: 'refused', reason: `it is ${kinds[before.kind]}` }
  const fd = files.open(realPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const looked = lookAt(files, fd, realPath, rules)
  if (looked.kind !== 'opened') files.close(fd)
  if (looked.kind === 'failed') throw looked.error
  return looked
}

const lookAt = (
  files: Filesystem,
  fd: number,
  realPath: string,
  rules: OpenRules,
): Opened | { readonly kind: 'failed'; readonly error: unknown } => {
  try {
    const stat = files.fstat(fd)
    const reason = complaint(files, fd, stat, realPath, rules)
    return reason === undefined ? { kind: 'opened', fd, stat, realPath } : { kind: 'refused', reason }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

export const openLog = (files: Filesystem, path: string, rules: OpenRules): Opened => {
  try {
    return attempt(files, path, rules)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'refused', reason: `permission denied (${code})` }
    if (code === 'ELOOP') return { kind: 'refused', reason: 'it is a symbolic link (ELOOP)' }
    return { kind: 'refused', reason: `it cannot be opened (${code})` }
  }
}
