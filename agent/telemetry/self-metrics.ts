/** What a self-metric is. The table below is their only definition; the registry and docs/self-metrics.md are made from it. */
export interface MetricDefinition {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'info' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

const counter = (name: string, labels: readonly string[], help: string) =>
  ({ name, kind: 'counter', help, labels }) as const
const gauge = (name: string, labels: readonly string[], help: string) =>
  ({ name, kind: 'gauge', help, labels }) as const
const histogram = (name: string, labels: readonly string[], buckets: readonly number[], help: string) =>
  ({ name, kind: 'histogram', help, labels, buckets }) as const

const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
// Fine around the promise of 2 s; far beyond a minute because an outage of hours must still be told from one of minutes.
const VERDICT_BUCKETS = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 5, 10, 30, 60, 300, 1800, 7200]
const CHECKPOINT_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]

export const SELF_METRICS = {
  buildInfo: {
    name: 'picket_build_info',
    kind: 'info',
    help: 'Always 1; the labels say which build runs, and on which version of Node.',
    labels: ['version', 'revision', 'node_version'],
  },

  readBytes: counter(
    'picket_read_bytes_total',
    ['source'],
    'Bytes of log that were read and encoded, once per output.',
  ),
  readLines: counter(
    'picket_read_lines_total',
    ['source'],
    'Physical lines that were read and encoded, once per output.',
  ),
  encodedDocuments: counter('picket_encoded_documents_total', ['source'], 'Documents made of those lines.'),
  invalidUtf8Lines: counter(
    'picket_invalid_utf8_lines_total',
    ['source'],
    'Lines with bytes that are not UTF-8; shipped with U+FFFD in their place.',
  ),
  unparsedLines: counter(
    'picket_unparsed_lines_total',
    ['source'],
    'Lines that are not in the format of their file; shipped whole and flagged.',
  ),
  truncatedRecords: counter(
    'picket_truncated_records_total',
    ['source'],
    'Records that were cut to the size limit and flagged.',
  ),
  lostBytes: counter(
    'picket_lost_bytes_total',
    ['source', 'cause'],
    'Bytes that the world destroyed before they could be read; the log says of which container.',
  ),

  filesFound: counter('picket_files_found_total', ['source'], 'Files (generations of a log) that were taken up.'),
  filesRotated: counter('picket_files_rotated_total', ['source'], 'Rotations seen.'),
  filesFinished: counter('picket_files_finished_total', ['source'], 'Files that were read to their end and let go.'),
  filesRefused: counter(
    'picket_files_refused_total',
    ['source'],
    'Paths that were not read for a reason that the log gives.',
  ),
  discoveryFailures: counter(
    'picket_discovery_failures_total',
    ['source'],
    'Failed attempts to list or watch a folder.',
  ),
  readFailures: counter(
    'picket_read_failures_total',
    ['source'],
    'Failed tries to read a known file; it is tried again.',
  ),
  trackedFiles: gauge('picket_tracked_files', ['source'], 'Files that are being followed.'),
  openFiles: gauge('picket_open_files', ['source'], 'Files of which a handle is open.'),
  waitingLogs: gauge(
    'picket_waiting_logs',
    ['source'],
    'Logs that are not followed yet, for max_followed_files others are. They wait on the disk.',
  ),
  unreadableFiles: gauge('picket_unreadable_files', ['source'], 'Files that cannot be read for now.'),
  deletedHeldBytes: gauge(
    'picket_deleted_held_bytes',
    ['source'],
    'Disk space of deleted files that are held open until they are read; deleted_keep_size bounds it.',
  ),
  deletedUnsettledBytes: gauge(
    'picket_deleted_unsettled_bytes',
    ['source'],
    'Bytes of deleted files that are neither delivered nor in the disk queue: nobody else has them.',
  ),
  lagBytes: gauge(
    'picket_lag_bytes',
    ['source', 'output'],
    'Bytes on disk that this output has not had its verdict on.',
  ),
  lagSeconds: gauge(
    'picket_lag_seconds',
    ['output'],
    'Age of the oldest line in this output’s queue, in memory or on disk; 0 where the queue is empty. A chunk has lines of several sources.',
  ),

  checkpoints: counter('picket_checkpoints_total', [], 'Checkpoints saved.'),
  checkpointFailures: counter('picket_checkpoint_failures_total', [], 'Checkpoints that could not be saved.'),
  checkpointEntries: gauge('picket_checkpoint_entries', [], 'Files in the last checkpoint.'),
  checkpointAge: gauge(
    'picket_checkpoint_age_seconds',
    [],
    'Time since the last checkpoint was saved or found to be still true.',
  ),
  checkpointDuration: histogram(
    'picket_checkpoint_duration_seconds',
    [],
    CHECKPOINT_BUCKETS,
    'Time that saving a checkpoint took.',
  ),
  stateDamages: counter(
    'picket_state_damages_total',
    [],
    'Damaged parts of the state folder that were met and set aside.',
  ),

  chunksSealed: counter(
    'picket_chunks_sealed_total',
    ['output', 'reason'],
    'Chunks that were finished, by what finished them.',
  ),
  queueChunks: gauge('picket_queue_chunks', ['output', 'state'], 'Chunks on their way, by state.'),
  queueBytes: gauge('picket_queue_bytes', ['output', 'state'], 'Bytes of those chunks in their wire form.'),
  queueLimitBytes: gauge('picket_queue_limit_bytes', ['output'], 'The limit of the queue, total_limit_size.'),
  queueFull: counter(
    'picket_queue_full_total',
    ['output', 'action'],
    'Times that a queue reached its limit, and what was done.',
  ),
  spilledBytes: counter('picket_spilled_bytes_total', ['output'], 'Bytes that were written to the disk queue.'),
  spilledDocuments: counter(
    'picket_spilled_documents_total',
    ['output'],
    'Documents that were written to the disk queue.',
  ),
  spillFailures: counter(
    'picket_spill_failures_total',
    ['output'],
    'Failed writes to the disk queue; the chunk stays in memory.',
  ),
  recoveredChunks: counter(
    'picket_recovered_chunks_total',
    ['output'],
    'Chunks that were found in the disk queue at the start.',
  ),
  recoveredBytes: counter('picket_recovered_bytes_total', ['output'], 'Bytes of those chunks.'),

  requests: counter(
    'picket_requests_total',
    ['output', 'outcome'],
    'Requests by outcome: items (a verdict on each), again (nothing taken), split (too large).',
  ),
  requestDuration: histogram(
    'picket_request_duration_seconds',
    ['output'],
    REQUEST_BUCKETS,
    'Time from the first byte of a request to the last of its answer.',
  ),
  sentBytes: counter('picket_sent_bytes_total', ['output'], 'Bytes of request bodies as they went over the wire.'),
  sentPlainBytes: counter('picket_sent_plain_bytes_total', ['output'], 'Bytes of those bodies before compression.'),
  deliveredDocuments: counter('picket_delivered_documents_total', ['output'], 'Documents that the output has taken.'),
  duplicateDocuments: counter(
    'picket_duplicate_documents_total',
    ['output'],
    'Documents that were there already (409): an earlier try had succeeded.',
  ),
  failureStoreDocuments: counter(
    'picket_failure_store_documents_total',
    ['output'],
    'Documents that Elasticsearch put into the failure store of their data stream.',
  ),
  retriedDocuments: counter(
    'picket_retried_documents_total',
    ['output'],
    'Documents to be sent again after a 429, a 5xx or a failed request.',
  ),
  rejectedDocuments: counter(
    'picket_rejected_documents_total',
    ['output'],
    'Documents that the output will never take.',
  ),
  deadLetters: counter(
    'picket_dead_lettered_documents_total',
    ['output'],
    'Rejected documents that were kept in the dead-letter file.',
  ),
  deadLettersDropped: counter(
    'picket_dead_letters_dropped_total',
    ['output'],
    'Documents that were pushed out of the dead-letter file by its limit.',
  ),
  deadLetterBytes: gauge('picket_dead_letter_bytes', ['output'], 'Bytes of the dead-letter files that are there now.'),
  deadLetterLimitBytes: gauge(
    'picket_dead_letter_limit_bytes',
    ['output'],
    'The limit of the dead-letter files, dead_letter_limit_size.',
  ),
  droppedDocuments: counter(
    'picket_dropped_documents_total',
    ['output', 'cause'],
    'Documents given up: by overflow_action: drop_oldest_chunk, or of the node’s metrics where the queue is full (queue_full), no memory is free (no_memory) or their data stream is held and uses half of the queue (stream_held).',
  ),
  writeToVerdict: histogram(
    'picket_write_to_verdict_seconds',
    ['output'],
    VERDICT_BUCKETS,
    'Time from the write of the oldest line of a chunk to the verdict on the chunk, counted once per document.',
  ),
  held: gauge(
    'picket_output_held',
    ['output'],
    '1 while the output, or a data stream of it, takes nothing and is being tried again; the log and /readyz say why.',
  ),
  heldStreams: gauge(
    'picket_output_held_streams',
    ['output'],
    'Data streams of the output that take nothing while others do; the log and /readyz name them.',
  ),
  holds: counter('picket_output_holds_total', ['output'], 'Waits before another try.'),

  storeUsedBytes: gauge(
    'picket_store_used_bytes',
    ['output'],
    'Bytes in use of the embedded store; 0 until it is opened for its first records.',
  ),
  storeLimitBytes: gauge('picket_store_limit_bytes', ['output'], 'The limit of the embedded store, max_size.'),

  knownPods: gauge('picket_known_pods', [], 'Pods whose facts are in memory, those that are gone for a while too.'),
  evictedPods: counter(
    'picket_evicted_pods_total',
    [],
    'Pods that were forgotten because more were there than are kept.',
  ),
  watchBlind: gauge('picket_watch_blind_seconds', [], 'For how long the watch on pods has not stood; 0 while it does.'),
  watchFailures: counter(
    'picket_watch_failures_total',
    ['resource'],
    'Failed list or watch requests to the API server.',
  ),
  watchUp: gauge('picket_watch_up', ['resource'], '1 while the watch stands, 0 while it is being re-established.'),

  logLines: counter('picket_log_lines_total', ['level'], 'Lines offered to the agent’s own log, before rate limiting.'),
  lostLogLines: counter(
    'picket_log_lost_lines_total',
    [],
    'Lines of the agent’s own log that stderr did not take: its pipe was full or its reader gone.',
  ),
  loopDelay: gauge(
    'picket_event_loop_delay_seconds',
    [],
    'Longest delay of a timer that runs every second, within the last minute.',
  ),
  statsFailures: counter('picket_stats_failures_total', ['part'], 'Parts that failed to report at a scrape.'),

  cpuSeconds: counter('process_cpu_seconds_total', [], 'User and system CPU time spent.'),
  residentBytes: gauge('process_resident_memory_bytes', [], 'Resident memory.'),
  anonymousBytes: gauge(
    'picket_resident_anonymous_bytes',
    [],
    'The part of resident memory that is not a mapped file.',
  ),
  virtualBytes: gauge('process_virtual_memory_bytes', [], 'Virtual memory.'),
  maxVirtualBytes: gauge('process_virtual_memory_max_bytes', [], 'Limit of virtual memory; 2⁶⁴ where there is none.'),
  receivedBytes: counter(
    'process_network_receive_bytes_total',
    [],
    'Bytes that came into the network namespace of the process: the pod, or the node.',
  ),
  transmittedBytes: counter(
    'process_network_transmit_bytes_total',
    [],
    'Bytes that left the network namespace of the process.',
  ),
  openFds: gauge('process_open_fds', [], 'Open file descriptors.'),
  maxFds: gauge('process_max_fds', [], 'Limit of open file descriptors.'),
  startTime: gauge('process_start_time_seconds', [], 'Start of the process since the epoch.'),
} as const satisfies Record<string, MetricDefinition>

export type SelfMetricKey = keyof typeof SELF_METRICS
