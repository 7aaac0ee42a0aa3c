import { join } from 'node:path'

/**
 * Times are shorter than their defaults, so that minutes hold what takes a day; the queue is small, so that outages reach the log
 * files; pieces of a record are waited for however long files wait (a record flushed early would be cut, rightly so).
 */
export const agentConfig = (folder: string, stateDir: string, sinkPort: number, metricsPort: number): string =>
  `state_dir: ${stateDir}
sources:
  containers:
    kind: containers
    path: ${join(folder, 'log/containers')}
    allowed_roots: [${join(folder, 'log/pods')}]
    rescan_interval: 2s
    poll_interval: 500ms
    rotate_wait: 2s
    partial_flush: 1h
outputs:
  sink:
    kind: elasticsearch
    match: "**"
    hosts: ["http://127.0.0.1:${sinkPort}"]
    request_timeout: 3s
    buffer: { total_limit_size: 64MiB, retry_initial_interval: 100ms, retry_max_interval: 2s, spill_after: 1s }
server: { listen: "127.0.0.1:${metricsPort}" }
checkpoint_interval: 1s
shutdown_grace: 3s
`
