import type { Comparison, QueryError } from './query.ts'

export type Token =
  | { readonly kind: 'and' | 'or' | 'not' | 'minus' | 'open' | 'close' | 'end'; readonly at: number }
  /** `name:`, directly followed by its value. */
  | { readonly kind: 'field'; readonly name: string; readonly at: number }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly at: number }
  | { readonly kind: 'word'; readonly text: string; readonly quoted: boolean; readonly at: number }

const keywords: ReadonlyMap<string, 'and' | 'or' | 'not'> = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
  ['&&', 'and'],
  ['||', 'or'],
] as const)

const space = /\s*/y
const fieldName = /([A-Za-z_@][\w@./-]*):(?=\S)/y
const comparison = /[<>]=?/y
/** A backslash takes the next character's meaning away. */
const word = /(?:\\.|[^\s()"\\])+/y
const quoted = /"((?:\\.|[^"\\])*)"/y

const take = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Where a value may have a colon of its own (`url:http://…`), no second field begins. */
const next = (text: string, at: number, afterField: boolean): { token: Token; end: number } | QueryError => {
  const character = text[at]
  if (character === undefined) return { token: { kind: 'end', at }, end: at }
  if (character === '(') return { token: { kind: 'open', at }, end: at + 1 }
  if (character === ')') return { token: { kind: 'close', at }, end: at + 1 }
  if (character === '"') return quotedWord(text, at)
  if (afterField) {
    const found = take(comparison, text, at)
    if (found) return { token: { kind: 'compare', operator: found[0] as Comparison, at }, end: at + found[0].length }
  } else {
    if (character === '-' && /\S/.test(text[at + 1] ?? ' ')) return { token: { kind: 'minus', at }, end: at + 1 }
    const field = take(fieldName, text, at)
    if (field) return { token: { kind: 'field', name: field[1] ?? '', at }, end: at + field[0].length }
  }
  return bareWord(text, at)
}

const quotedWord = (text: string, at: number): { token: Token; end: number } | QueryError => {
  const found = take(quoted, text, at)
  if (!found) return { message: 'this quote is not closed', at }
  const inner = (found[1] ?? '').replaceAll(/\\(["\\])/g, '$1')
  return { token: { kind: 'word', text: inner, quoted: true, at }, end: at + found[0].length }
}

const bareWord = (text: string, at: number): { token: Token; end: number } | QueryError => {
  const found = take(word, text, at)
  if (!found) return { message: 'a backslash must be followed by a character', at }
  const end = at + found[0].length
  const keyword = keywords.get(found[0])
  if (keyword) return { token: { kind: keyword, at }, end }
  return { token: { kind: 'word', text: found[0], quoted: false, at }, end }
}

export const lex = (text: string): readonly Token[] | QueryError => {
  const tokens: Token[] = []
  for (let at = 0; ; ) {
    const last = tokens.at(-1)
    const valueNext = last?.kind === 'field' || last?.kind === 'compare'
    at += take(space, text, at)?.[0].length ?? 0
    const found = next(text, at, valueNext)
    if ('message' in found) return found
    tokens.push(found.token)
    if (found.token.kind === 'end') return tokens
    at = found.end
  }
}
