import type { FileListener, LossCause } from '../event.ts'
import { type Cursor, type Cursors, isUnclosed, leastCommitted } from './cursors.ts'
import { Generation, type Log } from './generation.ts'
import type { LogPlace } from './log-place.ts'
import { originOf } from './origin-of.ts'
import type { Registry } from './registry.ts'
import type { World } from './world.ts'

/**
 * Shows lanes a file that is not there (any more) for them to write its closing document: it ended while the agent was down, or
 * before the document had its verdict. What was not read of it is lost. False where nobody owes it one.
 */
export type Farewell = (cursor: Cursor, cause: LossCause) => boolean

export interface FarewellDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly listener: FileListener
  /** The lanes that write closing documents. */
  readonly closing: readonly string[]
  readonly tagOf: (cursor: Cursor) => string | undefined
  readonly lanesOf: (tag: string) => readonly string[]
}

/** A chain of its own: no record goes on in it, and no living generation waits for it. */
const placeOf = (cursor: Cursor, tag: string): LogPlace => ({
  source: cursor.source,
  chain: `${cursor.chain} ${cursor.fingerprint}`,
  origin: originOf(cursor),
  tag,
  path: cursor.path,
  live: cursor.file,
  members: [],
  adopt: 'all',
  superseded: true,
  rules: { roots: [], refuseHardLinks: true },
})

export const createFarewell = (deps: FarewellDeps): Farewell => {
  const { world, cursors, registry, listener } = deps
  return (cursor, cause) => {
    const tag = deps.tagOf(cursor)
    const lanes = tag === undefined ? [] : deps.lanesOf(tag).filter((lane) => cursor.lanes[lane] !== undefined)
    if (tag === undefined || registry.byFingerprint.has(cursor.fingerprint)) return false
    if (
      !isUnclosed(
        cursor,
        lanes.filter((lane) => deps.closing.includes(lane)),
      )
    )
      return false
    const log: Log = { place: placeOf(cursor, tag), lanes, generations: [] }
    const { dev, ino, birthNs, size, file } = cursor
    const stat = { kind: 'file', dev, ino, birthNs, size, links: 0, mtimeMs: 0 } as const
    const generation = new Generation(world, log, stat, file, world.nowMs())
    log.generations.push(generation)
    generation.cursor = cursor
    generation.name = 'deleted'
    generation.state = 'final'
    generation.readEnd = Math.min(size, leastCommitted(cursor, lanes, size))
    if (generation.readEnd < size) generation.lose(cause)
    generation.shown = true
    registry.byFingerprint.set(cursor.fingerprint, generation)
    cursors.changed(cursor)
    listener.appeared(generation)
    return true
  }
}
