import type { Clock } from '../../lib/io/clock.ts'
import { realFilesystem } from '../../lib/io/filesystem.ts'
import { createWaker } from '../../lib/io/waker.ts'
import { openChunkStore } from '../buffer/chunk-store.ts'
import { type DeadLetters, openDeadLetters } from '../buffer/dead-letters.ts'
import { type ChunkQueue, createQueue } from '../buffer/queue.ts'
import { defaultSpillLimits } from '../buffer/spill-policy.ts'
import type { CompiledConfig, CompiledOutput, CompiledSource } from '../config/compile.ts'
import { closingDocument } from '../document/closing.ts'
import { type DocumentOptions, documentTexts } from '../document/texts.ts'
import type { AgentEvents, Encoder, FactsProvider, Output, Positions, TailedFile } from '../event.ts'
import { createLane, type Lane, type LaneDeps, type LaneQueue } from '../feed/lane.ts'
import { createMetricFeed, type MetricFeed } from '../feed/metric-feed.ts'
import { createStarvation } from '../feed/starvation.ts'
import { HEADROOM_BYTES } from '../kernel/body.ts'
import { createEncoder } from '../kernel/encoder.ts'
import { backoff } from '../output/backoff.ts'
import { withSqliteLock } from '../state/lock.ts'
import { statePaths } from '../state/state-paths.ts'
import { type OpenOutput, requestIndex, type Usage } from './open-output.ts'

export interface LaneContext {
  readonly config: CompiledConfig
  readonly clock: Clock
  readonly events: AgentEvents
  readonly kernel: WebAssembly.Module
  readonly facts: FactsProvider
  readonly positions: Positions
  readonly wants: (lane: string, tag: string) => boolean
  readonly once: boolean
}

/** One output with its queue and the lane that feeds it. */
export interface OpenLane {
  readonly lane: Lane
  /** What this output takes of the node's metrics goes here. */
  readonly metricFeed: MetricFeed
  readonly queue: ChunkQueue
  readonly output: Output
  readonly usage: Usage | undefined
  readonly totalLimitBytes: number
  readonly deadLetters: { readonly bytes: number }
  readonly deadLetterLimitBytes: number
}

/** Bytes of one file before others get their turn: some 1 ms of work. */
const TURN_BYTES = 256 * 1024
/** A replay rewrites a file of an eighth of dead_letter_limit_size at most while it has the lock; the loop waits for it no longer. */
const DEAD_LETTERS_WAIT_MS = 1000
/** Small and few: more memory in flight makes nothing faster (docs/performance.md). */
const SLOTS = 3
/** For a configuration that reads no logs. */
const LEAST_RECORD_BYTES = 1024

const documentOptions = (output: CompiledOutput, source: CompiledSource, config: CompiledConfig): DocumentOptions => {
  const target = output.kind === 'elasticsearch' ? output.target : undefined
  const stream = target?.kind === 'data_stream' ? target : undefined
  return {
    dataset: stream?.dataset ?? source.dataset,
    namespace: stream?.namespace ?? 'default',
    plainIndex: target?.kind === 'index' ? target.index : undefined,
    requestIndex: requestIndex(output),
    idempotent: output.kind === 'elasticsearch' ? output.idempotent : true,
    staticFields: output.fields,
    filePath: output.logFilePath,
    hostName: config.node.name,
    clusterName: config.node.clusterName,
  }
}

const textsOf = (output: CompiledOutput, config: CompiledConfig): Pick<LaneDeps, 'texts' | 'closing'> => {
  const bySource = new Map(config.sources.map((s) => [s.name, documentOptions(output, s, config)]))
  const of = (file: TailedFile): DocumentOptions => bySource.get(file.source) as DocumentOptions
  return {
    texts: (file, facts) => documentTexts(file, facts, of(file)),
    closing: (file, facts, ending) => closingDocument(file, facts, ending, of(file)),
  }
}

const defaultStreamOf = (settings: CompiledOutput): { readonly defaultStream?: string } => {
  const defaultStream = requestIndex(settings)
  return defaultStream === undefined ? {} : { defaultStream }
}

