import type { MetricFamily, MetricLabels, MetricSample } from '../event.ts'

/**
 * Prometheus' two text formats, written here because prom-client negotiates nothing and renames counters for good once its
 * registry has rendered OpenMetrics.
 * text: prometheus.io/docs/instrumenting/exposition_formats; openmetrics: prometheus.io/docs/specs/om/open_metrics_spec (1.0).
 */
export type ExpositionFormat = 'text' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

const UNITS = ['seconds', 'bytes', 'ratio']

const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const escapeQuoted = (text: string): string => escapeText(text).replaceAll('"', '\\"')

const numberText = (value: number): string => {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

// OpenMetrics wants canonical floats in `le`, so that a bucket's series keeps its name whoever exposes it ("1.0", never "1").
const boundText = (bound: string | number): string => (/^\d+$/.test(String(bound)) ? `${bound}.0` : String(bound))

const labelText = (labels: MetricLabels, format: ExpositionFormat): string => {
  const parts = Object.entries(labels).map(([name, value]) => {
    const text = name === 'le' && format === 'openmetrics' ? boundText(value) : String(value)
    return `${name}="${escapeQuoted(text)}"`
  })
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** In OpenMetrics the suffix that tells the type belongs to the samples, not to the family. */
const familyName = (family: MetricFamily, format: ExpositionFormat): string => {
  if (format === 'text') return family.name
  if (family.kind === 'counter') return family.name.replace(/_total$/, '')
  return family.kind === 'info' ? family.name.replace(/_info$/, '') : family.name
}

const typeText = (family: MetricFamily, format: ExpositionFormat): string => {
  if (format === 'openmetrics') return family.kind
  if (family.kind === 'unknown') return 'untyped'
  return family.kind === 'info' ? 'gauge' : family.kind
}

const sampleName = (family: MetricFamily, sample: MetricSample, format: ExpositionFormat): string => {
  const name = sample.name ?? family.name
  return format === 'openmetrics' && family.kind === 'counter' && !name.endsWith('_total') ? `${name}_total` : name
}

const headLines = (family: MetricFamily, format: ExpositionFormat): string => {
  const name = familyName(family, format)
  const help = format === 'openmetrics' ? escapeQuoted(family.help) : escapeText(family.help)
  const unit = format === 'openmetrics' ? UNITS.find((u) => name.endsWith(`_${u}`)) : undefined
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`
  return `# HELP ${name} ${help}\n# TYPE ${name} ${typeText(family, format)}\n${unitLine}`
}

/** The whole body. A family's samples stay together, as both formats demand; a name must come once. */
export const exposition = (families: readonly MetricFamily[], format: ExpositionFormat): string => {
  let text = ''
  for (const family of families) {
    text += headLines(family, format)
    for (const sample of family.samples)
      text += `${sampleName(family, sample, format)}${labelText(sample.labels, format)} ${numberText(sample.value)}\n`
  }
  return format === 'openmetrics' ? `${text}# EOF\n` : text
}
