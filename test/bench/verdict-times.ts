/** Cumulative counts of a histogram by upper bound. */
export type Buckets = ReadonlyMap<number, number>

/** The buckets of picket_write_to_verdict_seconds in a scrape. */
export const readBuckets = (scrape: string): Buckets =>
  new Map(
    [...scrape.matchAll(/^picket_write_to_verdict_seconds_bucket\{.*le="([^"]+)"\} (\d+)$/gm)].map(([, le, count]) => [
      le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
      Number(count),
    ]),
  )

export const bucketsBetween = (before: Buckets, after: Buckets): Buckets =>
  new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]))

/**
 * The quantile as Prometheus' histogram_quantile() interpolates it, in seconds. What is above the last finite bound is told as
 * that bound; undefined where nothing was counted.
 */
export const quantile = (buckets: Buckets, q: number): number | undefined => {
  const sorted = [...buckets].sort(([a], [b]) => a - b)
  const total = sorted.at(-1)?.[1] ?? 0
  if (total === 0) return undefined
  const rank = q * total
  const at = sorted.findIndex(([, count]) => count >= rank)
  const [bound, count] = sorted[at] as [number, number]
  const [lower, below] = at > 0 ? (sorted[at - 1] as [number, number]) : [0, 0]
  return bound === Number.POSITIVE_INFINITY ? lower : lower + ((bound - lower) * (rank - below)) / (count - below)
}
