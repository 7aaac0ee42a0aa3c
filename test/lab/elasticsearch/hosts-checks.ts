import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { metricItem } from '../../../agent/document/metric-item.ts'
import { METRIC_SETS } from '../../../agent/document/metric-sets.ts'
import type { BulkBody, MetricSetName } from '../../../agent/event.ts'
import { metricDocuments } from '../../../agent/metrics/documents/documents.ts'
import { busyNode } from '../../support/busy-node.ts'
import { items, labOutput } from './lab-output.ts'
import type { RunningServer } from './start.ts'

const signal = new AbortController().signal
const PERIOD_MS = 10_000
const START_MS = Date.UTC(2026, 10, 26, 10)

/** The lines of one look at a node, as the agent writes them. */
const lookLines = (host: string, tick: number, namespace: string, sets: readonly MetricSetName[]): string[] => {
  const time = new Date(START_MS + tick * PERIOD_MS).toISOString()
  const about = { name: host, hostname: host, ip: ['10.0.0.7', 'fe80::1'], os: { name: 'Talos', type: 'linux' } }
  const fields = { host: about, agent: { name: host, type: 'picket', version: '0.1.0' }, ecs: { version: '8.11.0' } }
  const options = { namespace, plainIndex: undefined, staticFields: {} }
  const before = tick === 0 ? undefined : busyNode[tick - 1]
  return metricDocuments(sets, busyNode[tick]!, before).map(
    (document) => metricItem(document, { time, periodMs: PERIOD_MS, fields }, options).lines,
  )
}

const bodyOf = (lines: readonly string[]): BulkBody => {
  const bytes = Buffer.from(lines.join(''))
  return { bytes, encoding: 'identity', plainBytes: bytes.length, documents: lines.length }
}

/** Two nodes that do the same. */
const allLooks = (namespace: string, sets: readonly MetricSetName[] = METRIC_SETS): BulkBody =>
  bodyOf(busyNode.flatMap((_, tick) => ['node-1', 'node-2'].flatMap((host) => lookLines(host, tick, namespace, sets))))

const avg = (field: string) => ({ avg: { field } })
const max = (field: string) => ({ max: { field } })
const sum = (field: string) => ({ sum: { field } })

/**
 * What Kibana's Hosts asks for (elastic/kibana, metrics_data_access/common/inventory_models/host), without what the lab's Elasticsearch lacks:
 * there the quotients are formed by scripts, here by the test.
 */
const aggregations = {
  cpuV2: avg('system.cpu.total.norm.pct'),
  cpuUser: avg('system.cpu.user.pct'),
  cpuSystem: avg('system.cpu.system.pct'),
  cpuIowait: avg('system.cpu.iowait.pct'),
  cpuSteal: avg('system.cpu.steal.pct'),
  cpuNice: avg('system.cpu.nice.norm.pct'),
  cores: max('system.cpu.cores'),
  memory: avg('system.memory.actual.used.pct'),
  memoryTotal: max('system.memory.total'),
  memoryActuallyUsed: avg('system.memory.actual.used.bytes'),
  memoryUsed: avg('system.memory.used.bytes'),
  memoryFree: avg('system.memory.free'),
  load1: avg('system.load.1'),
  load5: avg('system.load.5'),
  load15: avg('system.load.15'),
  loadCores: max('system.load.cores'),
  diskSpaceUsage: max('system.filesystem.used.pct'),
  diskSpaceFree: avg('system.filesystem.free'),
  rx: sum('host.network.ingress.bytes'),
  tx: sum('host.network.egress.bytes'),
  period: max('metricset.period'),
  networkTime: {
    filter: { exists: { field: 'host.network.ingress.bytes' } },
    aggs: { first: { min: { field: '@timestamp' } }, last: max('@timestamp') },
  },
  about: { top_hits: { size: 1, sort: [{ '@timestamp': 'desc' }], _source: ['host.os.name', 'host.ip'] } },
}

