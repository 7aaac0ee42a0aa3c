import { readFileSync, statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { readVersion } from '../../lib/build/version.ts'
import type { Clock } from '../../lib/io/clock.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { Authentication, CompiledOutput, ElasticsearchOutput, LocalOutput } from '../config/compile.ts'
import type { AgentEvents, Output } from '../event.ts'
import type { Auth, ElasticsearchOptions } from '../output/elasticsearch/options.ts'
import { createElasticsearchOutput } from '../output/elasticsearch/output.ts'
import { createFileOutput } from '../output/file/file.ts'
import { createLocalOutput } from '../output/local/local.ts'
import { createStdoutOutput } from '../output/stdout/stdout.ts'

export interface OutputContext {
  readonly clock: Clock
  readonly events: Pick<AgentEvents, 'stateDamaged'>
  readonly logger: Pick<Logger, 'log'>
  readonly stdout: Writable
  /** Whether an output is sent the node's metrics; absent: none is. */
  readonly takesMetrics?: (output: string) => boolean
}

/** The data stream (or index) that the requests of an output name; documents for another one say so themselves. */
export const requestIndex = (output: CompiledOutput): string | undefined => {
  if (output.kind !== 'elasticsearch') return undefined
  if (output.target.kind === 'index') return output.target.index
  return `logs-${output.target.dataset ?? 'kubernetes.container_logs'}-${output.target.namespace}`
}

const authOf = (authentication: Authentication): Auth => {
  switch (authentication.kind) {
    case 'none':
      return { kind: 'none' }
    case 'api_key':
      return { kind: 'api_key', apiKey: () => authentication.apiKey.reveal() }
    case 'basic':
      return { kind: 'basic', username: authentication.username, password: () => authentication.password.reveal() }
    case 'bearer':
      return { kind: 'bearer', token: () => authentication.token.reveal() }
  }
}

/** As it is now; read only when the file has changed. Throws where it cannot be read. */
const fileText = (path: string | undefined): (() => string) | undefined => {
  if (path === undefined) return undefined
  let seen: { readonly stamp: string; readonly text: string } | undefined
  return () => {
    // Links are followed: Kubernetes replaces a mounted secret by swinging a link to another folder.
    const { ino, size, mtimeMs, ctimeMs } = statSync(path)
    const stamp = `${ino}/${size}/${mtimeMs}/${ctimeMs}`
    if (seen?.stamp !== stamp) seen = { stamp, text: readFileSync(path, 'utf8') }
    return seen.text
  }
}

const proxyOptions = (proxy: ElasticsearchOutput['proxy']): Pick<ElasticsearchOptions, 'proxy'> => {
  if (!proxy) return {}
  const { url, username, password, noProxy } = proxy
  return { proxy: { url, username, password: password && (() => password.reveal()), noProxy } }
}

/** Where its documents may lie: pods choose datasets and namespaces of their own. */
export const auditedIndices = (output: ElasticsearchOutput): string =>
  output.target.kind === 'index' ? output.target.index : 'logs-*-*'

export const elasticsearchOptions = (output: ElasticsearchOutput): ElasticsearchOptions => ({
  name: output.name,
  hosts: output.hosts,
  target: { kind: output.target.kind, name: requestIndex(output) as string },
  auth: authOf(output.authentication),
  tls: {
    ca: fileText(output.caFile),
    certificate: fileText(output.certFile),
    key: fileText(output.keyFile),
    keyPassphrase: output.keyPassphrase && (() => output.keyPassphrase?.reveal() ?? ''),
    verify: !output.insecureSkipVerify,
    caFingerprint: output.caFingerprint,
  },
  ...proxyOptions(output.proxy),
  headers: Object.fromEntries(Object.entries(output.headers).map(([name, value]) => [name, () => value.reveal()])),
  compression: output.compression,
  pipeline: output.pipeline,
  requestTimeoutMs: output.requestTimeoutMs,
  requestsInFlight: output.buffer.maxInFlight,
  manageTemplate: output.manageTemplate,
  requireDataStream: output.requireDataStream,
  version: readVersion(),
})

const metricsNamespace = (
  { name, target }: ElasticsearchOutput,
  { takesMetrics }: OutputContext,
): string | undefined => (target.kind === 'data_stream' && takesMetrics?.(name) ? target.namespace : undefined)

const openElasticsearch = (output: ElasticsearchOutput, context: OutputContext): Output =>
  createElasticsearchOutput(
    { ...elasticsearchOptions(output), metricsNamespace: metricsNamespace(output, context) },
    {
      clock: context.clock,
      onTemplate: (outcome) => context.logger.log('info', 'index_template', outcome.words, { output: output.name }),
    },
  )

/** How full an output is that keeps the documents itself. */
export interface Usage {
  readonly usedBytes: () => number
  readonly limitBytes: number
}

export interface OpenOutput {
  readonly output: Output
  readonly usage: Usage | undefined
}

const openLocal = ({ name, path, maxBytes, maxAgeMs }: LocalOutput, context: OutputContext): OpenOutput => {
  const output = createLocalOutput({ name, path, maxSizeBytes: maxBytes, maxAgeMs }, context)
  return { output, usage: { usedBytes: output.usedBytes, limitBytes: maxBytes } }
}

/** The one place that knows all outputs. */
export const openOutput = (output: CompiledOutput, context: OutputContext): OpenOutput =>
  output.kind === 'local' ? openLocal(output, context) : { output: openPlain(output, context), usage: undefined }

const openPlain = (output: Exclude<CompiledOutput, LocalOutput>, context: OutputContext): Output => {
  switch (output.kind) {
    case 'elasticsearch':
      return openElasticsearch(output, context)
    case 'file':
      return createFileOutput({
        name: output.name,
        path: output.path,
        rotateBytes: output.rotateBytes,
        keep: output.keep,
      })
    case 'stdout':
      return createStdoutOutput({ name: output.name, out: context.stdout })
  }
}
