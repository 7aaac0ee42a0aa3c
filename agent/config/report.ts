import type { Mistake, Place } from './mistake.ts'

export interface ReportOptions {
  /** Of the file, as the user named it. */
  readonly name: string
  /** The text that the places point into. */
  readonly text: string
  readonly color: boolean
}

const WIDTH = 100
const INDENT = '      '

/** The mistakes for people: where, what, and what to write instead, with the line and a caret below the spot. */
export const reportMistakes = (mistakes: readonly Mistake[], { name, text, color }: ReportOptions): string => {
  const paint = color
    ? (code: number, words: string) => `\x1b[${code}m${words}\x1b[0m`
    : (_: number, words: string) => words
  const lines = text.split(/\r?\n/)
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`
  const blocks = mistakes.map((m) => {
    const where = m.place ? `${name}:${m.place.line}:${m.place.column}` : name
    const excerpt = m.place ? excerptOf(m, m.place, lines[m.place.line - 1] ?? '') : undefined
    const block = [`  ${paint(2, where)}`, `    ${headline(m, (words) => paint(1, words))}`]
    if (excerpt)
      block.push(`${INDENT}${paint(2, '|')} ${excerpt.line}`, `${INDENT}${paint(2, '|')} ${paint(31, excerpt.caret)}`)
    if (m.allowed !== undefined) block.push(...wrap(`allowed: ${m.allowed}`))
    if (m.suggestion !== undefined) block.push(...wrap(m.suggestion).map((line) => paint(32, line)))
    return block.join('\n')
  })
  return `${[paint(1, `${name} has ${count}`), ...blocks].join('\n\n')}\n`
}

const headline = ({ path, problem, found }: Mistake, bold: (words: string) => string): string => {
  const sentence = path === '' ? bold(problem) : `${bold(path)} ${problem}`
  return found === undefined ? sentence : `${sentence}, found ${found}`
}

/** Long lists of choices break at commas and blanks. */
const wrap = (sentence: string): string[] => {
  const lines = ['']
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && INDENT.length + line.length + 1 + word.length > WIDTH) lines.push(`  ${word}`)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `${INDENT}${line}`)
}

interface Excerpt {
  readonly line: string
  readonly caret: string
}

const TOKEN = /^("[^"]*"|'[^']*'|[^\s,:\]}#]+)/
// No comma: what follows a secret in a list or a flow map is not its key.
const KEY = /^("[^"]*"|'[^']*'|[^\s:,{["'][^:,{[]*?)\s*:(?=\s|$)/

const excerptOf = ({ secret }: Mistake, { column }: Place, line: string): Excerpt | undefined => {
  if (line.trim() === '') return undefined
  const spot = Math.min(column - 1, line.length)
  const key = KEY.exec(line.slice(spot))?.[0]
  // A secret's own line ends at its spot, or behind its key where that is what the mistake is about.
  const end = secret ? [{ from: spot + (key?.length ?? 0), to: line.length, shown: key ? ' …' : '***' }] : []
  const pieces = hide(line, [...secretsIn(line), ...end])
  const before = pieces.filter(({ from }) => from < spot)
  const margin = before
    .map(({ from, to, shown }) => (shown === undefined ? line.slice(from, Math.min(to, spot)) : shown))
    .join('')
  const text = pieces.map(({ from, to, shown }) => shown ?? line.slice(from, to)).join('')
  // A spot within something hidden is pointed at by the asterisks.
  const inside = before.at(-1)?.shown !== undefined && before.at(-1)!.to > spot
  const start = inside ? margin.length - before.at(-1)!.shown!.length : margin.length
  const marked = Math.max(1, Math.min(WIDTH, TOKEN.exec(text.slice(start))?.[0].length ?? 1))
  // Blanks as wide as what stands before, tabs included, so that the caret stands below its spot.
  return { line: clip(text), caret: `${text.slice(0, start).replace(/[^\t]/g, ' ')}${'^'.repeat(marked)}` }
}

const clip = (line: string): string => (line.length > WIDTH * 2 ? `${line.slice(0, WIDTH * 2)}…` : line)

/** A stretch of a line; `shown` stands in for it where it is hidden. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly shown?: string
}

// The names of our secrets and whatever else sounds like one: an excerpt may show a neighbour on the same line.
const SECRET_VALUE =
  /["']?[\w-]*(?:pass|secret|token|api_?key|auth|credential|cookie)[\w-]*["']?\s*:\s+(?!["']?(?:\/|file:))("[^"]*"?|'[^']*'?|[^\s,}][^,}]*)/dgi
const URL_LOGIN = /\/\/([^/\s@"']+)@/dg

const secretsIn = (line: string): Stretch[] =>
  [...line.matchAll(SECRET_VALUE), ...line.matchAll(URL_LOGIN)].map((match) => {
    const [from, to] = match.indices![1]!
    return { from, to, shown: '***' }
  })

/** The whole line in stretches, in order; of hidden ones that overlap the first one counts, as far as the furthest reaches. */
const hide = (line: string, hidden: readonly Stretch[]): Stretch[] => {
  const pieces: Stretch[] = []
  let at = 0
  for (const stretch of hidden.toSorted((a, b) => a.from - b.from)) {
    if (stretch.to <= at) continue
    if (stretch.from >= at) pieces.push({ from: at, to: stretch.from }, stretch)
    else if (pieces.length > 0) pieces.push({ from: at, to: stretch.to, shown: '' })
    at = stretch.to
  }
  return [...pieces, { from: at, to: line.length }]
}
