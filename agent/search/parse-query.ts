import { lex, type Token } from './lex.ts'
import type { FieldTest, ParsedQuery, Pattern, Query, QueryError } from './query.ts'

/**
 *   or      = and { OR and }
 *   and     = not { [AND] not }
 *   not     = { NOT | - } primary
 *   primary = ( or ) | field: value | field:( or of values ) | word | "phrase"
 */
class Parser {
  readonly #tokens: readonly Token[]
  #index = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Query {
    if (this.#peek().kind === 'end') return { kind: 'all' }
    const query = this.#or(undefined)
    const rest = this.#peek()
    if (rest.kind !== 'end') fail('there is no parenthesis open here', rest.at)
    return query
  }

  #peek(): Token {
    return this.#tokens[this.#index] as Token
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#index++
    return token
  }

  #or(field: string | undefined): Query {
    const parts = [this.#and(field)]
    while (this.#peek().kind === 'or') {
      this.#take()
      parts.push(this.#and(field))
    }
    return join('or', parts)
  }

  #and(field: string | undefined): Query {
    const parts = [this.#not(field)]
    for (;;) {
      const token = this.#peek()
      if (token.kind === 'or' || token.kind === 'close' || token.kind === 'end') return join('and', parts)
      if (token.kind === 'and') this.#take()
      parts.push(this.#not(field))
    }
  }

  #not(field: string | undefined): Query {
    const token = this.#peek()
    if (token.kind !== 'not' && token.kind !== 'minus') return this.#primary(field)
    this.#take()
    return { kind: 'not', part: this.#nested(() => this.#not(field), token.at) }
  }

  #primary(field: string | undefined): Query {
    const token = this.#take()
    switch (token.kind) {
      case 'open':
        return this.#nested(() => this.#group(field, token.at), token.at)
      case 'field':
        if (field !== undefined) return fail(`a field inside the values of ${field}`, token.at)
        return this.#value(token.name)
      case 'word':
        return leaf(field, token)
      case 'compare':
        return fail('a comparison needs a field before it, such as status:>=500', token.at)
      case 'end':
        return fail('the query ends where a word is expected', token.at)
      case 'close':
        return fail('there is nothing before this parenthesis', token.at)
      default:
        return fail(`${token.kind.toUpperCase()} needs something on both sides`, token.at)
    }
  }

  #group(field: string | undefined, at: number): Query {
    const inner = this.#or(field)
    if (this.#take().kind !== 'close') fail('this parenthesis is not closed', at)
    return inner
  }

  #value(field: string): Query {
    const token = this.#take()
    if (token.kind === 'open') return this.#nested(() => this.#group(field, token.at), token.at)
    if (token.kind === 'word') return leaf(field, token)
    if (token.kind !== 'compare') return fail(`${field}: has no value`, token.at)
    const value = this.#take()
    if (value.kind !== 'word') return fail(`${token.operator} has no value`, value.at)
    const text = value.quoted ? value.text : unescapeWord(value.text)
    return { kind: 'field', field, test: { kind: 'compare', operator: token.operator, value: text } }
  }

  /** The parser and the SQL that comes of it are recursive; nobody types this many. */
  #nested(parse: () => Query, at: number): Query {
    if (++this.#depth > 100) fail('too deeply nested', at)
    const query = parse()
    this.#depth--
    return query
  }
}

class Failure extends Error {
  readonly error: QueryError
  constructor(error: QueryError) {
    super(error.message)
    this.error = error
  }
}

const fail = (message: string, at: number): never => {
  throw new Failure({ message, at })
}

const join = (kind: 'and' | 'or', parts: readonly Query[]): Query =>
  parts.length === 1 ? (parts[0] as Query) : { kind, parts }

const unescapeWord = (text: string): string => text.replaceAll(/\\(.)/g, '$1')

const leaf = (field: string | undefined, token: { text: string; quoted: boolean; at: number }): Query => {
  const pattern: Pattern = { text: token.text, quoted: token.quoted }
  if (field === undefined || field === 'message') {
    if (token.quoted && token.text.trim() === '') return fail('there is nothing between these quotes', token.at)
    return !token.quoted && /^\*+$/.test(token.text) ? { kind: 'all' } : { kind: 'text', pattern }
  }
  const exists = !token.quoted && token.text === '*'
  const test: FieldTest = exists ? { kind: 'exists' } : { kind: 'like', pattern }
  return { kind: 'field', field, test }
}

const longest = 4096

/** Never throws: what is wrong is said with its place. An empty text asks for everything. */
export const parseQuery = (text: string): ParsedQuery => {
  if (text.length > longest)
    return { kind: 'error', error: { message: `a query may have ${longest} characters`, at: longest } }
  const tokens = lex(text)
  if ('message' in tokens) return { kind: 'error', error: tokens }
  try {
    return { kind: 'query', query: new Parser(tokens).whole() }
  } catch (error) {
    if (error instanceof Failure) return { kind: 'error', error: error.error }
    throw error
  }
}
