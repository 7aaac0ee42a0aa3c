import type { Outcome } from '../../../agent/event.ts'
import type { ElasticsearchOptions } from '../../../agent/output/elasticsearch/options.ts'
import { createElasticsearchOutput, type ElasticsearchOutput } from '../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../lib/io/clock.ts'
import type { RunningServer } from './start.ts'

export interface LabOutput extends ElasticsearchOutput {
  readonly told: string[]
}

/** The agent's output against this server, plain unless said otherwise. */
export const labOutput = (
  server: RunningServer,
  stream: string,
  changes: Partial<ElasticsearchOptions> = {},
): LabOutput => {
  const told: string[] = []
  const { ca, client } = server
  const options: ElasticsearchOptions = {
    name: 'lab',
    hosts: [server.url],
    target: { kind: 'data_stream', name: stream },
    auth: { kind: 'none' },
    tls: {
      ca: ca === undefined ? undefined : () => ca,
      caFingerprint: undefined,
      certificate: client && (() => client.certificate),
      key: client && (() => client.key),
      keyPassphrase: undefined,
      verify: true,
    },
    headers: {},
    compression: 'none',
    pipeline: undefined,
    requestTimeoutMs: 20_000,
    requestsInFlight: 2,
    manageTemplate: 'auto',
    requireDataStream: 'auto',
    version: 'lab',
    ...changes,
  }
  const output = createElasticsearchOutput(options, {
    clock: realClock,
    onTemplate: ({ kind, words }) => told.push(`${kind}: ${words}`),
  })
  return { ...output, told }
}

export const items = (counts: Partial<Extract<Outcome, { kind: 'items' }>>): Outcome => ({
  kind: 'items',
  created: 0,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
  ...counts,
})
