import type { MetricLabels } from '../event.ts'

/** Devices come and go: what has grown to this is begun anew. */
const LIMIT = 4096

/** The same values get the same object at every scrape: the exposition keeps a label set's text by its object. */
export const createLabels = (...names: readonly string[]): ((...values: readonly string[]) => MetricLabels) => {
  const known = new Map<string, MetricLabels>()
  return (...values) => {
    const key = values.length === 1 ? (values[0] as string) : values.join('\0')
    const found = known.get(key)
    if (found) return found
    const made = Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']))
    if (known.size >= LIMIT) known.clear()
    known.set(key, made)
    return made
  }
}
