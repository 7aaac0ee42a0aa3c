import type { Ending, Positions, TailedFile } from '../event.ts'
import type { Cursors } from './cursors.ts'
import { Generation } from './generation.ts'

/** Every TailedFile that a tailer shows is a Generation with a cursor. */
const own = (file: TailedFile): Generation & { cursor: NonNullable<Generation['cursor']> } => {
  if (!(file instanceof Generation) || file.cursor === undefined)
    throw new TypeError(`${file.path} is not a file of this tailer`)
  return file as Generation & { cursor: NonNullable<Generation['cursor']> }
}

/** What a lane that has read up to `read` knows of a file that has ended. Bytes before its position were read in another life. */
const endingOf = (generation: ReturnType<typeof own>, lane: string, read: number): Ending => {
  const { cursor, fullSize: size, lost, lostBehind } = generation
  const from = Math.max(read, cursor.lanes[lane] ?? 0)
  const cause = lost ?? (lostBehind > 0 ? 'unreadable' : undefined)
  return { size, began: cursor.began[lane] ?? 0, lost: cause && from < size ? { from, cause } : undefined }
}

/**
 * `closing`: the lanes that write closing documents. `through`: called when the last lane has finished the file, and when the
 * last byte of such a file is committed.
 */
export const createPositions = (
  cursors: Cursors,
  closing: readonly string[],
  through: (generation: Generation) => void,
): Positions => ({
  start: (lane, file) => {
    const generation = own(file)
    const { cursor, initialOffset } = generation
    if (cursor.lanes[lane] === undefined && initialOffset > 0) cursor.began[lane] = initialOffset
    return Math.min(cursor.lanes[lane] ?? initialOffset, generation.size)
  },
  commit: (lane, file, offset) => {
    const generation = own(file)
    const { cursor } = generation
    if (offset <= (cursor.lanes[lane] ?? -1)) return
    cursor.lanes[lane] = offset
    cursors.changed(cursor)
    if (generation.finished) through(generation)
  },
  ending: (lane, file, read) => {
    const generation = own(file)
    const { cursor, size } = generation
    return closing.includes(lane) && cursor.closed[lane] !== size ? endingOf(generation, lane, read) : undefined
  },
  finish: (lane, file) => {
    const generation = own(file)
    if (generation.finishedBy.has(lane)) return
    generation.finishedBy.add(lane)
    if (closing.includes(lane) && generation.cursor.closed[lane] !== generation.size) {
      generation.cursor.closed[lane] = generation.size
      cursors.changed(generation.cursor)
    }
    if (generation.lost && (generation.cursor.lanes[lane] ?? 0) < generation.size) {
      // What this lane could not read was counted when it tried.
      generation.cursor.lanes[lane] = generation.size
      cursors.changed(generation.cursor)
    }
    if (generation.finished) through(generation)
  },
})
