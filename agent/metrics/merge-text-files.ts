import type { MetricFamily, MetricKind, MetricSample } from '../event.ts'
import { type ReadFamily, seriesKey } from './parse-exposition.ts'

export interface TextFile {
  readonly path: string
  readonly families: readonly ReadFamily[]
}

export interface MergedFiles {
  readonly families: readonly MetricFamily[]
  /** Those that nothing was taken of have no time stamp. */
  readonly taken: readonly string[]
  readonly complaints: readonly string[]
}

interface Merged {
  readonly name: string
  readonly kind: MetricKind
  help: string | undefined
  readonly files: string[]
  readonly samples: MetricSample[]
  readonly series: Set<string>
}

const kindOf = ({ kind }: ReadFamily): MetricKind => kind ?? 'unknown'

const keysOf = ({ name, samples }: ReadFamily): string[] =>
  samples.map((sample) => seriesKey(sample.name ?? name, sample.labels))

/** Why the whole file cannot be taken: what would make Prometheus refuse the scrape. */
const conflict = (merged: ReadonlyMap<string, Merged>, { families }: TextFile): string | undefined => {
  for (const family of families) {
    const before = merged.get(family.name)
    if (before === undefined) continue
    const told = `${family.name} is in ${before.files[0]} too`
    if (before.kind !== kindOf(family)) return `${told}, with another type`
    if (keysOf(family).some((key) => before.series.has(key))) return `${told}, with the same labels`
  }
  return undefined
}

const begin = (family: ReadFamily): Merged => ({
  name: family.name,
  kind: kindOf(family),
  help: family.help,
  files: [],
  samples: [],
  series: new Set(),
})

const finish = ({ name, kind, help, files, samples }: Merged): MetricFamily => ({
  name,
  kind,
  help: help ?? `Metric read from ${files.join(', ')}`,
  samples,
})

/** One family of a name for all files. A file that does not go with those before it is left out; a metric with another help text alone. */
export const mergeTextFiles = (files: readonly TextFile[]): MergedFiles => {
  const merged = new Map<string, Merged>()
  const taken: string[] = []
  const complaints: string[] = []

  const add = (path: string, family: ReadFamily): void => {
    const into = merged.get(family.name) ?? begin(family)
    if (family.help !== undefined && into.help !== undefined && family.help !== into.help) {
      complaints.push(`${path}: ${family.name} is left out, in ${into.files[0]} it has another help text`)
      return
    }
    into.help ??= family.help
    into.files.push(path)
    for (const sample of family.samples) into.samples.push(sample)
    for (const key of keysOf(family)) into.series.add(key)
    merged.set(family.name, into)
  }

  for (const file of files) {
    const reason = conflict(merged, file)
    if (reason === undefined) {
      taken.push(file.path)
      for (const family of file.families) add(file.path, family)
    } else complaints.push(`${file.path}: ${reason}`)
  }
  return { families: [...merged.values()].map(finish), taken, complaints }
}
