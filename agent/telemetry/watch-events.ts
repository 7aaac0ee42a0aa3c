import { errorFields } from '../../lib/log/error-fields.ts'
import type { AgentEvents } from '../event.ts'
import type { Recorder } from './recorder.ts'

export const watchEvents = ({ metrics, log }: Recorder): Pick<AgentEvents, 'watchFailed' | 'watchEstablished'> => ({
  watchFailed: (resource, error, retryInMs) => {
    metrics.add('watchFailures', { resource })
    metrics.set('watchUp', { resource }, 0)
    const fields = { resource, retry_in_ms: Math.round(retryInMs), ...errorFields(error) }
    log('warn', 'watch_failed', 'the API server could not be watched; what is known of pods is kept', fields)
  },
  watchEstablished: (resource) => {
    metrics.set('watchUp', { resource }, 1)
    log('info', 'watch_established', 'the API server is being watched', { resource })
  },
})
