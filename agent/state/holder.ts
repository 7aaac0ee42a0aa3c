import { constants } from 'node:fs'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { writeDurably } from './format-file.ts'
import type { StatePaths } from './state-paths.ts'

/** Who has the state folder. For humans only: the lock decides. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** In Kubernetes; the pid alone says little there. */
  readonly pod: string | undefined
  /** RFC 3339. */
  readonly since: string
}

const READ_MAX_BYTES = 4096

export const describeHolder = (holder: Holder | undefined): string => {
  if (!holder) return 'another agent'
  const pod = holder.pod ? `pod ${holder.pod}, ` : ''
  return `${pod}process ${holder.pid} on ${holder.host}, since ${holder.since}`
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

/** A full disk is no reason not to start: an agent that was killed on it has logs to deliver. Whoever waits is told no name then. */
export const writeHolder = (filesystem: Filesystem, paths: StatePaths, holder: Holder): void => {
  try {
    writeDurably(filesystem, paths.root, paths.holder, `${JSON.stringify(holder)}\n`)
  } catch (error) {
    if (!isFull(error)) throw error
    for (const path of [paths.holder, `${paths.holder}.tmp`]) if (filesystem.lstat(path)) filesystem.unlink(path)
  }
}

/** undefined where it cannot be read: then the wait is told without a name. */
export const readHolder = (filesystem: Filesystem, paths: StatePaths): Holder | undefined => {
  try {
    const fd = filesystem.open(paths.holder, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const target = Buffer.alloc(READ_MAX_BYTES)
      const { pid, host, pod, since } = JSON.parse(target.toString('utf8', 0, filesystem.read(fd, target, 0)))
      return {
        pid: Number(pid),
        host: String(host),
        pod: pod === undefined ? undefined : String(pod),
        since: String(since),
      }
    } finally {
      filesystem.close(fd)
    }
  } catch {
    return undefined
  }
}
