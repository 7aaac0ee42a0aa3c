import type { Cursor } from './cursors.ts'
import type { Generation, Log } from './generation.ts'
import type { Archive } from './identify-archive.ts'
import { createRecent, type Recent } from './recent.ts'

export interface Settled {
  readonly cursor: Cursor
  readonly size: number
  readonly mtimeMs: number
}

/** The files that are being read, by every name that finds them, and what was found of those that are not. */
export interface Registry {
  readonly logs: Map<string, Log>
  readonly byInode: Map<string, Generation>
  readonly byFingerprint: Map<string, Generation>
  /** Logs whose live file lost its name, by chain: the next one is expected. */
  readonly awaited: Map<string, Log>
  /** Files that are read to their end, by inode. */
  readonly settled: Recent<Settled>
  /** What compressed files were found to be, by inode and size. */
  readonly archives: Recent<Archive>
  /** Inodes that hold what is read from another one, with their size when that was found. */
  readonly twins: Recent<number>
  /** Of files that were there when they were last looked for, and could not be read. */
  readonly unread: WeakSet<Cursor>
  /** Looks at everything that have begun. */
  looks: number
  /** The cursor's file was there a moment ago. */
  sight(cursor: Cursor): void
}

export const createRegistry = (nowMs: () => number): Registry => {
  const registry: Registry = {
    logs: new Map(),
    byInode: new Map(),
    byFingerprint: new Map(),
    awaited: new Map(),
    settled: createRecent(),
    archives: createRecent(),
    twins: createRecent(),
    unread: new WeakSet(),
    looks: 0,
    sight: (cursor) => {
      cursor.present = { ms: nowMs(), look: registry.looks }
    },
  }
  return registry
}

/** After a look at everything: forgets logs that are gone and of which nothing is left to read. */
export const sweepRegistry = (registry: Registry, found: ReadonlySet<string>): void => {
  for (const [chain, log] of registry.logs) {
    if (log.generations.length > 0 || found.has(chain)) continue
    registry.logs.delete(chain)
    registry.awaited.delete(chain)
  }
  registry.settled.turn()
  registry.archives.turn()
  registry.twins.turn()
}
