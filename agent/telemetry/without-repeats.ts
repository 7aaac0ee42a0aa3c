import type { MetricFamily } from '../event.ts'

/** A name must come once in a scrape, or Prometheus refuses all of it: a text file of metrics may hold one of ours. */
export const withoutRepeats = (
  families: readonly MetricFamily[],
): { readonly kept: readonly MetricFamily[]; readonly repeated: readonly MetricFamily[] } => {
  const names = new Set<string>()
  const kept: MetricFamily[] = []
  const repeated: MetricFamily[] = []
  for (const family of families) {
    const list = names.has(family.name) ? repeated : kept
    names.add(family.name)
    list.push(family)
  }
  return { kept, repeated }
}
