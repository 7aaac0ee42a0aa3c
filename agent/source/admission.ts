import { basename, dirname, join } from 'node:path'
import { parseLogName } from './container-path.ts'
import { type Cursor, type Cursors, inodeKey } from './cursors.ts'
import type { LogPlace, Member } from './log-place.ts'
import { originOf } from './origin-of.ts'
import type { Registry } from './registry.ts'
import { looksToMiss } from './rotation.ts'
import type { World } from './world.ts'

/** Bytes of a file by its name without `.gz`: what is beside the live file has no folder in it. */
type Size = readonly [name: string, bytes: number]

/** A log that waits for its turn: no more is kept of it than what is to be counted should it go unread. */
interface Waiting {
  readonly source: string
  readonly path: string
  readonly live: string
  readonly look: number
  /** Its files as far as no position of theirs is known. A list, for it has one or two as a rule. */
  readonly bytes: Size[]
}

/**
 * Bounds the files that are followed, each of which costs some KB of heap. There may be more than the heap has room for, above all unread
 * ones while an output is away: beyond the bound new logs are left on the disk until others are done with; what is followed already stays.
 */
export interface Admission {
  /** After a look at everything. */
  end(): void
  admits(place: LogPlace): boolean
  /** It was taken up. */
  took(chain: string): void
  /** Logs wait, and there is room again: a tenth, for a look at everything is not to be had for each file. */
  readonly room: boolean
  readonly waiting: number
}

const plainName = (file: string): string => file.replace(/\.gz$/, '')

/** There may be a hundred thousand: no more is kept than the name itself, and a copy of it, for what is cut out of a text keeps all of that. */
const shortName = (live: string, file: string): string => {
  const name = plainName(file)
  return dirname(name) === dirname(live) ? Buffer.from(basename(name)).toString() : name
}

const fullName = (live: string, name: string): string => (name.includes('/') ? name : join(dirname(live), name))

/** `5.log.20261126-120000`: kubelet's, which is removed only as the oldest; other rotated names pass from file to file. */
const isStamped = (file: string): boolean => (parseLogName(basename(file))?.rotatedAt ?? '') !== ''

export const createAdmission = (world: World, cursors: Cursors, registry: Registry, limit: number): Admission => {
  const { files, events } = world
  const waiting = new Map<string, Waiting>()
  /** Since when some wait, by their source. */
  let told: { readonly source: string; readonly sinceMs: number } | undefined

  const isFollowed = (chain: string): boolean =>
    registry.awaited.has(chain) || (registry.logs.get(chain)?.generations.length ?? 0) > 0

  /** Undefined: it is not there, or a position of it is known, by which it is counted. */
  const bytesOf = ({ file }: Member): number | undefined => {
    const stat = files.lstat(file)
    return stat && cursors.withInode(inodeKey(stat)).length === 0 ? stat.size : undefined
  }

  const sizes = (place: LogPlace, before: readonly Size[]): Size[] =>
    place.members.flatMap((member): Size[] => {
      const [name, bytes] = [shortName(place.live, member.file), bytesOf(member)]
      if (bytes === undefined) return []
      // Of a compressed file what counts is how large it was.
      return [[name, member.archive ? (before.find(([known]) => known === name)?.[1] ?? bytes) : bytes]]
    })

  /** Positions of what is still there are kept while it waits. Which file's an archive is, only kubelet's names tell before it is looked into. */
  const sightThose = ({ chain, members }: LogPlace): void => {
    const inodes = new Set(members.flatMap(({ file }) => cursorIn(file, chain) ?? []))
    const archives = new Set(members.filter(({ archive }) => archive).map(({ file }) => plainName(file)))
    for (const cursor of cursors.ofChain(chain)) {
      const inArchive = isStamped(cursor.file) ? archives.has(plainName(cursor.file)) : archives.size > 0
      if (inArchive || inodes.has(cursor)) registry.sight(cursor)
    }
  }

  /** The newest: what others had in this inode was truncated away. */
  const cursorIn = (file: string, chain: string): Cursor | undefined => {
    try {
      const stat = files.stat(file)
      return stat && cursors.withInode(inodeKey(stat)).find((cursor) => cursor.chain === chain)
    } catch {
      return undefined // Whether it is there is asked again before it is given up.
    }
  }

  const isGone = ({ live }: Waiting, name: string): boolean => {
    const file = fullName(live, name)
    return !files.stat(file) && !files.stat(`${file}.gz`)
  }

  const tell = ({ source, path, live }: Waiting, bytes: number): void => {
    if (bytes > 0) events.bytesLost(source, path, originOf({ file: live, path }), bytes, 'deleted_before_read')
  }

  const wait = (place: LogPlace): void => {
    const before = waiting.get(place.chain)?.bytes ?? []
    const bytes = sizes(place, before)
    sightThose(place)
    const { source, path, live } = place
    const now: Waiting = { source, path, live, look: registry.looks, bytes }
    waiting.set(place.chain, now)
    for (const [name, size] of before) keepOrCount(now, name, size)
  }

  const keepOrCount = (log: Waiting, name: string, size: number): void => {
    if (!isStamped(name) || log.bytes.some(([known]) => known === name)) return
    if (isGone(log, name)) tell(log, size)
    else log.bytes.push([name, size])
  }

  /** Its turn has come: what kubelet removed since the last look is not met any more. */
  const countGone = (chain: string): void => {
    const log = waiting.get(chain)
    if (!log) return
    const gone = log.bytes.filter(([name]) => isStamped(name) && isGone(log, name))
    waiting.set(chain, { ...log, bytes: log.bytes.filter((one) => !gone.includes(one)) })
    for (const [, size] of gone) tell(log, size)
  }

  const countVanished = (): void => {
    for (const [chain, log] of waiting) {
      if (registry.looks - log.look < looksToMiss) continue
      waiting.delete(chain)
      const bytes = log.bytes.reduce((sum, [, size]) => sum + size, 0)
      tell(log, bytes)
    }
  }

  const end = (): void => {
    countVanished()
    const [first] = waiting.values()
    if (first && !told) {
      told = { source: first.source, sinceMs: world.nowMs() }
      events.logsWaiting(first.source, waiting.size, limit)
    } else if (!first && told) {
      events.logsTakenUp(told.source, world.nowMs() - told.sinceMs)
      told = undefined
    }
  }

  return {
    end,
    admits: (place) => {
      const isIn = registry.byInode.size < limit || isFollowed(place.chain)
      if (isIn) countGone(place.chain)
      else wait(place)
      return isIn
    },
    took: (chain) => {
      waiting.delete(chain)
    },
    get room() {
      return waiting.size > 0 && registry.byInode.size <= limit * 0.9
    },
    get waiting() {
      return waiting.size
    },
  }
}
