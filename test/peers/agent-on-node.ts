import fs from 'node:fs'
import { join } from 'node:path'
import { type AgentProcess, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'

/** A node in a folder (`log/containers`, `log/pods`, plain `*.log` files), a stand-in for Elasticsearch, and the real agent between them. */
export interface AgentOnNode {
  readonly folder: string
  /** Where containers write. */
  readonly log: string
  readonly sink: BulkSink
  /** The agent as a user starts it; ended with the test. */
  start(): AgentProcess
  /** What has arrived, in the order of the documents' time and offset. */
  messages(): string[]
}

export interface NodeOptions {
  /** Before the first retry; the longest is five times as much. */
  readonly retryMs?: number
  /** total_limit_size of the output. */
  readonly queueLimit?: string
}

const configOf = (folder: string, url: string, { retryMs = 100, queueLimit = '1GiB' }: NodeOptions): string => `
state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods, ${folder}/docker], poll_interval: 100ms, rescan_interval: 500ms }
  plain: { kind: files, paths: ["${folder}/*.log"], tag: plain, poll_interval: 100ms, rescan_interval: 500ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: ${retryMs}ms, retry_max_interval: ${retryMs * 5}ms, total_limit_size: ${queueLimit} }
server: { listen: "off" }
checkpoint_interval: 200ms
`

interface Placed {
  readonly '@timestamp': string
  readonly message: string
  readonly log: { readonly offset: number }
}

const inOrder = (a: Placed, b: Placed): number =>
  a['@timestamp'] < b['@timestamp'] ? -1 : a['@timestamp'] > b['@timestamp'] ? 1 : a.log.offset - b.log.offset

export const onNode = (options: NodeOptions, body: (node: AgentOnNode) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const agents: AgentProcess[] = []
    for (const name of ['log/containers', 'log/pods', 'docker']) fs.mkdirSync(join(folder, name), { recursive: true })
    const config = writeConfig(folder, configOf(folder, sink.url, options))
    try {
      await body({
        folder,
        log: join(folder, 'log'),
        sink,
        start: () => {
          const agent = startAgent(['--config', config], folder)
          agents.push(agent)
          return agent
        },
        messages: () =>
          [...sink.documents.values()]
            .map((document) => document as unknown as Placed)
            .sort(inOrder)
            .map(({ message }) => message),
      })
    } finally {
      for (const agent of agents) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      await sink.close()
    }
  })
