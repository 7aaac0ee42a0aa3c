import type { MetricKind, MetricLabels, MetricSample } from '../event.ts'
import { readLabels } from './exposition-labels.ts'

/** A family as a file has it: help and type may be missing. */
export interface ReadFamily {
  readonly name: string
  help: string | undefined
  kind: MetricKind | undefined
  readonly samples: MetricSample[]
}

/** A map, for a file may say `constructor`. */
const KINDS: ReadonlyMap<string, MetricKind> = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
])

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i

const number = (text: string): number => {
  if (!NUMBER.test(text)) throw new Error('a value is no number')
  if (/nan/i.test(text)) return Number.NaN
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return Number(text)
}

/** The suffixes that samples of a family may have instead of its own name. */
const SUFFIXES: Readonly<Partial<Record<MetricKind, readonly string[]>>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

const unescapeHelp = (text: string): string => text.replace(/\\(\\|n)/g, (_, char) => (char === 'n' ? '\n' : '\\'))

/** Bounds are written in one way, whoever wrote the file: `1`, not `1.0`. */
const withBound = (labels: MetricLabels, bound: 'le' | 'quantile'): MetricLabels => {
  const value = number(String(labels[bound] ?? ''))
  const text = value === Number.POSITIVE_INFINITY ? '+Inf' : String(value)
  return { ...labels, [bound]: text }
}

interface Families {
  readonly byName: Map<string, ReadFamily>
  /** Name, and labels in their order: a series comes once. */
  readonly series: Set<string>
}

const familyNamed = ({ byName }: Families, name: string): ReadFamily => {
  const known = byName.get(name)
  if (known !== undefined) return known
  const made: ReadFamily = { name, help: undefined, kind: undefined, samples: [] }
  byName.set(name, made)
  return made
}

/** The family whose sample is called so: its own name, or a histogram's or summary's with a suffix. */
const familyOfSample = (families: Families, name: string): ReadFamily => {
  for (const suffix of ['_bucket', '_sum', '_count']) {
    if (!name.endsWith(suffix)) continue
    const family = families.byName.get(name.slice(0, -suffix.length))
    if (family?.kind && SUFFIXES[family.kind]?.includes(suffix)) return family
  }
  return familyNamed(families, name)
}

const readComment = (families: Families, line: string): void => {
  const [, keyword, name = '', text = ''] = /^#[ \t]*(HELP|TYPE)[ \t]+([^ \t]+)[ \t]*(.*)$/.exec(line) ?? []
  if (keyword === undefined) return
  if (NAME.exec(name)?.[0] !== name) throw new Error('a name may not be that of a metric')
  const family = familyNamed(families, name)
  if (keyword === 'HELP') {
    if (family.help !== undefined) throw new Error('a metric has a second HELP')
    family.help = unescapeHelp(text)
    return
  }
  const kind = KINDS.get(text.trim())
  if (kind === undefined) throw new Error('a TYPE is none that there is')
  if (family.kind !== undefined || family.samples.length > 0) throw new Error('a TYPE comes second or after a sample')
  family.kind = kind
}

export const seriesKey = (name: string, labels: MetricLabels): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])

const labelsOf = ({ kind, name: own }: ReadFamily, name: string, labels: MetricLabels): MetricLabels => {
  if (kind === 'histogram' && name === own) throw new Error('a histogram has a sample that is none of its parts')
  if (kind === 'histogram' && name === `${own}_bucket`) return withBound(labels, 'le')
  return kind === 'summary' && name === own ? withBound(labels, 'quantile') : labels
}

const readSample = (families: Families, line: string): void => {
  const [name] = NAME.exec(line) ?? []
  if (name === undefined) throw new Error('a line begins with no name that a metric may have')
  const rest = line.slice(name.length).trimStart()
  const { labels: read, end } = rest.startsWith('{') ? readLabels(rest, 1) : { labels: {}, end: 0 }
  const [value = '', ...more] = rest
    .slice(end)
    .trim()
    .split(/[ \t]+/)
  if (more.length > 0) throw new Error('a sample has a time stamp, which a text file’s must not have')
  const family = familyOfSample(families, name)
  const labels = labelsOf(family, name, read)
  const key = seriesKey(name, labels)
  if (families.series.has(key)) throw new Error('a series comes twice')
  families.series.add(key)
  family.samples.push({ name: name === family.name ? undefined : name, labels, value: number(value) })
}

/**
 * Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). Throws at the first line that is not understood, with its number
 * and without its words: the file may be another than one of metrics, and its secrets are none for a log.
 */
export const parseExposition = (text: string): ReadFamily[] => {
  if (text !== '' && !text.endsWith('\n')) throw new Error('it does not end with a newline: it may be half written')
  const families: Families = { byName: new Map(), series: new Set() }
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    try {
      if (line.startsWith('#')) readComment(families, line)
      else if (line !== '') readSample(families, line)
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}`)
    }
  }
  return [...families.byName.values()].filter(({ samples }) => samples.length > 0)
}
