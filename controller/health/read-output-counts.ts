import { parseSamples, type Sample } from './parse-samples.ts'

/** What an agent says of one of its outputs (docs/self-metrics.md). */
export interface OutputCounts {
  readonly lagBytes: number
  readonly lagSeconds: number
  /** Documents with a verdict of any kind. */
  readonly settled: number
  readonly dropped: number
  readonly rejected: number
  readonly failedRequests: number
  readonly held: boolean
}

export interface AgentCounts {
  /** process_start_time_seconds; counters begin anew with it. */
  readonly startedSeconds: number
  readonly outputs: ReadonlyMap<string, OutputCounts>
}

const SETTLED = [
  'picket_delivered_documents_total',
  'picket_duplicate_documents_total',
  'picket_failure_store_documents_total',
  'picket_rejected_documents_total',
]
const LAG_BYTES = 'picket_lag_bytes'
const LAG_SECONDS = 'picket_lag_seconds'
const DROPPED = 'picket_dropped_documents_total'
const REJECTED = 'picket_rejected_documents_total'
const REQUESTS = 'picket_requests_total'
const HELD = 'picket_output_held'
const STARTED = 'process_start_time_seconds'

const WANTED = new Set([...SETTLED, LAG_BYTES, LAG_SECONDS, DROPPED, REJECTED, REQUESTS, HELD, STARTED])

const sum = (samples: readonly Sample[], ...names: readonly string[]): number =>
  samples.filter(({ name }) => names.includes(name)).reduce((total, { value }) => total + value, 0)

const countsOf = (samples: readonly Sample[]): OutputCounts => ({
  lagBytes: sum(samples, LAG_BYTES),
  lagSeconds: sum(samples, LAG_SECONDS),
  settled: sum(samples, ...SETTLED),
  dropped: sum(samples, DROPPED),
  rejected: sum(samples, REJECTED),
  failedRequests: sum(
    samples.filter(({ labels }) => labels.outcome === 'again'),
    REQUESTS,
  ),
  held: sum(samples, HELD) > 0,
})

/** What a pod answers is kept, told and put into Events: more outputs, and longer names, than an agent has are passed over. */
const MOST_OUTPUTS = 100
const MOST_NAME_LENGTH = 200

/** undefined: what answered says nothing of outputs; it is no Picket. */
export const readAgentCounts = (text: string): AgentCounts | undefined => {
  const samples = parseSamples(text, WANTED)
  const byOutput = Map.groupBy(
    samples.filter(({ labels }) => labels.output !== undefined && labels.output.length <= MOST_NAME_LENGTH),
    ({ labels }) => labels.output as string,
  )
  if (byOutput.size === 0) return undefined
  const outputs = new Map([...byOutput].slice(0, MOST_OUTPUTS).map(([output, own]) => [output, countsOf(own)]))
  return { startedSeconds: sum(samples, STARTED), outputs }
}
