import type { MetricLabels } from '../event.ts'

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

export interface ReadLabels {
  readonly labels: MetricLabels
  /** Where the line goes on, after the brace. */
  readonly end: number
}

const skipBlanks = (line: string, from: number): number => {
  let at = from
  while (line[at] === ' ' || line[at] === '\t') at += 1
  return at
}

/** From after the opening quote; throws where there is no closing one. */
const readQuoted = (line: string, from: number): { text: string; end: number } => {
  let text = ''
  for (let at = from; at < line.length; at += 1) {
    const char = line[at] as string
    if (char === '"') return { text, end: at + 1 }
    if (char === '\\') {
      at += 1
      const escaped = ESCAPES[line[at] ?? '']
      if (escaped === undefined) throw new Error('an escape is none of \\\\, \\" and \\n')
      text += escaped
    } else text += char
  }
  throw new Error('a label’s value does not end')
}

const readName = (line: string, from: number): { name: string; end: number } => {
  NAME.lastIndex = from
  const [name] = NAME.exec(line) ?? []
  if (name === undefined || name === '__name__') throw new Error('a label has no name that may be')
  return { name, end: skipBlanks(line, from + name.length) }
}

/** `a="1",b="2"}` from after the opening brace; a comma may stand before the closing one. */
export const readLabels = (line: string, from: number): ReadLabels => {
  const labels = new Map<string, string>()
  let at = skipBlanks(line, from)
  while (line[at] !== '}') {
    const { name, end } = readName(line, at)
    if (labels.has(name)) throw new Error('a label comes twice')
    const quote = skipBlanks(line, end + 1)
    if (line[end] !== '=' || line[quote] !== '"') throw new Error('a label has no value in quotes')
    const value = readQuoted(line, quote + 1)
    labels.set(name, value.text)
    at = skipBlanks(line, value.end)
    if (line[at] === ',') at = skipBlanks(line, at + 1)
    else if (line[at] !== '}') throw new Error('labels are not parted by commas')
  }
  return { labels: Object.fromEntries(labels), end: at + 1 }
}
