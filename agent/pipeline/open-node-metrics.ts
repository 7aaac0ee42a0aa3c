import { realClock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig } from '../config/compile.ts'
import { COLLECTORS } from '../metrics/collectors.ts'
import { createHost } from '../metrics/host.ts'
import { createNodeMetrics, type NodeMetrics } from '../metrics/node-metrics.ts'

/** The node's metrics, as node_exporter names them; of the collectors that are wanted. */
export const openNodeMetrics = (
  config: CompiledConfig,
  logger: Logger,
  wanted: (collector: string) => boolean = () => true,
): NodeMetrics => {
  const host = createHost({ procfs: '/proc', sysfs: '/sys', rootfs: '/' })
  const options = { timeoutMs: 5_000, nodeName: config.node.name }
  return createNodeMetrics(
    COLLECTORS.map((open) => open(host, options)).filter(({ name }) => wanted(name)),
    {
      nowMonotonicMs: realClock.monotonic,
      after: realClock.after,
      timeoutMs: options.timeoutMs,
      failed: (collector, error) =>
        logger.log('warn', 'collector', 'a collector failed; the others go on', { collector, error: error.message }),
    },
  )
}
