import { type Cursor, type Cursors, mostCommitted } from './cursors.ts'
import type { Generation } from './generation.ts'

/** What is missing behind the end of a file that is there: it is lost, once, however often the file is met again. */

/** How large it was, as far as anybody has seen it: a damaged archive may say less. */
export const knownBytesOf = ({ shown, size, cursor }: Generation): number =>
  Math.max(shown ? size : 0, cursor?.size ?? 0)

/** An archive of which not everything can be inflated was `fullBytes` long. What was read of it before it was damaged is not lost. */
export const loseBehind = (generation: Generation, fullBytes: number): void => {
  const { world, source, path, origin, size, readEnd, cursor } = generation
  const from = Math.max(size, readEnd, cursor ? mostCommitted(cursor) : 0)
  generation.lostBehind = Math.max(0, fullBytes - size)
  if (fullBytes > from) world.events.bytesLost(source, path, origin, fullBytes - from, 'unreadable')
}

/** So little of it is left that the position is behind it. */
export const endsBefore = ({ lostBehind, size }: Generation, cursor: Cursor): boolean =>
  lostBehind > 0 && size < mostCommitted(cursor)

/** Lanes have what is left: then they are through with the rest as well, and a later look or life finds nothing unread in it. */
export const passDamage = ({ cursor, size, lostBehind, log }: Generation, cursors: Cursors): void => {
  if (!cursor || lostBehind === 0) return
  cursor.size = size + lostBehind
  for (const lane of log.lanes) {
    cursor.lanes[lane] = cursor.size
    if (cursor.closed[lane] === size) cursor.closed[lane] = cursor.size
  }
  cursors.changed(cursor)
}

/** Its end was cut off while nobody looked (a power cut takes what the kernel had yet to write); what is before it is as it was. */
export const countShorter = (generation: Generation, cursor: Cursor, cursors: Cursors): void => {
  const { world, source, path, origin, size } = generation
  if (cursor.size <= size) return
  world.events.bytesLost(source, path, origin, cursor.size - size, 'truncated')
  cursor.size = size
  cursors.changed(cursor)
}