const hostsQuery = (hosts: readonly string[]) => ({
  bool: {
    filter: [
      { terms: { 'host.name': hosts } },
      { range: { '@timestamp': { gte: START_MS, lte: START_MS + 10 * PERIOD_MS, format: 'epoch_millis' } } },
    ],
    should: [{ term: { 'event.module': 'system' } }, { term: { 'metricset.module': 'system' } }],
    minimum_should_match: 1,
  },
})

interface Value {
  readonly value: number
}
type Bucket = Readonly<Record<Exclude<keyof typeof aggregations, 'networkTime' | 'about'>, Value>> & {
  readonly key: string
  readonly networkTime: { readonly first: Value; readonly last: Value }
  readonly about: { readonly hits: { readonly hits: readonly { readonly _source: unknown }[] } }
}

/** Doubles that were added up and divided. */
const near = (value: number): number => Math.round(value * 1e9) / 1e9

const figuresOf = (bucket: Bucket) => {
  const of = (name: keyof typeof aggregations): number => (bucket[name as 'cores'] as Value).value
  const seconds = (bucket.networkTime.last.value - bucket.networkTime.first.value) / 1000
  return {
    host: bucket.key,
    about: bucket.about.hits.hits[0]?._source,
    cpuV2: near(of('cpuV2')),
    cpu: near((of('cpuUser') + of('cpuSystem')) / of('cores')),
    iowait: near(of('cpuIowait') / of('cores')),
    steal: near(of('cpuSteal') / of('cores')),
    nice: near(of('cpuNice')),
    memory: near(of('memory')),
    memoryFree: of('memoryTotal') - of('memoryActuallyUsed'),
    memoryCache: of('memoryUsed') - of('memoryActuallyUsed'),
    free: of('memoryFree'),
    normalizedLoad1m: near(of('load1') / of('loadCores')),
    load: [of('load1'), of('load5'), of('load15')],
    diskSpaceUsage: near(of('diskSpaceUsage')),
    diskSpaceFree: of('diskSpaceFree'),
    rxV2: near(of('rx') / seconds),
    txV2: near(of('tx') / seconds),
    period: of('period'),
  }
}

/** What busy-node.ts does in each period, worked out by hand. Of the network three periods of 10 s are told, 20 s apart. */
const expected = (host: string) => ({
  host,
  about: { host: { os: { name: 'Talos' }, ip: ['10.0.0.7', 'fe80::1'] } },
  cpuV2: 0.55,
  cpu: 0.45,
  iowait: 0.05,
  steal: 0.05,
  nice: 0.05,
  memory: 0.25,
  memoryFree: 6000,
  memoryCache: 5000,
  free: 1000,
  normalizedLoad1m: 1.5,
  load: [3, 2, 1],
  diskSpaceUsage: 0.75,
  diskSpaceFree: 400,
  rxV2: 900,
  txV2: 1800,
  period: PERIOD_MS,
})

/**
 * The quotients as Kibana has the server form them (the same files of elastic/kibana), and the hosts in the order of one of them: scripts and
 * bucket_sort are modules that the lab's Elasticsearch lacks.
 */
const quotients = {
  cpu: {
    bucket_script: {
      buckets_path: { user: 'cpuUser', system: 'cpuSystem', cores: 'cores' },
      script: '(params.user + params.system) / params.cores',
    },
  },
  normalizedLoad1m: {
    bucket_script: { buckets_path: { load: 'load1', cores: 'loadCores' }, script: 'params.load / params.cores' },
  },
  memoryFreeNow: {
    bucket_script: {
      buckets_path: { total: 'memoryTotal', used: 'memoryActuallyUsed' },
      script: 'params.total - params.used',
    },
  },
  rxV2: {
    bucket_script: {
      buckets_path: { value: 'rx', first: 'networkTime>first', last: 'networkTime>last' },
      script: 'params.value / ((params.last - params.first) / 1000)',
    },
  },
  byCpu: { bucket_sort: { sort: [{ cpu: { order: 'desc' } }], size: 10 } },
}

interface Searched<A> {
  readonly aggregations: A
  readonly hits: { readonly total: { readonly value: number } }
}

