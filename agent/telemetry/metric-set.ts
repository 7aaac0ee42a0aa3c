import { Counter, Gauge, type Metric, Registry } from 'prom-client'
import type { MetricFamily, MetricKind, MetricLabels, MetricSample } from '../event.ts'
import { type MetricDefinition, SELF_METRICS, type SelfMetricKey } from './self-metrics.ts'
import { createWeightedHistogram } from './weighted-histogram.ts'

type KeysOf<Kind> = {
  [K in SelfMetricKey]: (typeof SELF_METRICS)[K] extends { kind: Kind } ? K : never
}[SelfMetricKey]

/** The self-metrics, each under its key; what does not fit its kind does not compile. */
export interface MetricSet {
  /** Adding 0 leaves a series that is not there yet away. */
  add(key: KeysOf<'counter'>, labels: MetricLabels, value?: number): void
  /** The same for those who count at every turn: they add up a number, which reaches the registry when somebody looks. */
  tally(key: KeysOf<'counter'>, labels: MetricLabels): Tally
  set(key: KeysOf<'gauge' | 'info'>, labels: MetricLabels, value: number): void
  observe(key: KeysOf<'histogram'>, labels: MetricLabels, value: number, weight?: number): void
  /** Takes all series away: for gauges and counters that are filled anew at each scrape. */
  clear(key: KeysOf<'counter' | 'gauge'>): void
  families(): Promise<MetricFamily[]>
}

export interface Tally {
  value: number
}

interface PromFamily {
  readonly name: string
  readonly help: string
  readonly values: readonly { readonly metricName?: string; readonly labels?: MetricLabels; readonly value: number }[]
}

const toFamily = (prom: PromFamily, kind: MetricKind): MetricFamily => ({
  name: prom.name,
  help: prom.help,
  kind,
  samples: prom.values.map(({ metricName, labels, value }) => ({ name: metricName, labels: labels ?? {}, value })),
})

/** prom-client's registry takes any object of this form for a metric (registerMetric in its lib/registry.js). */
const registerSamples = (registry: Registry, definition: MetricDefinition, samples: () => MetricSample[]): void => {
  const { name, help } = definition
  const values = () => samples().map((s) => ({ metricName: s.name, labels: s.labels, value: s.value }))
  const metric = {
    name,
    help,
    get: () => Promise.resolve({ name, help, type: 'histogram', values: values() }),
    reset() {},
  }
  registry.registerMetric(metric as unknown as Metric)
}

export const createMetricSet = (): MetricSet => {
  const registry = new Registry()
  const plain = new Map<SelfMetricKey, Counter | Gauge>()
  const histograms = new Map<SelfMetricKey, ReturnType<typeof createWeightedHistogram>>()
  const kinds = new Map<string, MetricKind>()
  const tallies: { readonly counter: Counter; readonly labels: MetricLabels; readonly tally: Tally }[] = []
  for (const [key, definition] of Object.entries(SELF_METRICS) as [SelfMetricKey, MetricDefinition][]) {
    const { name, help, labels } = definition
    const configuration = { name, help, labelNames: [...labels], registers: [registry] }
    kinds.set(name, definition.kind)
    if (definition.kind === 'histogram') {
      const histogram = createWeightedHistogram(name, definition.buckets ?? [])
      histograms.set(key, histogram)
      registerSamples(registry, definition, histogram.samples)
    } else {
      plain.set(key, definition.kind === 'counter' ? new Counter(configuration) : new Gauge(configuration))
    }
  }
  return {
    add: (key, labels, value = 1) => {
      if (value > 0) (plain.get(key) as Counter).inc(labels, value)
    },
    tally: (key, labels) => {
      const tally = { value: 0 }
      tallies.push({ counter: plain.get(key) as Counter, labels, tally })
      return tally
    },
    set: (key, labels, value) => (plain.get(key) as Gauge).set(labels, value),
    observe: (key, labels, value, weight = 1) => histograms.get(key)?.observe(labels, value, weight),
    clear: (key) => plain.get(key)?.reset(),
    families: async () => {
      for (const { counter, labels, tally } of tallies) {
        if (tally.value > 0) counter.inc(labels, tally.value)
        tally.value = 0
      }
      const all = (await registry.getMetricsAsJSON()) as unknown as PromFamily[]
      return all.map((prom) => toFamily(prom, kinds.get(prom.name) ?? 'unknown'))
    },
  }
}
