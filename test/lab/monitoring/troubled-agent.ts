import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type BulkSink, startBulkSink } from '../../support/bulk-sink.ts'
import { createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { type LabAgent, labAgent } from '../agent/lab-agent.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'

interface Places {
  readonly folder: string
  readonly port: number
  /** Where nobody listens. */
  readonly closedPort: number
}

const configOf = (cluster: Cluster, sink: BulkSink, { folder, port, closedPort }: Places): string => `
state_dir: ${folder}/state
node: { name: node-0 }
sources:
  containers: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods] }
  plain: { kind: files, paths: [${folder}/plain.log], tag: plain }
enrich:
  kubernetes: on
  api_server: https://127.0.0.1:${cluster.port}
  token_file: ${folder}/token
  ca_file: ${cluster.caFile}
outputs:
  search:
    kind: elasticsearch
    match: "kube.**"
    hosts: ["${sink.url}"]
    buffer: { retry_initial_interval: 50ms, retry_max_interval: 200ms }
  away:
    kind: elasticsearch
    match: plain
    hosts: ["http://127.0.0.1:${closedPort}"]
    buffer: { total_limit_size: 2MiB, chunk_limit_size: 256KiB, spill_after: 0, retry_initial_interval: 100ms, retry_max_interval: 500ms }
  drops:
    kind: elasticsearch
    match: plain
    hosts: ["http://127.0.0.1:${closedPort}"]
    buffer: { total_limit_size: 2MiB, chunk_limit_size: 256KiB, spill_after: 0, retry_initial_interval: 100ms, retry_max_interval: 500ms, overflow_action: drop_oldest_chunk }
server: { listen: "127.0.0.1:${port}" }
`

/** Now and then an item is refused for good, told to come again, or there already. */
const capricious = (sink: BulkSink): void => {
  let item = 0
  sink.refuse = () => {
    item += 1
    if (item % 10 === 0) return { status: 400, error: { type: 'document_parsing_exception', reason: 'made up' } }
    if (item % 10 === 3) return { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'made up' } }
    return item % 10 === 5
      ? { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'made up' } }
      : undefined
  }
}

const LINE_EVERY_MS = 50
/** More than `away` takes before it stops reading; it hardly packs. */
const UNREAD_BYTES = 24 * 1024 ** 2

const randomLines = (bytes: number): string => {
  const line = () => Buffer.from(crypto.getRandomValues(new Uint8Array(1500))).toString('base64')
  return `${Array.from({ length: Math.ceil(bytes / 2001) }, line).join('\n')}\n`
}

/** A log that is truncated in place while one output waits: what it had not read is gone. */
const loseBytes = async (agent: LabAgent, file: string): Promise<void> => {
  await eventually('the queue of the output that is away is full', async () => {
    return (await agent.metric('picket_queue_full_total', 'output="away"')) > 0
  })
  fs.truncateSync(file)
  await eventually('lost bytes', async () => (await agent.metric('picket_lost_bytes_total')) > 0)
}

/** A real agent to which everything happens that alerts and dashboards tell of. */
export const startTroubledAgent = async (context: TestContext, cluster: Cluster, places: Places): Promise<void> => {
  const { folder, port } = places
  const sink = await startBulkSink()
  context.after(() => sink.close())
  capricious(sink)
  fs.writeFileSync(join(folder, 'token'), tokens.admin)
  const plain = join(folder, 'plain.log')
  fs.writeFileSync(plain, randomLines(UNREAD_BYTES))
  const writer = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'nginx', '4f7a0f0e-5d3c-4b6f-9b61-0c3f4f7f0001')
  const writing = setInterval(() => writer.line(`line ${Date.now()}`), LINE_EVERY_MS)
  context.after(() => clearInterval(writing))
  const agent = labAgent(context, { folder, config: configOf(cluster, sink, places), port })
  await agent.start()
  await loseBytes(agent, plain)
}