const search = <A>(server: RunningServer, index: string, body: object): Promise<Searched<A>> =>
  server.ask<Searched<A>>('POST', `/${index}/_search`, { size: 0, track_total_hits: true, ...body })

const fieldsOf = async (server: RunningServer, index: string, path: string): Promise<unknown> => {
  const answer = await server.ask<Record<string, { mappings: Record<string, { mapping: object }> }>>(
    'GET',
    `/${index}/_mapping/field/${path}`,
  )
  return Object.values(answer).map(({ mappings }) => Object.values(mappings[path]?.mapping ?? {})[0])
}

/** Operations a second of each device, as Lens' counter_rate makes them. Elasticsearch's derivative is a module that the lab's lacks. */
const rates = (product: RunningServer['product']) =>
  product === 'opensearch'
    ? { derivative: { buckets_path: 'total', unit: '1s' } }
    : { serial_diff: { buckets_path: 'total', lag: 1 } }

const diskRates = async (server: RunningServer, namespace: string): Promise<(number | undefined)[]> => {
  interface Rates {
    readonly time: { readonly buckets: readonly { readonly rate?: { value: number; normalized_value?: number } }[] }
  }
  const time = {
    date_histogram: { field: '@timestamp', fixed_interval: '10s' },
    aggs: { total: max('system.diskio.read.bytes'), rate: rates(server.product) },
  }
  const query = { term: { 'host.name': 'node-1' } }
  const { aggregations: found } = await search<Rates>(server, `metrics-system.diskio-${namespace}`, {
    query,
    aggs: { time },
  })
  return found.time.buckets.map(({ rate }) => rate && (rate.normalized_value ?? rate.value / (PERIOD_MS / 1000)))
}

/** A time series of the kind that Elastic's integration makes: the documents' dimensions and times are what tells them apart. */
const timeSeriesTemplate = (namespace: string) => ({
  index_patterns: [`metrics-system.*-${namespace}`],
  data_stream: {},
  priority: 200,
  template: {
    settings: {
      'index.mode': 'time_series',
      'index.routing_path': ['host.name'],
      'index.time_series.start_time': new Date(START_MS - 3_600_000).toISOString(),
      'index.time_series.end_time': new Date(START_MS + 3_600_000).toISOString(),
      number_of_replicas: 0,
    },
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        'host.name': { type: 'keyword', time_series_dimension: true },
        'system.network.name': { type: 'keyword', time_series_dimension: true },
        'system.diskio.name': { type: 'keyword', time_series_dimension: true },
        'system.filesystem.device_name': { type: 'keyword', time_series_dimension: true },
        'system.filesystem.mount_point': { type: 'keyword', time_series_dimension: true },
      },
    },
  },
})

