import type { VitalsReply } from '../api.ts'
import type { ChartSpec } from './chart-specs.ts'

export type Column = readonly (number | null)[]

/** The values of a chart's series, in the order of the specification, and in its unit. */
export const chartColumns = (spec: ChartSpec, reply: VitalsReply): readonly Column[] => {
  const divisor = spec.divisor?.(reply) ?? 1
  return spec
    .series(reply)
    .map(([series]) => (reply.series[series] ?? []).map((value) => (value === null ? null : value / divisor)))
}

/** Each column on top of those before it. */
export const stack = (columns: readonly Column[]): readonly Column[] => {
  let below: Column = []
  return columns.map((column) => {
    below = column.map((value, k) => (value === null ? null : value + (below[k] ?? 0)))
    return below
  })
}

/** The newer reply behind the older one, no more than an hour of it. */
export const joinVitals = (older: VitalsReply | undefined, newer: VitalsReply, slots: number): VitalsReply => {
  // What is older than the whole of the newer reply and is not followed by it belongs to another agent's life.
  if (!older || older.times.length === 0) return newer
  const names = new Set([...Object.keys(older.series), ...Object.keys(newer.series)])
  const nothing = (length: number): null[] => new Array<null>(length).fill(null)
  const series = [...names].map((name): [string, Column] => {
    const before = older.series[name] ?? nothing(older.times.length)
    return [name, [...before, ...(newer.series[name] ?? nothing(newer.times.length))].slice(-slots)]
  })
  return { ...newer, times: [...older.times, ...newer.times].slice(-slots), series: Object.fromEntries(series) }
}
