import { METRIC_SETS } from '../../document/metric-sets.ts'
import {
  type KnownTemplate,
  type Product,
  precedingPriority,
  type TemplateDecision,
  winningTemplate,
} from './template.ts'

/**
 * The index template for the documents of the node's metrics. Elasticsearch's built-in one for `metrics-*-*` takes the type of a field from
 * the first value that comes; ours says it. Where an integration's is (priority 200), it knows the fields as well and is left alone.
 */
export const metricsTemplateName = 'picket-metrics-system'

/** Counted up whenever the template's content changes. */
const metricsTemplateVersion = 1

/** One of the data streams; all of them have the same template. */
export const metricsTemplateTarget = (namespace: string): string => `metrics-system.cpu-${namespace}`

/** Kept: ours, and any that outranks it. */
export const decideMetricsTemplate = (known: readonly KnownTemplate[], target: string): TemplateDecision => {
  const own = known.find(({ name }) => name === metricsTemplateName)
  const winner = winningTemplate(known, target)
  const outranked = winner !== undefined && winner.priority >= precedingPriority && winner.name !== metricsTemplateName
  if (outranked) {
    return winner.dataStream ? { kind: 'keep', name: winner.name } : { kind: 'plain_index', name: winner.name }
  }
  if (own?.ownVersion !== undefined && own.ownVersion >= metricsTemplateVersion) return { kind: 'keep', name: own.name }
  return { kind: 'install' }
}

type Mapping = Readonly<Record<string, unknown>>

const keyword: Mapping = { type: 'keyword', ignore_above: 1024 }
const long: Mapping = { type: 'long' }
const double: Mapping = { type: 'double' }

const used = (path: string): (readonly [string, Mapping])[] => [
  [`${path}.used.bytes`, long],
  [`${path}.used.pct`, double],
]

const disk = (way: string): (readonly [string, Mapping])[] => [
  ...['count', 'bytes', 'time'].map((field) => [`diskio.${way}.${field}`, long] as const),
  ...['request.per_sec', 'per_sec.bytes', 'await'].map((field) => [`diskio.iostat.${way}.${field}`, double] as const),
]

/** Below `system`. */
const SYSTEM: Readonly<Record<string, Mapping>> = {
  'memory.swap.free': long,
  'memory.swap.total': long,
  'memory.free': long,
  'memory.total': long,
  'memory.cached': long,
  'memory.actual.free': long,
  'cpu.cores': long,
  'load.cores': long,
  'load.1': double,
  'load.5': double,
  'load.15': double,
  'load.norm.1': double,
  'load.norm.5': double,
  'load.norm.15': double,
  'filesystem.device_name': keyword,
  'filesystem.mount_point': keyword,
  'filesystem.type': keyword,
  'filesystem.total': long,
  'filesystem.free': long,
  'filesystem.available': long,
  'filesystem.files': long,
  'filesystem.free_files': long,
  'diskio.name': keyword,
  'diskio.io.time': long,
  'diskio.iostat.await': double,
  'diskio.iostat.busy': double,
  'diskio.iostat.queue.avg_size': double,
  'network.name': keyword,
  ...Object.fromEntries(['memory', 'memory.actual', 'memory.swap', 'filesystem'].flatMap((path) => used(path))),
  ...Object.fromEntries(
    ['total', 'user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'].flatMap((mode) => [
      [`cpu.${mode}.pct`, double],
      [`cpu.${mode}.norm.pct`, double],
    ]),
  ),
  ...Object.fromEntries(['read', 'write'].flatMap((way) => disk(way))),
  ...Object.fromEntries(
    ['in', 'out'].flatMap((way) =>
      ['bytes', 'packets', 'errors', 'dropped'].map((field) => [`network.${way}.${field}`, long] as const),
    ),
  ),
}

const HOST: Readonly<Record<string, Mapping>> = {
  'host.name': keyword,
  'host.ip': { type: 'ip' },
  'host.cpu.usage': double,
  'host.network.ingress.bytes': long,
  'host.network.ingress.packets': long,
  'host.network.egress.bytes': long,
  'host.network.egress.packets': long,
}

const system = Object.fromEntries(Object.entries(SYSTEM).map(([path, mapping]) => [`system.${path}`, mapping]))

/** What the built-in template has for its indices, the lifecycle above all, holds for these too. OpenSearch has none of it. */
const builtInSettings = (product: Product) => {
  const components = ['metrics@settings', 'metrics@custom']
  return product === 'elasticsearch' && { composed_of: components, ignore_missing_component_templates: components }
}

/** Strings that are not named (host.os, agent, static fields) are keywords. */
export const metricsTemplate = (product: Product) => ({
  index_patterns: METRIC_SETS.map((set) => `metrics-system.${set}-*`),
  ...builtInSettings(product),
  data_stream: {},
  priority: precedingPriority,
  template: {
    settings: { 'index.codec': 'best_compression', 'index.mapping.ignore_malformed': true },
    mappings: {
      date_detection: false,
      dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: keyword } }],
      properties: {
        '@timestamp': { type: 'date' },
        'metricset.period': long,
        ...HOST,
        ...system,
      },
    },
  },
  _meta: { description: 'Metrics of nodes, installed by picket', picket: metricsTemplateVersion },
})
