import { resolve } from 'node:path/posix'
import { type DurationText, parseDuration } from '../../lib/words/duration.ts'
import { parseCloudId } from './cloud-id.ts'
import type { Environment } from './interpolate.ts'
import { type Config, rootSchema } from './schema.ts'
import { kindOf, mapOf, type SchemaNode } from './schema-node.ts'
import type { Secret } from './secret.ts'
import { parseSize, type SizeText } from './size.ts'

type Camel<K extends string> = K extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : K
type SizeKey<K extends string> = K extends `${infer A}_size` ? `${Camel<A>}Bytes` : `${Camel<K>}Bytes`

type CompiledKey<K, V> = K extends string
  ? NonNullable<V> extends DurationText
    ? `${Camel<K>}Ms`
    : NonNullable<V> extends SizeText
      ? SizeKey<K>
      : Camel<K>
  : K

/** `request_timeout: '30s'` → `requestTimeoutMs: 30000`; `total_limit_size: '1GiB'` → `totalLimitBytes`; other keys in camelCase. */
type Compiled<T> = T extends DurationText | SizeText
  ? number
  : T extends string | number | boolean | Secret | undefined
    ? T
    : T extends readonly (infer E)[]
      ? readonly Compiled<E>[]
      : string extends keyof T
        ? { readonly [name: string]: Compiled<T[string]> }
        : { readonly [K in keyof T as CompiledKey<K, T[K]>]: Compiled<T[K]> }

type Sharp<T, Key extends string> = T extends unknown ? Omit<T, Key> : never
type Raw = Compiled<Config>
type RawSource = Raw['sources'][string]
type RawLogSource = Exclude<RawSource, { kind: 'metrics' }>
type RawOutput = Raw['outputs'][string]
type Named<T> = T extends unknown ? T & { readonly name: string } : never

export type ContainersSource = Named<Extract<RawSource, { kind: 'containers' }>> & { readonly dataset: string }
export type FilesSource = Named<Sharp<Extract<RawSource, { kind: 'files' }>, 'allowedRoots'>> & {
  /** undefined: below the part of each glob that has no wildcard. */
  readonly allowedRoots: readonly string[] | undefined
  readonly dataset: string
  readonly tag: string
}
/** What is read from files. */
export type CompiledSource = ContainersSource | FilesSource
export type MetricsSource = Named<Extract<RawSource, { kind: 'metrics' }>>

export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'api_key'; readonly apiKey: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }

/** Where documents go. `dataset` undefined: what the pod or the source says. */
export type Target =
  | { readonly kind: 'data_stream'; readonly dataset: string | undefined; readonly namespace: string }
  | { readonly kind: 'index'; readonly index: string }

type Login = 'apiKey' | 'username' | 'password' | 'bearerToken'
type Way = 'hosts' | 'cloudId' | 'proxy' | 'proxyUsername' | 'proxyPassword' | 'noProxy'
type RawElasticsearch = Extract<RawOutput, { kind: 'elasticsearch' }>

export interface CompiledProxy {
  readonly url: string
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly noProxy: readonly string[]
}

export type ElasticsearchOutput = Named<Sharp<RawElasticsearch, Login | Way | 'dataStream' | 'index'>> & {
  readonly hosts: readonly string[]
  readonly proxy: CompiledProxy | undefined
  readonly authentication: Authentication
  readonly target: Target
}
export type LocalOutput = Named<Extract<RawOutput, { kind: 'local' }>> & { readonly path: string }
export type FileOutput = Named<Extract<RawOutput, { kind: 'file' }>>
export type StdoutOutput = Named<Extract<RawOutput, { kind: 'stdout' }>>
export type CompiledOutput = ElasticsearchOutput | LocalOutput | FileOutput | StdoutOutput

export type CompiledEnrich =
  | { readonly kind: 'off' }
  | ({ readonly kind: 'on'; readonly apiServer: string } & Omit<Raw['enrich'], 'kubernetes' | 'apiServer'>)

export interface CompiledServer {
  /** host:port, [IPv6]:port, :port, or off. */
  readonly listen: string
  /** Of the node page, in the same forms. */
  readonly page: string
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly token: Secret | undefined
}

export interface CompiledConfig {
  readonly stateDir: string
  readonly node: { readonly name: string; readonly clusterName: string | undefined }
  readonly sources: readonly CompiledSource[]
  readonly metricsSources: readonly MetricsSource[]
  readonly enrich: CompiledEnrich
  readonly outputs: readonly CompiledOutput[]
  readonly metrics: Raw['metrics']
  readonly server: CompiledServer
  readonly log: Raw['log']
  readonly shutdownGraceMs: number
  readonly checkpointIntervalMs: number
}

/** What only the machine knows. */
export interface Machine {
  readonly environment: Environment
  readonly hostname: string
  /** Where relative paths start; absolute. */
  readonly workingDirectory: string
}

/** A checked configuration in the units that the agent works with, with what depends on the machine filled in. Pure. */
export const compileConfig = (config: Config, machine: Machine): CompiledConfig => {
  const raw = convert(rootSchema, config) as Raw
  return {
    ...raw,
    node: {
      name: raw.node.name ?? (machine.environment.NODE_NAME || machine.hostname),
      clusterName: raw.node.clusterName,
    },
    sources: Object.entries(raw.sources).flatMap(([name, source]) =>
      source.kind === 'metrics' ? [] : [compileSource(name, source, machine.workingDirectory)],
    ),
    metricsSources: Object.entries(raw.sources).flatMap(([name, source]) =>
      source.kind === 'metrics' ? [{ ...source, name }] : [],
    ),
    enrich: compileEnrich(raw.enrich, machine.environment),
    outputs: Object.entries(raw.outputs).map(([name, output]) => compileOutput(name, output, raw.stateDir)),
    metrics: compileMetrics(raw.metrics, machine.workingDirectory),
    server: compileServer(raw.server),
  }
}

