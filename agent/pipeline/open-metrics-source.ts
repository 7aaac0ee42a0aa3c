import { readVersion } from '../../lib/build/version.ts'
import type { Clock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig, CompiledOutput, MetricsSource } from '../config/compile.ts'
import { type LookFields, type MetricLineOptions, metricItem } from '../document/metric-item.ts'
import type { AgentEvents, MetricSetName } from '../event.ts'
import { metricDocuments } from '../metrics/documents/documents.ts'
import type { Look } from '../metrics/documents/look.ts'
import { createHost } from '../metrics/host.ts'
import { hostFields } from '../metrics/host-fields.ts'
import { runNodeLooks } from '../metrics/node-looks.ts'
import type { OpenLane } from './open-lane.ts'
import { nodeMetricsOf } from './open-node-metrics.ts'

export interface MetricsSourceContext {
  readonly config: CompiledConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly events: Pick<AgentEvents, 'encoded'>
  readonly lanes: readonly OpenLane[]
  readonly wants: (lane: string, tag: string) => boolean
}

/** Who can tell what a set needs. What `metrics` leaves out of the exposition is read all the same where a source asks for it. */
const COLLECTORS_OF: Readonly<Record<MetricSetName, readonly string[]>> = {
  cpu: ['cpu'],
  memory: ['meminfo'],
  load: ['loadavg', 'cpu'],
  filesystem: ['filesystem'],
  diskio: ['diskstats'],
  network: ['netdev'],
}

/** Fields of the schema that they follow. */
const ECS_VERSION = '8.11.0'

const lineOptions = (output: CompiledOutput): MetricLineOptions => {
  const target = output.kind === 'elasticsearch' ? output.target : undefined
  return {
    namespace: target?.kind === 'data_stream' ? target.namespace : 'default',
    plainIndex: target?.kind === 'index' ? target.index : undefined,
    staticFields: output.fields,
  }
}

const commonFields = ({ node, metrics }: CompiledConfig): LookFields['fields'] => ({
  host: hostFields(createHost(metrics), node.name),
  agent: { name: node.name, type: 'picket', version: readVersion() },
  ecs: { version: ECS_VERSION },
  ...(node.clusterName !== undefined && { orchestrator: { cluster: { name: node.clusterName } } }),
})

/** What one output takes of the source. */
const takersOf = (source: MetricsSource, { config, lanes, wants }: MetricsSourceContext) =>
  config.outputs.flatMap((output) => {
    const lane = lanes.find((one) => one.lane.name === output.name)
    const sets = new Set(source.sets.filter((set) => wants(output.name, `metrics.${set}`)))
    return lane && sets.size > 0 ? [{ sets, options: lineOptions(output), feed: lane.metricFeed }] : []
  })

const NOTHING_ODD = { lines: 0, invalidUtf8: 0, truncated: 0, unparsed: 0 }

/** Looks at the node once a period and gives each output the documents of the sets that its `match` takes. */
export const openMetricsSource = (
  source: MetricsSource,
  context: MetricsSourceContext,
): ((signal: AbortSignal) => Promise<void>) => {
  const { clock, config, events, logger } = context
  const takers = takersOf(source, context)
  const sets = source.sets.filter((set) => takers.some((taker) => taker.sets.has(set)))
  const needed = new Set(sets.flatMap((set) => COLLECTORS_OF[set]))
  const fields = commonFields(config)

  const looked = (now: Look, before: Look | undefined): void => {
    const nowMs = clock.now()
    const documents = metricDocuments(sets, now, before)
    const look = { time: new Date(nowMs).toISOString(), periodMs: source.periodMs, fields }
    for (const { sets: taken, options, feed } of takers) {
      const items = documents.filter(({ set }) => taken.has(set)).map((document) => metricItem(document, look, options))
      events.encoded(source.name, 0, { ...NOTHING_ODD, documents: items.length })
      feed.push(items, nowMs)
    }
  }
  return async (signal) => {
    if (takers.length === 0) return
    const { collect } = nodeMetricsOf(config, {
      logger,
      containerFacts: () => () => undefined,
      runs: (name) => needed.has(name),
      constant: [],
    })
    const deps = { collect, nowMonotonicMs: clock.monotonic, sleep: clock.sleep, looked }
    await runNodeLooks(source.periodMs, deps, signal)
  }
}
