import type { Pattern } from './query.ts'

/** What the word index takes for a part of a word (schema.ts: unicode61 with tokenchars '_'). */
const first = String.raw`[\p{L}\p{N}\p{Co}_]`
const following = String.raw`[\p{L}\p{N}\p{Co}\p{M}_]`
const wordForm = new RegExp(`${first}${following}*`, 'gu')
const before = `(?<!${following})`
const after = `(?!${following})`

type Piece = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'many' | 'one' }

/** A pattern's literals and wildcards; `\*` and `\?` are literals. */
const pieces = (pattern: Pattern): readonly Piece[] => {
  if (pattern.quoted) return [{ kind: 'literal', text: pattern.text }]
  const found: Piece[] = []
  for (const [part] of pattern.text.matchAll(/\*+|\?|(?:\\.|[^*?\\])+|\\$/gsu)) {
    if (part.startsWith('*')) found.push({ kind: 'many' })
    else if (part === '?') found.push({ kind: 'one' })
    else found.push({ kind: 'literal', text: part.replaceAll(/\\(.)/gsu, '$1') })
  }
  return found
}

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

const source = (parts: readonly Piece[], many: string, one: string): string =>
  parts
    .map((part) => {
      if (part.kind === 'literal') return escapeRegExp(part.text).replaceAll(/\s+/g, String.raw`\s+`)
      return part.kind === 'many' ? many : one
    })
    .join('')

/**
 * As source(), in steps that are at most the square of the text's length: of what stands between two asterisks the first place is as
 * good as any later one, so it is not left again (an atomic group, written as a captured look-ahead). Without that `*a*a*a*b` on a
 * line of a thousand letters would take hours. Blanks in a literal have no fixed length, for which this does not hold.
 */
const steadySource = (parts: readonly Piece[], many: string, one: string): string => {
  if (parts.some((part) => part.kind === 'literal' && /\s/.test(part.text))) return source(parts, many, one)
  const between: Piece[][] = [[]]
  for (const part of parts) part.kind === 'many' ? between.push([]) : between.at(-1)?.push(part)
  return between
    .map((part, k) => {
      const text = source(part, many, one)
      if (k === 0) return text
      return k === between.length - 1 ? `${many}${text}` : `(?=(${many}?${text}))\\${k}`
    })
    .join('')
}

/**
 * Finds the pattern in a message: letter by letter without regard to case, beginning and ending where words do. `*` is any run
 * of characters without white space.
 */
export const messageExpression = (pattern: Pattern): RegExp => {
  const parts = pieces(pattern)
  const core = steadySource(parts, String.raw`\S*`, String.raw`\S`)
  const [start, end] = [parts[0], parts.at(-1)]
  const opens = start?.kind === 'literal' && new RegExp(`^${first}`, 'u').test(start.text)
  const closes = end?.kind === 'literal' && new RegExp(`${following}$`, 'u').test(end.text)
  // A run of characters begins where the white space ends: from any later place it would be the same run again.
  const begins = opens ? before : start?.kind === 'many' ? String.raw`(?<!\S)` : ''
  return new RegExp(`${begins}${core}${closes ? after : ''}`, 'giu')
}

/** Does a whole value have this form? */
export const valueExpression = (pattern: Pattern): RegExp =>
  new RegExp(`^${steadySource(pieces(pattern), '.*', '.')}$`, 'isu')

export interface IndexTerms {
  /** FTS5 expressions, each to hold; none where the index cannot help. */
  readonly terms: readonly string[]
  /** The index alone decides: the message's text need not be read. */
  readonly exact: boolean
}

/** A string for FTS5: in quotes nothing has a meaning but the quote itself, which is doubled. */
const term = (word: string, prefix: boolean): string => `"${word.replaceAll('"', '""')}"${prefix ? '*' : ''}`

/** What the word index can say of a pattern. A word beside a wildcard is known in part only. */
export const indexTerms = (pattern: Pattern): IndexTerms => {
  const parts = pieces(pattern)
  const terms: string[] = []
  let exact = true
  parts.forEach((part, index) => {
    if (part.kind !== 'literal') return
    const previous = parts[index - 1]
    const next = parts[index + 1]
    const words = [...part.text.matchAll(wordForm)]
    for (const found of words) {
      const open = found.index === 0 && previous !== undefined
      const cut = found.index + found[0].length === part.text.length && next !== undefined
      if (!open) terms.push(term(found[0], cut))
    }
    exact &&= words.length === 1 && words[0]?.[0] === part.text
  })
  const simple = parts.length === 1 || (parts.length === 2 && parts[1]?.kind === 'many')
  return { terms, exact: exact && simple && terms.length === 1 }
}
