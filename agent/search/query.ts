/** A query as a tree. Pure data: `parse-query.ts` makes it, `compile.ts` turns it into SQL, `match.ts` judges single documents. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Query[] }
  | { readonly kind: 'not'; readonly part: Query }
  /** Words of the message. */
  | { readonly kind: 'text'; readonly pattern: Pattern }
  | { readonly kind: 'field'; readonly field: string; readonly test: FieldTest }

export interface Pattern {
  readonly text: string
  /** In quotes: asterisk and question mark stand for themselves. */
  readonly quoted: boolean
}

export type Comparison = '<' | '<=' | '>' | '>='

export type FieldTest =
  | { readonly kind: 'exists' }
  | { readonly kind: 'like'; readonly pattern: Pattern }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly value: string }

/** Where in the query something is wrong, as an index into its text. */
export interface QueryError {
  readonly message: string
  readonly at: number
}

export type ParsedQuery =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'error'; readonly error: QueryError }

/** The query with a caret under the place, for a terminal. */
export const showQueryError = (text: string, error: QueryError): string => {
  const line = text.replaceAll(/\s/g, ' ')
  return `${error.message}\n  ${line}\n  ${' '.repeat(error.at)}^`
}