const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const compiledKey = (key: string, unit: SchemaNode['unit']): string => {
  if (unit === 'duration') return `${camel(key)}Ms`
  return unit === 'size' ? `${camel(key.replace(/_size$/, ''))}Bytes` : camel(key)
}

/** Follows the schema, so that a new option needs no code here. */
const convert = (schema: SchemaNode, value: unknown): unknown => {
  if (value === undefined) return undefined
  if (schema.unit === 'duration') return parseDuration(value as string)
  if (schema.unit === 'size') return parseSize(value as string)
  const entries = Object.entries(value as Record<string, unknown>)
  if (schema.anyOf)
    return convert(schema.anyOf.find((v) => kindOf(v) === (value as { kind: string }).kind) ?? {}, value)
  if (schema.properties) {
    const properties = schema.properties
    return Object.fromEntries(
      entries.map(([key, v]) => [compiledKey(key, properties[key]?.unit), convert(properties[key] ?? {}, v)]),
    )
  }
  const values = mapOf(schema)?.[1]
  return values ? Object.fromEntries(entries.map(([key, v]) => [key, convert(values, v)])) : value
}

const compileSource = (name: string, source: RawLogSource, from: string): CompiledSource => {
  const absolute = (paths: readonly string[]): string[] => paths.map((path) => resolve(from, path))
  if (source.kind === 'containers') {
    const dataset = source.dataset ?? 'kubernetes.container_logs'
    return { ...source, name, dataset, path: resolve(from, source.path), allowedRoots: absolute(source.allowedRoots) }
  }
  return {
    ...source,
    name,
    tag: source.tag ?? name,
    dataset: source.dataset ?? datasetOf(name),
    paths: absolute(source.paths),
    exclude: absolute(source.exclude),
    allowedRoots: source.allowedRoots && absolute(source.allowedRoots),
  }
}

/** A source's name as a dataset: lower case and without `-`, which separates the parts of a data stream's name. */
const datasetOf = (name: string): string => name.toLowerCase().replaceAll('-', '_')

const compileOutput = (name: string, output: RawOutput, stateDir: string): CompiledOutput => {
  if (output.kind === 'elasticsearch') return compileElasticsearch(name, output)
  if (output.kind === 'local') return { ...output, name, path: output.path ?? `${stateDir}/store.db` }
  return { ...output, name }
}

const compileElasticsearch = (name: string, output: RawElasticsearch): ElasticsearchOutput => {
  const { apiKey, username, password, bearerToken, dataStream, index, ...others } = output
  const { hosts, cloudId, proxy, proxyUsername, proxyPassword, noProxy, ...rest } = others
  const target: Target =
    index === undefined
      ? { kind: 'data_stream', dataset: dataStream?.dataset, namespace: dataStream?.namespace ?? 'default' }
      : { kind: 'index', index }
  const authentication = compileAuthentication({ apiKey, username, password, bearerToken })
  const through = proxy === undefined ? undefined : compileProxy(proxy, proxyUsername, proxyPassword, noProxy)
  return {
    ...rest,
    name,
    target,
    authentication,
    hosts: cloudId === undefined ? hosts : cloudHosts(cloudId),
    proxy: through,
  }
}

const cloudHosts = (cloudId: string): readonly string[] => {
  const parsed = parseCloudId(cloudId)
  return parsed.kind === 'host' ? [parsed.url] : []
}

const compileProxy = (
  url: string,
  username: string | undefined,
  password: Secret | undefined,
  noProxy: string | undefined,
): CompiledProxy => ({ url, username, password, noProxy: (noProxy ?? '').split(/[\s,]+/).filter((one) => one !== '') })

const compileAuthentication = (login: {
  readonly apiKey: Secret | undefined
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly bearerToken: Secret | undefined
}): Authentication => {
  if (login.apiKey) return { kind: 'api_key', apiKey: login.apiKey }
  if (login.bearerToken) return { kind: 'bearer', token: login.bearerToken }
  if (login.username && login.password) return { kind: 'basic', username: login.username, password: login.password }
  return { kind: 'none' }
}

const compileServer = ({ listen, page, tls, token }: Raw['server']): CompiledServer => ({
  listen,
  page,
  tls: tls?.certFile && tls.keyFile ? { certFile: tls.certFile, keyFile: tls.keyFile } : undefined,
  token,
})

/** Roots become absolute; regular expressions stay text: what they mean is the collectors' to say. */
const compileMetrics = (metrics: Raw['metrics'], from: string): Raw['metrics'] => ({
  ...metrics,
  procfs: resolve(from, metrics.procfs),
  sysfs: resolve(from, metrics.sysfs),
  rootfs: resolve(from, metrics.rootfs),
})

const compileEnrich = (enrich: Raw['enrich'], environment: Environment): CompiledEnrich => {
  const { kubernetes, apiServer = clusterServer(environment), ...rest } = enrich
  const wanted = kubernetes !== 'off' && kubernetes !== false
  return wanted && apiServer !== undefined ? { kind: 'on', apiServer, ...rest } : { kind: 'off' }
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/: every pod has these two variables. */
const clusterServer = (environment: Environment): string | undefined => {
  const host = environment.KUBERNETES_SERVICE_HOST
  const port = environment.KUBERNETES_SERVICE_PORT || '443'
  if (!host) return undefined
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}
