import type { LineFormat } from '../event.ts'
import { type CheckpointEntry, encodeEntry } from './checkpoint.ts'
import type { Stretch } from './fingerprint.ts'

/**
 * The part of a file's state that outlives the process: who it is and how far each lane has committed. The handle on it
 * (generation.ts) comes and goes.
 */
export interface Cursor {
  readonly fingerprint: string
  readonly source: string
  readonly chain: string
  path: string
  file: string
  dev: bigint
  ino: bigint
  birthNs: bigint
  format: LineFormat
  size: number
  head: Stretch
  mark: Stretch
  readonly lanes: Record<string, number>
  /** Where lanes began to read, if not at the beginning. */
  readonly began: Record<string, number>
  /** The size at which a lane's closing document had its verdict. */
  readonly closed: Record<string, number>
  seenMs: number
  /** When this process last knew the file to be there, by its own clock and by its looks at everything; undefined: not yet. Not kept. */
  present: Sighting | undefined
  /** Cached line of the checkpoint; undefined when it has to be made anew. */
  encoded: string | undefined
}

export interface Sighting {
  /** Monotonic: a clock that is set must not make the agent forget what it has read, and read it again. */
  readonly ms: number
  readonly look: number
}

/** An inode as long as it is the same file: its number comes again, its birth time does not. */
export interface Inode {
  readonly dev: bigint
  readonly ino: bigint
  readonly birthNs: bigint
}

export const inodeKey = (file: Inode): string => `${file.dev}:${file.ino}:${file.birthNs}`

export const sameInode = (a: Inode, b: Inode): boolean => a.ino === b.ino && a.dev === b.dev && a.birthNs === b.birthNs

/** How far the given lanes are; a lane that the cursor does not know is at `fallback`. */
export const leastCommitted = (cursor: Cursor, lanes: readonly string[], fallback: number): number => {
  let least = Number.POSITIVE_INFINITY
  for (const lane of lanes) least = Math.min(least, cursor.lanes[lane] ?? fallback)
  return lanes.length === 0 ? cursor.size : least
}

/** Of these lanes, one that has read it owes its closing document. */
export const isUnclosed = (cursor: Cursor, lanes: readonly string[]): boolean =>
  lanes.some((lane) => cursor.lanes[lane] !== undefined && cursor.closed[lane] !== cursor.size)

export const mostCommitted = (cursor: Cursor): number => Math.max(0, ...Object.values(cursor.lanes))

/** Every cursor, by document identity and by inode. */
export interface Cursors {
  get(fingerprint: string): Cursor | undefined
  /** Those that were last seen in this inode, the newest first. */
  withInode(key: string): readonly Cursor[]
  ofChain(chain: string): readonly Cursor[]
  all(): Iterable<Cursor>
  readonly size: number
  /** `byChance`: its identity is known nowhere else, so that it is to be saved before it is used. */
  add(cursor: Cursor, byChance?: boolean): void
  /** The same generation in another inode: an archive, a copy. */
  move(cursor: Cursor, to: Inode): void
  remove(cursor: Cursor): void
  changed(cursor: Cursor): void
  /** Chains that got their first cursor, or one with an identity by chance, since the last time. */
  takeNewChains(): readonly string[]
  /** True once after each time that something changed. */
  takeChanged(): boolean
  restoreChanged(): void
}

const listIn = <K, V>(map: Map<K, V[]>, key: K): V[] => {
  const list = map.get(key) ?? []
  if (list.length === 0) map.set(key, list)
  return list
}

const dropFrom = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const rest = (map.get(key) ?? []).filter((v) => v !== value)
  if (rest.length > 0) map.set(key, rest)
  else map.delete(key)
}

export const toCursor = (entry: CheckpointEntry): Cursor => ({
  ...entry,
  lanes: { ...entry.lanes },
  began: { ...entry.began },
  closed: { ...entry.closed },
  present: undefined,
  encoded: undefined,
})

export const encodedCursor = (cursor: Cursor): string => {
  if (cursor.encoded === undefined) {
    const { encoded: _, present: __, ...entry } = cursor
    cursor.encoded = encodeEntry(entry)
  }
  return cursor.encoded
}

export const createCursors = (): Cursors => {
  const byFingerprint = new Map<string, Cursor>()
  const byInode = new Map<string, Cursor[]>()
  const byChain = new Map<string, Cursor[]>()
  let newChains: string[] = []
  let dirty = false
  const remove = (cursor: Cursor): void => {
    if (!byFingerprint.delete(cursor.fingerprint)) return
    dropFrom(byInode, inodeKey(cursor), cursor)
    dropFrom(byChain, cursor.chain, cursor)
    dirty = true
  }
  return {
    get: (fingerprint) => byFingerprint.get(fingerprint),
    withInode: (key) => byInode.get(key) ?? [],
    ofChain: (chain) => byChain.get(chain) ?? [],
    all: () => byFingerprint.values(),
    get size() {
      return byFingerprint.size
    },
    add: (cursor, byChance = false) => {
      if (byChance || !byChain.has(cursor.chain)) newChains.push(cursor.chain)
      byFingerprint.set(cursor.fingerprint, cursor)
      listIn(byInode, inodeKey(cursor)).unshift(cursor)
      listIn(byChain, cursor.chain).push(cursor)
      dirty = true
    },
    move: (cursor, to) => {
      dropFrom(byInode, inodeKey(cursor), cursor)
      cursor.dev = to.dev
      cursor.ino = to.ino
      cursor.birthNs = to.birthNs
      listIn(byInode, inodeKey(cursor)).unshift(cursor)
      cursor.encoded = undefined
      dirty = true
    },
    remove,
    changed: (cursor) => {
      cursor.encoded = undefined
      dirty = true
    },
    takeNewChains: () => {
      const taken = newChains
      newChains = []
      return taken
    },
    takeChanged: () => {
      const was = dirty
      dirty = false
      return was
    },
    restoreChanged: () => {
      dirty = true
    },
  }
}
