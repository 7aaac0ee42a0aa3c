import type { Clock } from '../../lib/io/clock.ts'
import type { AgentEvents } from '../event.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import {
  type Cursor,
  type Cursors,
  encodedCursor,
  inodeKey,
  isUnclosed,
  leastCommitted,
  mostCommitted,
  type Sighting,
} from './cursors.ts'
import type { Farewell } from './farewell.ts'
import { headLimit, headStretch, markStart, sumOf } from './fingerprint.ts'
import type { Generation } from './generation.ts'
import { originOf } from './origin-of.ts'
import type { Registry } from './registry.ts'
import { looksToForget, looksToMiss } from './rotation.ts'
import type { World } from './world.ts'

export interface SaverOptions {
  readonly forgetMs: number
  readonly rescanMs: number
  readonly sources: ReadonlySet<string>
  readonly lanes: readonly string[]
  /** Those that write closing documents. */
  readonly closing: readonly string[]
}

export interface Saver {
  /** Writes what has changed since the last time; false when the disk refused. */
  save(): boolean
  /**
   * After each look at everything: what the checkpoint knows and the disk has no more, is lost if it was unread. False while
   * something is missing that has yet to be looked for.
   */
  settleLost(): boolean
  readonly savedMs: number | undefined
}

/** Brings the cursor up to what its open file is now: size, name, a longer header, the bytes before the position. */
const refresh = (generation: Generation, cursor: Cursor): void => {
  // What is lost is not forgotten before the lanes have told of it.
  cursor.size = generation.lost ? generation.fullSize : generation.size
  cursor.file = generation.file
  cursor.path = generation.path
  if (generation.fd < 0 || generation.lost || generation.trouble) return
  // Truncated and written anew since it was last looked at: what is there now is another generation's, not what this one is known by.
  if (!generation.sameBytes()) return
  if (cursor.head.length < headLimit && cursor.head.length < generation.size) {
    cursor.head = headStretch(generation.peek(Math.min(headLimit, generation.size), 0))
  }
  const position = mostCommitted(cursor)
  if (cursor.mark.offset + cursor.mark.length === position) return
  const offset = markStart(position)
  const bytes = generation.peek(position - offset, offset)
  if (offset + bytes.length === position) cursor.mark = { offset, length: bytes.length, hash: sumOf(bytes) }
}

export const createSaver = (
  store: CheckpointStore,
  cursors: Cursors,
  registry: Registry,
  world: World,
  clock: Clock,
  farewell: Farewell,
  options: SaverOptions,
): Saver => {
  const events: AgentEvents = world.events
  let savedMs: number | undefined
  /** Unread files that no look has met yet, with the looks that missed them. */
  const missed = new Map<Cursor, number>()

  /** Of the lanes that have read it before: one that is new had no claim on it. */
  const least = (cursor: Cursor): number =>
    leastCommitted(
      cursor,
      options.lanes.filter((lane) => cursor.lanes[lane] !== undefined),
      cursor.size,
    )

  const countLost = (cursor: Cursor, cause: 'rotated_away' | 'truncated'): void => {
    const unread = cursor.size - least(cursor)
    const why = cause === 'rotated_away' && registry.unread.has(cursor) ? 'unreadable' : cause
    if (farewell(cursor, why)) return
    if (unread > 0) events.bytesLost(cursor.source, cursor.path, originOf(cursor), unread, why)
    cursors.remove(cursor)
  }

  const fate = (cursor: Cursor): 'rotated_away' | 'truncated' | 'unknown' => {
    try {
      const stat = world.files.stat(cursor.file)
      const key = inodeKey(cursor)
      if (!stat || inodeKey(stat) !== key) return 'rotated_away'
      // Truncated only where we have seen what is in it now.
      return registry.byInode.has(key) || cursors.withInode(key).length > 1 ? 'truncated' : 'unknown'
    } catch {
      return 'unknown' // No permission now; it may come back, and is forgotten in its time.
    }
  }

  const isLeft = (cursor: Cursor): boolean => !registry.byFingerprint.has(cursor.fingerprint)

  const isOwed = (cursor: Cursor): boolean => least(cursor) < cursor.size || isUnclosed(cursor, options.closing)

  const isMissing = (cursor: Cursor): boolean =>
    options.sources.has(cursor.source) && isLeft(cursor) && cursor.present === undefined && isOwed(cursor)

  const giveUp = (cursor: Cursor): void => {
    missed.delete(cursor)
    const cause = fate(cursor)
    if (cause === 'unknown') registry.sight(cursor)
    else countLost(cursor, cause)
  }

  const settleLost = (): boolean => {
    for (const cursor of [...cursors.all()]) {
      const looks = (missed.get(cursor) ?? 0) + 1
      if (!isMissing(cursor)) missed.delete(cursor)
      else if (looks < looksToMiss) missed.set(cursor, looks)
      else giveUp(cursor)
    }
    return missed.size === 0
  }

  /**
   * Missed by so many looks at everything, it is gone, and not being renamed. What was read to its end is forgotten then: looks are
   * counted and not time, because a process that was stopped for a while has missed nothing.
   */
  const isForgotten = (cursor: Cursor, { ms, look }: Sighting): boolean => {
    const [missedLooks, goneMs] = [registry.looks - look, clock.monotonic() - ms]
    // Links that come and go bring looks forward, one upon the other.
    if (least(cursor) >= cursor.size) return missedLooks >= looksToForget && goneMs >= options.rescanMs
    return missedLooks >= looksToMiss && goneMs >= options.forgetMs
  }

  const forget = (): void => {
    for (const cursor of [...cursors.all()]) {
      if (!isLeft(cursor) || missed.has(cursor)) continue
      if (!cursor.present) registry.sight(cursor)
      else if (isForgotten(cursor, cursor.present)) countLost(cursor, 'rotated_away')
    }
  }

  const refreshAll = (nowMs: number): void => {
    for (const generation of registry.byInode.values()) {
      const { cursor } = generation
      if (
        !cursor ||
        (cursor.encoded !== undefined && cursor.size === generation.size && cursor.file === generation.file)
      )
        continue
      try {
        refresh(generation, cursor)
      } catch (error) {
        // A bad block in one file must not keep the positions of all from being saved; its own is right without a newer mark.
        generation.hinder(error as Error, 'look')
      }
      cursor.seenMs = nowMs
      cursors.changed(cursor)
    }
  }

  const write = (): boolean => {
    const beganMs = clock.monotonic()
    try {
      store.save(Iterator.from(cursors.all()).map(encodedCursor))
    } catch (error) {
      cursors.restoreChanged()
      events.checkpointFailed(error as Error)
      return false
    }
    savedMs = clock.now()
    events.checkpointSaved(cursors.size, clock.monotonic() - beganMs)
    return true
  }

  const save = (): boolean => {
    const nowMs = clock.now()
    refreshAll(nowMs)
    forget()
    return cursors.takeChanged() ? write() : true
  }

  return {
    save,
    settleLost,
    get savedMs() {
      return savedMs
    },
  }
}
