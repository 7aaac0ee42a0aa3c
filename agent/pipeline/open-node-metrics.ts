import { platform } from 'node:os'
import { realClock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig } from '../config/compile.ts'
import { buildInfo, type NodeMetricsBuild } from '../metrics/build-info.ts'
import { COLLECTORS } from '../metrics/collectors.ts'
import { createHost } from '../metrics/host.ts'
import { createNodeMetrics, type NodeMetrics } from '../metrics/node-metrics.ts'
import { metricsOptions } from './metrics-options.ts'

/** The node's metrics, as node_exporter names them; undefined where they are not wanted, or this is no Linux. `among`: of these collectors only. */
export const openNodeMetrics = (
  config: CompiledConfig,
  build: NodeMetricsBuild,
  logger: Logger,
  among?: ReadonlySet<string>,
): NodeMetrics | undefined => {
  const { enabled, collectors: wanted, procfs, sysfs, rootfs } = config.metrics
  if (enabled === 'auto' ? platform() !== 'linux' : !enabled) return undefined
  const host = createHost({ procfs, sysfs, rootfs })
  const options = metricsOptions(config)
  const runs = (name: string): boolean =>
    (among?.has(name) ?? true) &&
    (wanted.only?.some((one) => one === name) ?? true) &&
    !wanted.disable.some((one) => one === name)
  const collectors = COLLECTORS.map((open) => open(host, options)).filter(({ name }) => runs(name))
  return createNodeMetrics(collectors, {
    nowMonotonicMs: realClock.monotonic,
    after: realClock.after,
    timeoutMs: options.timeoutMs,
    constant: [buildInfo(build)],
    failed: (collector, error) =>
      logger.log('warn', 'collector_failed', 'a collector failed; the others go on', {
        collector,
        error: error.message,
      }),
  })
}
