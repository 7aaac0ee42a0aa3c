import type { LaneQueue } from './lane.ts'

/** Several feeders of one queue: it is starved while one of them is. */
export const createStarvation = (queue: Pick<LaneQueue, 'starved'>): (() => LaneQueue['starved']) => {
  const hungry = new Set<object>()
  return () => {
    const feeder = {}
    return (yes) => {
      if (yes === hungry.has(feeder)) return
      if (yes) hungry.add(feeder)
      else hungry.delete(feeder)
      queue.starved(hungry.size > 0)
    }
  }
}
