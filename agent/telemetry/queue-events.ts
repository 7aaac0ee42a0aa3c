import { errorFields } from '../../lib/log/error-fields.ts'
import type { AgentEvents } from '../event.ts'
import type { Recorder } from './recorder.ts'

type QueueEvents = Pick<AgentEvents, 'spilled' | 'recovered' | 'queueFull' | 'dropped' | 'spillFailed'>

export const queueEvents = ({ metrics, log }: Recorder): QueueEvents => ({
  spilled: (output, bytes, documents) => {
    metrics.add('spilledBytes', { output }, bytes)
    metrics.add('spilledDocuments', { output }, documents)
    log('info', 'spilled', 'a chunk was written to the disk queue', { output, bytes, documents })
  },
  recovered: (output, chunks, bytes) => {
    metrics.add('recoveredChunks', { output }, chunks)
    metrics.add('recoveredBytes', { output }, bytes)
    log('info', 'recovered', 'chunks of an earlier run were found in the disk queue', { output, chunks, bytes })
  },
  queueFull: (output, bytes, action) => {
    metrics.add('queueFull', { output, action })
    const message =
      action === 'block'
        ? 'a queue has reached its limit; reading for this output waits'
        : 'a queue has reached its limit; its oldest chunk is dropped'
    log('warn', 'queue_full', message, { output, bytes, action })
  },
  dropped: (output, documents, cause) => {
    metrics.add('droppedDocuments', { output, cause }, documents)
    log('error', 'dropped', 'documents were given up', { output, documents, cause })
  },
  spillFailed: (output, error) => {
    metrics.add('spillFailures', { output })
    log('error', 'spill_failed', 'a chunk could not be written to the disk queue; it stays in memory', {
      output,
      ...errorFields(error),
    })
  },
})