const openDeadLetterFiles = ({ buffer, name }: CompiledOutput, { config, events }: LaneContext): DeadLetters => {
  const paths = statePaths(config.stateDir)
  const limits = { output: name, limitBytes: buffer.deadLetterLimitBytes, overflow: buffer.deadLetterOverflow }
  const exclusive = <T>(work: () => T): T => withSqliteLock(paths.deadLettersLock(name), DEAD_LETTERS_WAIT_MS, work)
  return openDeadLetters(paths.deadLetters(name), limits, { filesystem: realFilesystem, events, exclusive })
}

const openQueue = (
  output: Output,
  deadLetters: DeadLetters,
  settings: CompiledOutput,
  context: LaneContext,
  onRoom: () => void,
): ChunkQueue => {
  const { buffer, name } = settings
  const { clock, events, config } = context
  const disk = { filesystem: realFilesystem, events }
  return createQueue(
    {
      maxInFlight: buffer.maxInFlight,
      totalLimitBytes: buffer.totalLimitBytes,
      overflow: buffer.overflowAction,
      ...defaultStreamOf(settings),
      spill: { ...defaultSpillLimits, afterMs: buffer.spillAfterMs },
    },
    {
      output,
      store: openChunkStore(statePaths(config.stateDir).queue(name), name, disk),
      deadLetters,
      events,
      clock,
      backoff: (attempt) => backoff(attempt, buffer.retryInitialIntervalMs, buffer.retryMaxIntervalMs, Math.random()),
      onRoom,
    },
  )
}

const compressionOf = (settings: CompiledOutput): 'none' | 'fast' =>
  settings.kind === 'elasticsearch' && settings.compression === 'fast' ? 'fast' : 'none'

const openEncoder = (settings: CompiledOutput, context: LaneContext): Encoder => {
  const maxRecordBytes = Math.max(LEAST_RECORD_BYTES, ...context.config.sources.map((s) => s.maxRecordBytes))
  const now = (): string => new Date(context.clock.now()).toISOString()
  return createEncoder({
    wasm: context.kernel,
    maxRecordBytes,
    compression: compressionOf(settings),
    slots: SLOTS,
    slotBytes: settings.buffer.chunkLimitBytes + HEADROOM_BYTES,
    now,
  })
}

/** The queue as one of its feeders sees it. */
const queueFor = (queue: ChunkQueue, starved: LaneQueue['starved']): LaneQueue => ({
  push: (chunk) => queue.push(chunk),
  look: () => queue.look(),
  starved,
  full: () => queue.full(),
  holds: (stream) => queue.holds(stream),
})

const openMetricFeed = (settings: CompiledOutput, queue: LaneQueue, events: AgentEvents): MetricFeed =>
  createMetricFeed(
    {
      name: settings.name,
      compression: compressionOf(settings),
      chunkLimitBytes: settings.buffer.chunkLimitBytes,
    },
    { queue, starved: queue.starved, events },
  )

export const openLane = (settings: CompiledOutput, { output, usage }: OpenOutput, context: LaneContext): OpenLane => {
  const { config, clock, events, facts, positions, once } = context
  const waker = createWaker()
  const sources = new Map(config.sources.map((s) => [s.name, s]))
  const deadLetters = openDeadLetterFiles(settings, context)
  const queue = openQueue(output, deadLetters, settings, context, waker.wake)
  const starvation = createStarvation(queue)
  const lane = createLane(
    {
      name: settings.name,
      flushIntervalMs: settings.buffer.flushIntervalMs,
      turnBytes: TURN_BYTES,
      once,
    },
    {
      encoder: openEncoder(settings, context),
      events,
      positions,
      facts,
      wants: (tag) => context.wants(settings.name, tag),
      recordRules: (source) => sources.get(source) as CompiledSource,
      ...textsOf(settings, config),
      queue: queueFor(queue, starvation()),
      now: clock.now,
      nowMonotonicMs: clock.monotonic,
      after: clock.after,
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      waker,
    },
  )
  const metricFeed = openMetricFeed(settings, queueFor(queue, starvation()), events)
  const { totalLimitBytes, deadLetterLimitBytes } = settings.buffer
  return { lane, metricFeed, queue, output, usage, totalLimitBytes, deadLetters, deadLetterLimitBytes }
}
