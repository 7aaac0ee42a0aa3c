import type { MetricFamily, MetricLabels } from '../event.ts'

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

const labelPart = (name: string, value: string | number, format: ExpositionFormat): string => {
  const text = name === 'le' && format === 'openmetrics' ? boundText(value) : String(value)
  return `${name}="${escapeQuoted(text)}"`
}

const writeLabels = (labels: MetricLabels, format: ExpositionFormat): string => {
  const parts = Object.entries(labels).map(([name, value]) => labelPart(name, value, format))
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** Label sets are readonly and mostly the same objects at every scrape: their text is written once. */
const LABEL_TEXTS: Readonly<Record<ExpositionFormat, WeakMap<MetricLabels, string>>> = {
  text: new WeakMap(),
  openmetrics: new WeakMap(),
}

const labelText = (labels: MetricLabels, format: ExpositionFormat): string => {
  const known = LABEL_TEXTS[format].get(labels)
  if (known !== undefined) return known
  const written = writeLabels(labels, format)
  LABEL_TEXTS[format].set(labels, written)
  return written
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

const withTotal = (name: string, family: MetricFamily, format: ExpositionFormat): string =>
  format === 'openmetrics' && family.kind === 'counter' && !name.endsWith('_total') ? `${name}_total` : name

const writeHead = (family: MetricFamily, format: ExpositionFormat): string => {
  const name = familyName(family, format)
  const help = format === 'openmetrics' ? escapeQuoted(family.help) : escapeText(family.help)
  const unit = format === 'openmetrics' ? UNITS.find((u) => name.endsWith(`_${u}`)) : undefined
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`
  return `# HELP ${name} ${help}\n# TYPE ${name} ${typeText(family, format)}\n${unitLine}`
}

/** What a family's text has that does not depend on its samples. */
interface Frame {
  readonly kind: MetricFamily['kind']
  readonly help: string
  readonly head: string
  readonly sampleName: string
}

const FRAMES: Readonly<Record<ExpositionFormat, Map<string, Frame>>> = { text: new Map(), openmetrics: new Map() }
/** Others' names (text files of metrics) may change for ever. */
const MOST_FRAMES = 4096

const frameOf = (family: MetricFamily, format: ExpositionFormat): Frame => {
  const { name, kind, help } = family
  const known = FRAMES[format].get(name)
  if (known?.kind === kind && known.help === help) return known
  const frame = { kind, help, head: writeHead(family, format), sampleName: withTotal(name, family, format) }
  if (FRAMES[format].size >= MOST_FRAMES) FRAMES[format].clear()
  FRAMES[format].set(name, frame)
  return frame
}

/** The whole body. A family's samples stay together, as both formats demand; a name must come once. */
export const exposition = (families: readonly MetricFamily[], format: ExpositionFormat): string => {
  let text = ''
  for (const family of families) {
    const { head, sampleName } = frameOf(family, format)
    text += head
    for (const { name, labels, value } of family.samples) {
      const own = name === undefined ? sampleName : withTotal(name, family, format)
      text += `${own}${labelText(labels, format)} ${numberText(value)}\n`
    }
  }
  return format === 'openmetrics' ? `${text}# EOF\n` : text
}
