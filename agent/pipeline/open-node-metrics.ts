import { platform } from 'node:os'
import { realClock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig } from '../config/compile.ts'
import type { MetricFamily } from '../event.ts'
import { buildInfo, type NodeMetricsBuild } from '../metrics/build-info.ts'
import type { Collector, OpenCollector } from '../metrics/collector.ts'
import { COLLECTORS } from '../metrics/collectors.ts'
import type { ContainerFacts } from '../metrics/container-facts.ts'
import { openFilesystem } from '../metrics/filesystem.ts'
import { createHost } from '../metrics/host.ts'
import { openHwmon } from '../metrics/hwmon.ts'
import { joined } from '../metrics/joined.ts'
import { createNodeMetrics, type NodeMetrics } from '../metrics/node-metrics.ts'
import { openTextfile } from '../metrics/textfile.ts'
import { openThermalZone } from '../metrics/thermal-zone.ts'
import { metricsOptions } from './metrics-options.ts'

interface Wanted {
  readonly logger: Logger
  readonly containerFacts: ContainerFacts
  /** By the collectors' names. */
  readonly runs: (name: string) => boolean
  readonly constant: readonly MetricFamily[]
}

/** The page and the sources look with collectors of their own, and all tell the same log: once. */
const toldIn = new WeakMap<Logger, Map<string, string>>()

const toldOf = (logger: Logger): Map<string, string> => {
  const told = toldIn.get(logger) ?? new Map<string, string>()
  toldIn.set(logger, told)
  return told
}

/** What may hang is opened once for all that look with one configuration; it knows nothing of who asks. */
const mayHang = new Map<OpenCollector, WeakMap<CompiledConfig, Collector>>(
  [openFilesystem, openHwmon, openTextfile, openThermalZone].map((open) => [open, new WeakMap()]),
)

const opened = (open: OpenCollector, config: CompiledConfig, fresh: () => Collector): Collector => {
  const shared = mayHang.get(open)
  const collector = shared?.get(config) ?? (shared ? joined(fresh()) : fresh())
  shared?.set(config, collector)
  return collector
}

/** Of these collectors alone. */
export const nodeMetricsOf = (config: CompiledConfig, wanted: Wanted): NodeMetrics => {
  const { procfs, sysfs, rootfs } = config.metrics
  const host = createHost({ procfs, sysfs, rootfs })
  const options = metricsOptions(config, wanted.containerFacts)
  const collectors = COLLECTORS.map((open) => opened(open, config, () => open(host, options))).filter(({ name }) =>
    wanted.runs(name),
  )
  return createNodeMetrics(collectors, {
    nowMonotonicMs: realClock.monotonic,
    after: realClock.after,
    timeoutMs: options.timeoutMs,
    constant: wanted.constant,
    told: toldOf(wanted.logger),
    failed: (collector, error) =>
      wanted.logger.log('warn', 'collector_failed', 'a collector failed; the others go on', {
        collector,
        error: error.message,
      }),
  })
}

export interface NodeMetricsContext {
  readonly build: NodeMetricsBuild
  readonly logger: Logger
  readonly containerFacts: ContainerFacts
  /** Of these collectors only. */
  readonly among?: ReadonlySet<string>
}

/** The node's metrics, as node_exporter names them; undefined where they are not wanted, or this is no Linux. */
export const openNodeMetrics = (
  config: CompiledConfig,
  { build, logger, containerFacts, among }: NodeMetricsContext,
): NodeMetrics | undefined => {
  const { enabled, collectors } = config.metrics
  if (enabled === 'auto' ? platform() !== 'linux' : !enabled) return undefined
  const runs = (name: string): boolean =>
    (among?.has(name) ?? true) &&
    (collectors.only?.some((one) => one === name) ?? true) &&
    !collectors.disable.some((one) => one === name)
  return nodeMetricsOf(config, { logger, containerFacts, runs, constant: [buildInfo(build)] })
}
