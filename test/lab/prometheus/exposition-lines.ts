/** One series of an exposition in text, under its name and sorted labels. */
export interface Series {
  readonly type: string
  readonly value: number
}

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/**
 * `name{a="1",b="2"}` with the labels sorted, as two programs may write them in different orders; to Prometheus an empty label is none.
 */
const keyOf = (name: string, labels: string, without: readonly string[]): string => {
  const pairs = [...labels.matchAll(LABEL)]
    .filter(([, label = '', value]) => value !== '' && !without.includes(label))
    .map(([, label, value]) => `${label}="${value}"`)
  return `${name}{${pairs.toSorted().join(',')}}`
}

export const readExposition = (text: string, without: readonly string[] = []): ReadonlyMap<string, Series> => {
  const types = new Map<string, string>()
  const found = new Map<string, Series>()
  for (const line of text.split('\n')) {
    const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (family && type) types.set(family, type)
    const [, name = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (name !== '')
      found.set(keyOf(name, labels, without), {
        type: types.get(name) ?? '',
        value: Number(value.replace('Inf', 'Infinity')),
      })
  }
  return found
}
