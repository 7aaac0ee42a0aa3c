import type { LossCause } from '../event.ts'
import type { Generation } from './generation.ts'
import type { Worth } from './handle-pool.ts'

/** What becomes of a file that nothing leads to any more. Pure. */

/** Lanes know of it, or would have had something to read: its loss is told of. Else it is as if it had never been met. */
export const isOwed = ({ shown, cursor, committed, size }: Generation): boolean =>
  shown || (cursor !== undefined && committed < size)

export const lossOf = ({ trouble }: Generation): LossCause => (trouble ? 'unreadable' : 'deleted_before_read')

/** What closing its handle may cost. */
export const worthOf = (generation: Generation): Worth => {
  if (generation.vanishing || generation.inflating || generation.housed) return 'only'
  if (generation.shown && generation.committed >= generation.size) return 'idle'
  return generation.name === 'live' ? 'live' : 'unread'
}
