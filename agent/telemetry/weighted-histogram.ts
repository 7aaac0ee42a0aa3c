import type { MetricLabels, MetricSample } from '../event.ts'

/** A histogram that takes many equal observations in one call; prom-client's takes them one by one. */
export interface WeightedHistogram {
  observe(labels: MetricLabels, value: number, weight: number): void
  samples(): MetricSample[]
}

interface Series {
  readonly labels: MetricLabels
  /** Not cumulative; one more than there are bounds, the last for what is above them all. */
  readonly weights: number[]
  sum: number
  count: number
}

const seriesSamples = (name: string, bounds: readonly number[], series: Series): MetricSample[] => {
  let cumulative = 0
  const buckets = series.weights.map((weight, i) => {
    cumulative += weight
    return { name: `${name}_bucket`, labels: { ...series.labels, le: bounds[i] ?? '+Inf' }, value: cumulative }
  })
  return [
    ...buckets,
    { name: `${name}_sum`, labels: series.labels, value: series.sum },
    { name: `${name}_count`, labels: series.labels, value: series.count },
  ]
}

/** `bounds` ascend; a bucket holds what is at most its bound. */
export const createWeightedHistogram = (name: string, bounds: readonly number[]): WeightedHistogram => {
  const all = new Map<string, Series>()
  const seriesOf = (labels: MetricLabels): Series => {
    const key = Object.values(labels).join('\u0000')
    let series = all.get(key)
    if (!series) {
      series = { labels, weights: new Array<number>(bounds.length + 1).fill(0), sum: 0, count: 0 }
      all.set(key, series)
    }
    return series
  }
  const observe = (labels: MetricLabels, value: number, weight: number): void => {
    const series = seriesOf(labels)
    const found = bounds.findIndex((bound) => value <= bound)
    const bucket = found < 0 ? bounds.length : found
    series.weights[bucket] = (series.weights[bucket] ?? 0) + weight
    series.sum += value * weight
    series.count += weight
  }
  return { observe, samples: () => [...all.values()].flatMap((series) => seriesSamples(name, bounds, series)) }
}
