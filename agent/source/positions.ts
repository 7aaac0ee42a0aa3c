import type { Positions, TailedFile } from '../event.ts'
import type { Cursors } from './cursors.ts'
import { Generation } from './generation.ts'

/** Every TailedFile that a tailer shows is a Generation with a cursor. */
const own = (file: TailedFile): Generation & { cursor: NonNullable<Generation['cursor']> } => {
  if (!(file instanceof Generation) || file.cursor === undefined)
    throw new TypeError(`${file.path} is not a file of this tailer`)
  return file as Generation & { cursor: NonNullable<Generation['cursor']> }
}

/** `through`: called when the last lane has finished the file, and when the last byte of such a file is committed. */
export const createPositions = (cursors: Cursors, through: (generation: Generation) => void): Positions => ({
  start: (lane, file) => {
    const generation = own(file)
    return Math.min(generation.cursor.lanes[lane] ?? generation.initialOffset, generation.size)
  },
  commit: (lane, file, offset) => {
    const generation = own(file)
    const { cursor } = generation
    if (offset <= (cursor.lanes[lane] ?? -1)) return
    cursor.lanes[lane] = offset
    cursors.changed(cursor)
    if (generation.finished) through(generation)
  },
  finish: (lane, file) => {
    const generation = own(file)
    if (generation.finishedBy.has(lane)) return
    generation.finishedBy.add(lane)
    if (generation.lost && (generation.cursor.lanes[lane] ?? 0) < generation.size) {
      // What this lane could not read was counted when it tried.
      generation.cursor.lanes[lane] = generation.size
      cursors.changed(generation.cursor)
    }
    if (generation.finished) through(generation)
  },
})
