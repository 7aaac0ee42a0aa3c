import type { Generation } from './generation.ts'
import type { World } from './world.ts'

/** Which archive is inflated: one at a time. Each is a copy on the state folder's disk until it is let go of: of those there are a few, and not too large ones. */
export interface ArchiveTurn {
  /** Called once a round; true where another one may have its turn. */
  look(nowMs: number): boolean
  admits(next: Generation): boolean
  begin(next: Generation): void
  /** The copy is there. */
  inflated(nowMs: number): void
  /** The state folder's disk takes none: those that wait for it are given up in time. */
  refused(): void
  /** What was begun is over; without a copy the turn is free. */
  end(): void
  readonly inflating: boolean
}

/**
 * Copies beside the one that is being read, at most: those that are read to their ends, for which lanes have no verdict yet (or wait for the
 * end of a record that may never come), and those that nobody reads on.
 */
const asideLimit = 32
const asideBytes = 256 * 1024 * 1024

/**
 * What is inflated goes on being needed until another archive of its log is there: an older one that was compressed later, which is to
 * be read first, or, where its last record goes on in the next file, that one.
 */
const frees = (next: Generation, held: Generation): boolean => {
  const { generations } = held.log
  if (next.log !== held.log) return false
  return held.readEnd >= held.size || generations.indexOf(next) < generations.indexOf(held)
}

export const createArchiveTurn = (world: World): ArchiveTurn => {
  let current: Generation | undefined
  /** How far the current one is read, and since when. */
  let read = { end: 0, sinceMs: 0 }
  let isRefused = false
  /** Inflated, and not read on for long. */
  const aside = new Set<Generation>()

  /**
   * Hundreds of archives (a removed state folder, a long outage) take minutes, and lanes that cannot ship, or have a thousand other
   * files to read, take hours: none of those behind is given up while one is there to be read. Newer files would be read before them.
   */
  const note = (held: Generation, nowMs: number): void => {
    world.archiveLine.movedMs = nowMs
    if (held.readEnd !== read.end) read = { end: held.readEnd, sinceMs: nowMs }
  }

  const hasRoom = ({ size }: Generation): boolean => {
    let bytes = size
    for (const one of aside) bytes += one.size
    return aside.size === 0 || (aside.size < asideLimit && bytes <= asideBytes)
  }

  /** Others are not to wait for the verdict on what is read; nor for what nobody reads, where its data stream is held. */
  const setAside = (held: Generation, nowMs: number): void => {
    const isDone = held.readEnd >= held.size || nowMs - read.sinceMs >= world.archiveWaitMs
    if (!isDone || !hasRoom(held)) return
    aside.add(held)
    current = undefined
  }

  return {
    look: (nowMs) => {
      if (current?.inflating) {
        if (!isRefused) world.archiveLine.movedMs = nowMs // A gigabyte takes a while.
        return false
      }
      for (const one of aside) if (one.fd < 0) aside.delete(one)
      if (current && current.fd < 0) current = undefined
      if (current) note(current, nowMs)
      if (current) setAside(current, nowMs)
      return true
    },
    admits: (next) =>
      (!current || frees(next, current)) && [...aside].every((one) => one.log !== next.log || frees(next, one)),
    begin: (next) => {
      current = next
    },
    inflated: (nowMs) => {
      isRefused = false
      world.archiveLine.movedMs = nowMs
      read = { end: -1, sinceMs: nowMs }
    },
    refused: () => {
      isRefused = true
    },
    end: () => {
      if (!current?.housed) current = undefined
    },
    get inflating() {
      return current?.inflating === true
    },
  }
}
