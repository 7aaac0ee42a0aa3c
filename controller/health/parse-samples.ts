/** One series of a scrape. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)[ \t]*/y

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))

/** undefined: it is not a list of labels. */
const readLabels = (text: string): Readonly<Record<string, string>> | undefined => {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? []
    if (name === '') return undefined
    labels[name] = unescaped(value)
  }
  return labels
}

const readValue = (text: string): number | undefined => {
  const special = { '+Inf': Infinity, '-Inf': -Infinity }[text]
  const value = special ?? Number(text)
  return Number.isNaN(value) ? undefined : value
}

const readLine = (line: string): Sample | undefined => {
  const [, name, labelText = '', valueText = ''] = LINE.exec(line) ?? []
  if (name === undefined) return undefined
  const labels = readLabels(labelText)
  const value = readValue(valueText)
  return labels === undefined || value === undefined ? undefined : { name, labels, value }
}

/**
 * The series of the wanted names from Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). Anything else, and
 * what is not understood, is passed over: an agent of another version says more and other things.
 */
export const parseSamples = (text: string, wanted: ReadonlySet<string>): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const end = line.search(/[{ \t]/)
    if (end <= 0 || !wanted.has(line.slice(0, end))) return []
    return readLine(line) ?? []
  })
