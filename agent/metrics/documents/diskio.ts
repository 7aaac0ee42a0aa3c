import { rounded } from './fraction.ts'
import { type Look, samplesOf, valuesByLabel } from './look.ts'

/** The kernel's counters of one device: operations, bytes, seconds. */
const COUNTERS = {
  reads: 'node_disk_reads_completed_total',
  writes: 'node_disk_writes_completed_total',
  readBytes: 'node_disk_read_bytes_total',
  writeBytes: 'node_disk_written_bytes_total',
  readSeconds: 'node_disk_read_time_seconds_total',
  writeSeconds: 'node_disk_write_time_seconds_total',
  ioSeconds: 'node_disk_io_time_seconds_total',
  weightedSeconds: 'node_disk_io_time_weighted_seconds_total',
} as const

type Counters = Record<keyof typeof COUNTERS, number>

const KEYS = Object.keys(COUNTERS) as (keyof Counters)[]

const readDisks = (look: Look): ReadonlyMap<string, Counters> => {
  const values = new Map(KEYS.map((key) => [key, valuesByLabel(look, COUNTERS[key], 'device')]))
  const devices = samplesOf(look, COUNTERS.reads).map(({ labels }) => String(labels.device))
  return new Map(
    devices.map((device) => [
      device,
      Object.fromEntries(KEYS.map((key) => [key, values.get(key)?.get(device) ?? 0])) as Counters,
    ]),
  )
}

const ms = (seconds: number): number => Math.round(seconds * 1000)

const totals = (device: string, now: Counters) => ({
  name: device,
  read: { count: now.reads, bytes: now.readBytes, time: ms(now.readSeconds) },
  write: { count: now.writes, bytes: now.writeBytes, time: ms(now.writeSeconds) },
  io: { time: ms(now.ioSeconds) },
})

const per = (part: number, whole: number): number => (whole > 0 ? rounded(part / whole) : 0)

/** As iostat(1) shows it: times in ms an operation, `busy` in per cent of the time. Definitions: metricbeat, module/system/diskio. */
const iostat = (now: Counters, before: Counters, seconds: number) => {
  const since = Object.fromEntries(KEYS.map((key) => [key, now[key] - before[key]])) as Counters
  // A device that was replaced, or a counter that ran over: this period says nothing.
  if (seconds <= 0 || KEYS.some((key) => since[key] < 0)) return {}
  const operations = since.reads + since.writes
  const direction = (count: number, bytes: number, took: number) => ({
    request: { per_sec: per(count, seconds) },
    per_sec: { bytes: per(bytes, seconds) },
    await: per(took * 1000, count),
  })
  return {
    iostat: {
      read: direction(since.reads, since.readBytes, since.readSeconds),
      write: direction(since.writes, since.writeBytes, since.writeSeconds),
      await: per((since.readSeconds + since.writeSeconds) * 1000, operations),
      queue: { avg_size: per(since.weightedSeconds, seconds) },
      busy: Math.min(100, per(100 * since.ioSeconds, seconds)),
    },
  }
}

/** One document a device: what it counted since the start, and where the look before knew it, what it did since then. */
export const diskioDocuments = (now: Look, before: Look | undefined): Record<string, unknown>[] => {
  const earlier = before && readDisks(before)
  const seconds = before ? (now.monotonicMs - before.monotonicMs) / 1000 : 0
  return [...readDisks(now)].map(([device, counters]) => {
    const known = earlier?.get(device)
    return { system: { diskio: { ...totals(device, counters), ...(known && iostat(counters, known, seconds)) } } }
  })
}
