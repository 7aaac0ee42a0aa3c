import type { VitalsReply } from './api.ts'
import type { Readings } from './readings.ts'

export interface History {
  /** `timeMs` is shown, `monotonicMs` is what growth is divided by: the wall clock may be set. */
  add(timeMs: number, monotonicMs: number, readings: Readings): void
  /** What was measured after that time. */
  since(timeMs: number): VitalsReply
}

/** A file system may come and go; a column that has had nothing for the whole ring is given up. */
const MOST_SERIES = 48

/** Four digits are more than a chart shows, and a quarter of the bytes. */
const shown = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : Number(value.toPrecision(4))

/** The last `slots` looks at the node, in memory of a fixed size; counters are kept as their growth by the second. */
export const createHistory = (slots: number, periodMs: number): History => {
  const times = new Float64Array(slots)
  const columns = new Map<string, Float64Array>()
  /** Looks so far: look n is in slot n % slots. */
  let looks = 0
  let last: { readonly readings: Readings; readonly monotonicMs: number } | undefined

  const columnOf = (series: string): Float64Array | undefined => {
    const known = columns.get(series)
    if (known || columns.size >= MOST_SERIES) return known
    const column = new Float64Array(slots).fill(Number.NaN)
    columns.set(series, column)
    return column
  }
  const put = (series: string, slot: number, value: number): void => {
    const column = columnOf(series)
    if (column) column[slot] = value
  }
  const forgetEmpty = (): void => {
    for (const [series, column] of columns) if (column.every(Number.isNaN)) columns.delete(series)
  }
  const putGrowth = (slot: number, { counters }: Readings, monotonicMs: number): void => {
    if (!last) return
    const seconds = (monotonicMs - last.monotonicMs) / 1000
    for (const [series, value] of counters) {
      const before = last.readings.counters.get(series)
      // A counter that fell has begun anew (a device was replaced): how much it grew meanwhile is not known.
      if (before !== undefined && value >= before && seconds > 0) put(series, slot, (value - before) / seconds)
    }
  }
  const add = (timeMs: number, monotonicMs: number, readings: Readings): void => {
    // The wall clock was set back: two lines over the same hours would be no chart.
    if (looks > 0 && timeMs <= (times[(looks - 1) % slots] as number)) {
      looks = 0
      columns.clear()
    }
    const slot = looks++ % slots
    times[slot] = timeMs
    for (const column of columns.values()) column[slot] = Number.NaN
    if (columns.size >= MOST_SERIES) forgetEmpty()
    for (const [series, value] of readings.gauges) put(series, slot, value)
    putGrowth(slot, readings, monotonicMs)
    last = { readings, monotonicMs }
  }
  const since = (timeMs: number): VitalsReply => {
    const kept = Array.from({ length: Math.min(looks, slots) }, (_, k) => (looks - Math.min(looks, slots) + k) % slots)
    const wanted = kept.filter((slot) => (times[slot] as number) > timeMs)
    return {
      periodMs,
      times: wanted.map((slot) => times[slot] as number),
      series: Object.fromEntries(
        [...columns].map(([name, column]) => [name, wanted.map((slot) => shown(column[slot]))]),
      ),
      totals: { memoryBytes: last?.readings.memoryBytes ?? null, cpus: last?.readings.cpus ?? null },
    }
  }
  return { add, since }
}
