import type { Filesystem } from '../../lib/io/filesystem.ts'
import { inodeKey } from './cursors.ts'
import { watchFolder } from './watch-folder.ts'

/** Watches on folders that come and go: a watch belongs to the folder that was there when it was made. */
export interface Watches {
  /** Watches what is there now and was not, and lets go of what is gone. Called at every look at everything. */
  refresh(): void
  /** Whether every folder is watched: names that come are told then, and listing is only for what no notification tells. */
  readonly stand: boolean
  close(): void
}

interface Watch {
  readonly key: string
  failed(): boolean
  close(): void
}

export const createWatches = (
  paths: readonly string[],
  files: Filesystem,
  moved: (path: string, name: string | undefined) => void,
  failed: (path: string, error: Error) => void,
): Watches => {
  const watches = new Map<string, Watch>()

  const keyOf = (path: string): string | undefined => {
    try {
      const stat = files.stat(path)
      return stat?.kind === 'directory' ? inodeKey(stat) : undefined
    } catch (error) {
      failed(path, error as Error)
      return undefined
    }
  }

  const release = (path: string): void => {
    watches.get(path)?.close()
    watches.delete(path)
  }

  const refreshOne = (path: string): void => {
    const key = keyOf(path)
    const had = watches.get(path)
    if (had?.key === key && !had?.failed()) return
    release(path)
    if (key === undefined) return
    const told = (name: string | undefined): void => moved(path, name)
    watches.set(path, { key, ...watchFolder(path, told, (error) => failed(path, error)) })
  }

  return {
    refresh: () => paths.forEach(refreshOne),
    get stand() {
      return paths.every((path) => watches.get(path)?.failed() === false)
    },
    close: () => {
      for (const watch of watches.values()) watch.close()
      watches.clear()
    },
  }
}
