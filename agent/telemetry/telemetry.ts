import type { Clock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { AgentEvents, MetricFamily } from '../event.ts'
import { collectStats } from './collect-stats.ts'
import { deliveryEvents } from './delivery-events.ts'
import { createDeliveryTally, type Delivery } from './delivery-tally.ts'
import { CONTENT_TYPES, type ExpositionFormat, exposition } from './exposition.ts'
import { createHeldOutputs, type HeldOutput } from './held-outputs.ts'
import { createLoopDelay } from './loop-delay.ts'
import { createMetricSet } from './metric-set.ts'
import { negotiate } from './negotiate.ts'
import { createProcessMetrics, type ProcReader } from './process-metrics.ts'
import { queueEvents } from './queue-events.ts'
import { createRecorder } from './recorder.ts'
import { sourceEvents } from './source-events.ts'
import type { Stats } from './stats.ts'
import { watchEvents } from './watch-events.ts'
import { withoutRepeats } from './without-repeats.ts'

export interface Build {
  readonly version: string
  /** Empty where the build does not know it. */
  readonly revision: string
  readonly node: string
}

export interface TelemetryDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly build: Build
  /** undefined off Linux: no process_* metrics then. */
  readonly proc: ProcReader | undefined
}

export interface Exposition {
  readonly contentType: string
  readonly body: string
}

export interface Telemetry {
  readonly events: AgentEvents
  /** `read` is called at every scrape; it must be quick and must not wait. The last one of a name counts. */
  registerStats(name: string, read: () => Stats): void
  /** Families that are made anew at every scrape (the node's metrics), written after our own; names must not repeat. */
  registerFamilies(read: () => Promise<readonly MetricFamily[]>): void
  /** The whole body of a scrape, in the format that the Accept header asks for. */
  expose(accept: string | undefined): Promise<Exposition>
  /** Outputs that take nothing at this moment. */
  held(): HeldOutput[]
  /** What each output has done since the start. */
  deliveries(): Delivery[]
  /** Measures the loop's delay until the signal ends it. */
  run(signal: AbortSignal): Promise<void>
}

const REPEATED = 'two parts tell of the same metric; the first one counts'

/** The one place where internal events become counters and log lines (design law 8), and where they are exposed. */
export const createTelemetry = ({ clock, logger, build, proc }: TelemetryDeps): Telemetry => {
  const metrics = createMetricSet()
  const recorder = createRecorder(metrics, logger)
  const heldOutputs = createHeldOutputs(clock)
  const tally = createDeliveryTally(clock)
  const loopDelay = createLoopDelay(clock)
  const parts = new Map<string, () => Stats>()
  if (proc) parts.set('process', createProcessMetrics(proc, metrics))
  const families: (() => Promise<readonly MetricFamily[]>)[] = []
  // Not `node`: that is what Prometheus' own relabelling calls the machine.
  metrics.set('buildInfo', { version: build.version, revision: build.revision, node_version: build.node }, 1)

  const collect = async (): Promise<readonly MetricFamily[]> => {
    collectStats(metrics, parts)
    metrics.set('loopDelay', {}, loopDelay.longestMs() / 1000)
    const others = await Promise.all(families.map((read) => read()))
    const { kept, repeated } = withoutRepeats([...(await metrics.families()), ...others.flat()])
    for (const { name } of repeated) recorder.log('warn', 'family_repeated', REPEATED, { name })
    return kept
  }
  const render = async (format: ExpositionFormat): Promise<Exposition> => ({
    contentType: CONTENT_TYPES[format],
    body: exposition(await collect(), format),
  })
  // Whoever asks while a scrape is under way (a second Prometheus, an impatient one) is given the same.
  const underWay = new Map<ExpositionFormat, Promise<Exposition>>()
  const expose = (accept: string | undefined): Promise<Exposition> => {
    const format = negotiate(accept)
    const shared = underWay.get(format) ?? render(format).finally(() => underWay.delete(format))
    underWay.set(format, shared)
    return shared
  }

  return {
    events: {
      ...sourceEvents(recorder),
      ...deliveryEvents(recorder, heldOutputs, tally.events),
      ...queueEvents(recorder),
      ...watchEvents(recorder),
    },
    registerStats: (name, read) => void parts.set(name, read),
    registerFamilies: (read) => void families.push(read),
    expose,
    held: heldOutputs.list,
    deliveries: tally.list,
    run: loopDelay.run,
  }
}
