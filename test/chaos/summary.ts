import type { Agent, MemorySample } from './agent.ts'
import type { Journal } from './journal.ts'
import type { SinkState } from './messages.ts'

/** What a run says of itself at its end. */

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Least squares, in MB a minute. */
const slopeOf = (samples: readonly MemorySample[]): number => {
  const n = samples.length
  const minutes = samples.map(({ atMs }) => (atMs - samples[0]!.atMs) / 60_000)
  const meanX = minutes.reduce((a, b) => a + b, 0) / n
  const meanY = samples.reduce((a, { residentMb }) => a + residentMb, 0) / n
  const cross = samples.reduce((a, { residentMb }, i) => a + (minutes[i]! - meanX) * (residentMb - meanY), 0)
  const square = minutes.reduce((a, x) => a + (x - meanX) ** 2, 0)
  return square === 0 ? 0 : cross / square
}

const longestLife = (samples: readonly MemorySample[]): readonly MemorySample[] =>
  [...Map.groupBy(samples, ({ pid }) => pid).values()].reduce((a, b) => (b.length > a.length ? b : a), [])

const memoryLines = (samples: readonly MemorySample[]): string[] => {
  if (samples.length === 0) return ['no sample of the agent’s memory']
  const beganMs = samples[0]!.atMs
  const byMinute = Map.groupBy(samples, ({ atMs }) => Math.floor((atMs - beganMs) / 60_000))
  const rows = [...byMinute].map(([minute, of]) => {
    const resident = of.map(({ residentMb }) => residentMb)
    const figures = [
      Math.min(...resident),
      median(resident),
      Math.max(...resident),
      median(of.map((s) => s.anonymousMb)),
    ]
    return `  minute ${String(minute + 1).padStart(3)}: ${figures.map((f) => f.toFixed(1).padStart(6)).join(' ')}`
  })
  const life = longestLife(samples)
  // Its first half minute is its start: code is compiled, the first files are read.
  const settled = life.filter(({ atMs }) => atMs - life[0]!.atMs > 30_000)
  const minutes = (settled.at(-1)?.atMs ?? 0) - (settled[0]?.atMs ?? 0)
  const slope =
    settled.length < 10
      ? 'no life was long enough for a slope'
      : `slope over the longest life without its first 30 s (${(minutes / 60_000).toFixed(1)} minutes): ${slopeOf(settled).toFixed(2)} MB a minute`
  return ['agent’s memory, MB: resident min, median, max; median anonymous', ...rows, slope]
}

const AGENT_COUNTERS = [
  'picket_spilled_documents_total',
  'picket_recovered_chunks_total',
  'picket_retried_documents_total',
  'picket_duplicate_documents_total',
  'picket_spill_failures_total',
  'picket_checkpoint_failures_total',
  'picket_queue_full_total',
  'picket_files_rotated_total',
  'picket_lost_bytes_total',
  'picket_state_damages_total',
]

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ')

export interface Written {
  readonly lines: number
  readonly bytes: number
  readonly counts: Readonly<Record<string, number>>
}

export const summaryOf = (
  written: Written,
  sink: SinkState,
  agent: Agent,
  journal: Journal,
  seconds: number,
): string[] => [
  `lines: ${written.lines} written (${Math.round(written.lines / seconds)} a second, ${(written.bytes / 1e6).toFixed(0)} MB), ${sink.created} taken, ${sink.known} answered with 409 in ${sink.requests} requests`,
  `writers: ${listOf(written.counts)}`,
  `schedule: ${listOf(journal.counts)}`,
  `sink’s faults: ${listOf(sink.faults)}`,
  `agent’s counters over all its lives: ${AGENT_COUNTERS.map((name) => `${name.slice('picket_'.length)} ${agent.total(name)}`).join(', ')}`,
  `sink’s memory: ${sink.residentMb.toFixed(0)} MB`,
  ...memoryLines(agent.memory),
]
