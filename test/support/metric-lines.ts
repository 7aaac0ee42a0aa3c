import type { MetricFamily, MetricSample } from '../../agent/event.ts'

const line = (family: MetricFamily, { name, labels, value }: MetricSample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`)
  return `${family.kind} ${name ?? family.name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

/** Kind, name, labels and value of each series, one a line: whole output is compared with them. */
export const metricLines = (families: readonly MetricFamily[]): string[] =>
  families.flatMap((family) => family.samples.map((sample) => line(family, sample)))
