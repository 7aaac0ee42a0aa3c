import type { MetricFamily, MetricLabels } from '../../agent/event.ts'
import { type Look, lookAt } from '../../agent/metrics/documents/look.ts'

/** `{name: value}` or `{name: [[labels, value], …]}`. */
export type Families = Readonly<Record<string, number | readonly (readonly [MetricLabels, number])[]>>

export const nodeFamilies = (families: Families): MetricFamily[] =>
  Object.entries(families).map(([name, value]) => ({
    name,
    help: '',
    kind: 'gauge',
    samples:
      typeof value === 'number' ? [{ labels: {}, value }] : value.map(([labels, one]) => ({ labels, value: one })),
  }))

export const nodeLook = (families: Families, monotonicMs = 0): Look => lookAt(nodeFamilies(families), monotonicMs)

/** node_cpu_seconds_total of processors, each with its seconds by mode. */
export const cpuSeconds = (...cpus: readonly Readonly<Record<string, number>>[]): Families => ({
  node_cpu_seconds_total: cpus.flatMap((modes, cpu) =>
    Object.entries(modes).map(([mode, seconds]) => [{ cpu, mode }, seconds] as const),
  ),
})
