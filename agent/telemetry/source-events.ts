import { errorFields } from '../../lib/log/error-fields.ts'
import type { Fields } from '../../lib/log/logger.ts'
import type { AgentEvents, Origin } from '../event.ts'
import type { Recorder } from './recorder.ts'

type SourceEvents = Pick<
  AgentEvents,
  | 'fileFound'
  | 'fileRotated'
  | 'fileFinished'
  | 'fileRefused'
  | 'pathMissing'
  | 'pathAppeared'
  | 'logsWaiting'
  | 'logsTakenUp'
  | 'bytesLost'
  | 'discoveryFailed'
  | 'readFailed'
  | 'readResumed'
  | 'checkpointSaved'
  | 'checkpointFailed'
  | 'stateDamaged'
>

const originFields = (origin: Origin): Fields =>
  origin.kind === 'plain'
    ? {}
    : { namespace: origin.namespace, pod: origin.pod, container: origin.container, restart: origin.restart }

const fileEvents = ({ metrics, log }: Recorder): Pick<SourceEvents, 'fileFound' | 'fileRotated' | 'fileFinished'> => ({
  // A node with a crash loop opens files all day: worth a line only to somebody who is looking.
  fileFound: ({ source, path, size, format }, startOffset) => {
    metrics.add('filesFound', { source })
    log('debug', 'file_found', 'a file is being read', { source, path, format, size, start_offset: startOffset })
  },
  fileRotated: (source, path) => {
    metrics.add('filesRotated', { source })
    log('debug', 'file_rotated', 'a file was rotated', { source, path })
  },
  fileFinished: ({ source, path, size }) => {
    metrics.add('filesFinished', { source })
    log('debug', 'file_finished', 'a file was read to its end', { source, path, size })
  },
})

const pathEvents = ({ log }: Recorder): Pick<SourceEvents, 'pathMissing' | 'pathAppeared'> => ({
  pathMissing: (source, path, reason) => {
    log(
      'warn',
      'path_missing',
      'nothing is read from this path, for nothing is there yet; it is looked for again at every rescan_interval',
      { source, path, reason },
    )
  },
  pathAppeared: (source, path) => {
    log('info', 'path_appeared', 'there is something to read at this path now', { source, path })
  },
})

const admissionEvents = ({ log }: Recorder): Pick<SourceEvents, 'logsWaiting' | 'logsTakenUp'> => ({
  logsWaiting: (source, logs, limit) => {
    log(
      'warn',
      'logs_waiting',
      'there are more files than are followed at a time; further logs wait on the disk until others are done with',
      { source, logs, max_followed_files: limit },
    )
  },
  logsTakenUp: (source, afterMs) => {
    log('info', 'logs_taken_up', 'no log waits any more', { source, after_ms: afterMs })
  },
})

const readEvents = ({ metrics, log }: Recorder): Pick<SourceEvents, 'readFailed' | 'readResumed'> => ({
  readFailed: (source, path, origin, error, attempt, retryInMs) => {
    metrics.add('readFailures', { source })
    log('warn', 'read_failed', 'a file cannot be read for now; nothing of it is given up, it is tried again', {
      source,
      path,
      ...originFields(origin),
      ...errorFields(error),
      attempt,
      retry_in_ms: retryInMs,
    })
  },
  readResumed: (source, path, afterMs) => {
    log('info', 'read_resumed', 'a file can be read again', { source, path, after_ms: afterMs })
  },
})

export const sourceEvents = (recorder: Recorder): SourceEvents => {
  const { metrics, log } = recorder
  return {
    ...fileEvents(recorder),
    ...readEvents(recorder),
    ...pathEvents(recorder),
    ...admissionEvents(recorder),
    fileRefused: (source, path, reason) => {
      metrics.add('filesRefused', { source })
      log('warn', 'file_refused', 'a path is not read', { source, path, reason })
    },
    bytesLost: (source, path, origin, bytes, cause) => {
      metrics.add('lostBytes', { source, cause }, bytes)
      log('warn', 'bytes_lost', 'log data was destroyed before it could be read', {
        source,
        path,
        ...originFields(origin),
        bytes,
        cause,
      })
    },
    discoveryFailed: (source, path, error) => {
      metrics.add('discoveryFailures', { source })
      log('warn', 'discovery_failed', 'a folder could not be listed or watched', {
        source,
        path,
        ...errorFields(error),
      })
    },
    checkpointSaved: (entries, tookMs) => {
      metrics.add('checkpoints', {})
      metrics.set('checkpointEntries', {}, entries)
      metrics.observe('checkpointDuration', {}, tookMs / 1000)
    },
    checkpointFailed: (error) => {
      metrics.add('checkpointFailures', {})
      log('error', 'checkpoint_failed', 'the checkpoint could not be saved', errorFields(error))
    },
    stateDamaged: (path, detail) => {
      metrics.add('stateDamages', {})
      log('error', 'state_damaged', 'a part of the state folder is damaged and was set aside', { path, detail })
    },
  }
}
