import type { Generation } from './generation.ts'

/** Bytes on disk that each lane has yet to commit, of the files that it wants. */
export const lagOf = (generations: Iterable<Generation>, lanes: readonly string[]): Map<string, number> => {
  const lag = new Map(lanes.map((lane) => [lane, 0]))
  for (const { log, cursor, size, initialOffset } of generations)
    for (const lane of log.lanes) {
      const committed = cursor?.lanes[lane] ?? initialOffset
      lag.set(lane, (lag.get(lane) ?? 0) + Math.max(0, size - committed))
    }
  return lag
}