export const hostsChecks = async (context: TestContext, server: RunningServer): Promise<void> => {
  const looks = allLooks('lab')

  await context.test('the node’s metrics: their template is installed, every document is taken', async () => {
    const output = labOutput(server, 'logs-hosts-lab', { metricsNamespace: 'lab' })
    assert.deepEqual(await output.send(looks, signal), items({ created: looks.documents }))
    assert.deepEqual(
      output.told.at(-1),
      'installed: index template: installed picket-metrics-system for metrics-system.cpu-lab',
    )
    await output.close()
    const again = labOutput(server, 'logs-hosts-lab', { metricsNamespace: 'lab' })
    await again.installTemplate(signal)
    assert.deepEqual(
      again.told.at(-1),
      'present: index template: picket-metrics-system is used for metrics-system.cpu-lab',
    )
    await again.close()
    await server.ask('POST', '/metrics-*/_refresh')
  })

  await context.test('Kibana’s Hosts: its query, its aggregations, the right numbers', async () => {
    const hosts = { terms: { field: 'host.name', size: 10, order: { _key: 'asc' } }, aggs: aggregations }
    const body = { query: hostsQuery(['node-1', 'node-2', 'node-3']), aggs: { hosts } }
    const found = await search<{ hosts: { buckets: readonly Bucket[] } }>(server, 'metrics-*', body)
    assert.equal(found.hits.total.value, looks.documents)
    assert.deepEqual(found.aggregations.hosts.buckets.map(figuresOf), [expected('node-1'), expected('node-2')])
  })

  const scripts = server.product === 'elasticsearch' ? 'the lab’s Elasticsearch has no scripts' : false
  await context.test('the quotients, formed by the server’s scripts', { skip: scripts }, async () => {
    const hosts = { terms: { field: 'host.name' }, aggs: { ...aggregations, ...quotients } }
    const body = { query: hostsQuery(['node-1']), aggs: { hosts } }
    type Quotients = Readonly<Record<Exclude<keyof typeof quotients, 'byCpu'>, Value>>
    const found = await search<{ hosts: { buckets: readonly Quotients[] } }>(server, 'metrics-*', body)
    assert.deepEqual(
      found.aggregations.hosts.buckets.map(({ cpu, normalizedLoad1m, memoryFreeNow, rxV2 }) =>
        [cpu, normalizedLoad1m, memoryFreeNow, rxV2].map(({ value }) => near(value)),
      ),
      [[0.45, 1.5, 6000, 900]],
    )
  })

  await context.test('disk operations a second, from counters', async () => {
    assert.deepEqual(await diskRates(server, 'lab'), [undefined, 100, 100, 100])
  })

  await context.test('types are those of the template, whatever the first value was', async () => {
    const types = await Promise.all([
      fieldsOf(server, 'metrics-system.cpu-lab', 'system.cpu.irq.pct'),
      fieldsOf(server, 'metrics-system.memory-lab', 'system.memory.swap.used.pct'),
      fieldsOf(server, 'metrics-system.network-lab', 'system.network.in.errors'),
      fieldsOf(server, 'metrics-system.cpu-lab', 'host.ip'),
      fieldsOf(server, 'metrics-system.cpu-lab', 'host.os.name'),
    ])
    assert.deepEqual(types, [
      [{ type: 'double' }],
      [{ type: 'double' }],
      [{ type: 'long' }],
      [{ type: 'ip' }],
      [{ type: 'keyword', ignore_above: 1024 }],
    ])
  })

  await context.test('without a template of ours a first fraction of 0 is a fraction all the same', async () => {
    const name = 'metrics-untyped'
    await server.ask('PUT', `/_index_template/${name}`, {
      index_patterns: ['metrics-*-bare'],
      data_stream: {},
      priority: 200,
    })
    const output = labOutput(server, 'logs-hosts-lab', { metricsNamespace: 'bare' })
    const bare = allLooks('bare', ['cpu'])
    assert.deepEqual(await output.send(bare, signal), items({ created: bare.documents }))
    assert.deepEqual(output.told.at(-1), `present: index template: ${name} is used for metrics-system.cpu-bare`)
    assert.deepEqual(await fieldsOf(server, 'metrics-system.cpu-bare', 'system.cpu.irq.pct'), [{ type: 'float' }])
    await output.close()
  })

  await context.test('a repetition (its answer was lost) doubles in a plain data stream', async () => {
    const output = labOutput(server, 'logs-hosts-lab', { metricsNamespace: 'twice' })
    const twice = allLooks('twice', ['load'])
    for (let n = 0; n < 2; n++) assert.deepEqual(await output.send(twice, signal), items({ created: twice.documents }))
    await output.close()
  })

  if (server.product === 'opensearch') return
  await context.test(
    'in a time series every document of a look has a place of its own, and a repetition is recognised',
    async () => {
      await server.ask('PUT', '/_index_template/metrics-series', timeSeriesTemplate('series'))
      const output = labOutput(server, 'logs-hosts-lab', { metricsNamespace: 'series' })
      const series = allLooks('series')
      assert.deepEqual(await output.send(series, signal), items({ created: series.documents }))
      assert.deepEqual(await output.send(series, signal), items({ duplicates: series.documents }))
      await output.close()
    },
  )
}
