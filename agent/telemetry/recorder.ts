import type { Fields, Level, Logger } from '../../lib/log/logger.ts'
import type { MetricSet } from './metric-set.ts'

/** What an event's function needs: it counts and it logs, together. */
export interface Recorder {
  readonly metrics: MetricSet
  log(level: Level, kind: string, message: string, fields?: Fields): void
}

export const createRecorder = (metrics: MetricSet, logger: Logger): Recorder => ({
  metrics,
  log: (level, kind, message, fields) => {
    metrics.add('logLines', { level })
    logger.log(level, kind, message, fields)
  },
})
