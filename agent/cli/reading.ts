import type { Writable } from 'node:stream'
import type { Clock } from '../../lib/io/clock.ts'
import { highlights } from '../search/compile.ts'
import { parseQuery } from '../search/parse-query.ts'
import { type ParsedQuery, type Query, showQueryError } from '../search/query.ts'
import type { Found } from '../store/read-store.ts'
import { renderJson, renderText } from './render.ts'

/** What search and tail have in common. */
export interface ReadingOptions {
  readonly storePath: string
  readonly query: string
  readonly selectors: StoreSelectors
  /** true: NDJSON, whole documents; false: lines for people. */
  readonly json: boolean
  readonly color: boolean
}

/** Globs; an empty list admits all. */
export interface StoreSelectors {
  readonly namespaces: readonly string[]
  readonly pods: readonly string[]
  readonly containers: readonly string[]
}

export interface ReadingIo {
  readonly out: Writable
  /** Says something to the person, beside the output: a hint, a mistake. One line or several, without the last newline. */
  readonly say: (text: string) => void
  readonly clock: Clock
  /** Ends a tail. */
  readonly signal: AbortSignal
}

/** What a process ends with. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

const selectorQuery = (field: string, globs: readonly string[]): Query[] => {
  if (globs.length === 0) return []
  const parts = globs.map(
    (text): Query => ({ kind: 'field', field, test: { kind: 'like', pattern: { text, quoted: false } } }),
  )
  return [{ kind: 'or', parts }]
}

/** The typed query, narrowed by the options that select. */
export const readQuery = (options: Pick<ReadingOptions, 'query' | 'selectors'>): ParsedQuery => {
  const parsed = parseQuery(options.query)
  if (parsed.kind === 'error') return parsed
  const { namespaces, pods, containers } = options.selectors
  const parts = [
    parsed.query,
    ...selectorQuery('namespace', namespaces),
    ...selectorQuery('pod', pods),
    ...selectorQuery('container', containers),
  ]
  return { kind: 'query', query: parts.length === 1 ? parsed.query : { kind: 'and', parts } }
}

export const explainQuery = (text: string, parsed: Extract<ParsedQuery, { kind: 'error' }>): string =>
  `picket: this query is not understood: ${showQueryError(text, parsed.error)}`

export const createRender = (options: ReadingOptions, query: Query, clock: Clock): ((found: Found) => string) => {
  if (options.json) return renderJson
  const matches = highlights(query)
  return (found) => renderText(found, { color: options.color, matches, nowMs: clock.now() })
}
