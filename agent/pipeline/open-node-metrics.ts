import { platform } from 'node:os'
import { realClock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig } from '../config/compile.ts'
import type { MetricFamily } from '../event.ts'
import { buildInfo, type NodeMetricsBuild } from '../metrics/build-info.ts'
import { COLLECTORS } from '../metrics/collectors.ts'
import { createHost } from '../metrics/host.ts'
import { createNodeMetrics, type NodeMetrics } from '../metrics/node-metrics.ts'
import { metricsOptions } from './metrics-options.ts'

/** Of these collectors alone. */
export const nodeMetricsOf = (
  config: CompiledConfig,
  logger: Logger,
  runs: (name: string) => boolean,
  constant: readonly MetricFamily[] = [],
): NodeMetrics => {
  const { procfs, sysfs, rootfs } = config.metrics
  const host = createHost({ procfs, sysfs, rootfs })
  const options = metricsOptions(config)
  const collectors = COLLECTORS.map((open) => open(host, options)).filter(({ name }) => runs(name))
  return createNodeMetrics(collectors, {
    nowMonotonicMs: realClock.monotonic,
    after: realClock.after,
    timeoutMs: options.timeoutMs,
    constant,
    failed: (collector, error) =>
      logger.log('warn', 'collector_failed', 'a collector failed; the others go on', {
        collector,
        error: error.message,
      }),
  })
}

/** The node's metrics, as node_exporter names them; undefined where they are not wanted, or this is no Linux. */
export const openNodeMetrics = (
  config: CompiledConfig,
  build: NodeMetricsBuild,
  logger: Logger,
): NodeMetrics | undefined => {
  const { enabled, collectors: wanted } = config.metrics
  if (enabled === 'auto' ? platform() !== 'linux' : !enabled) return undefined
  const runs = (name: string): boolean =>
    (wanted.only?.some((one) => one === name) ?? true) && !wanted.disable.some((one) => one === name)
  return nodeMetricsOf(config, logger, runs, [buildInfo(build)])
}
