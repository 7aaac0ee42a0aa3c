import type { SearchJob } from './reader/job.ts'

const DEFAULT_RECORDS = 100
const MOST_RECORDS = 500

const integer = (text: string | null): number | undefined =>
  text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined

/** `<ms>.<nanos within>.<row>` of the last record of the page before. */
const beforeOf = (text: string | null): SearchJob['before'] => {
  const [, ms, nanos, row] = /^(\d{1,15})\.(\d{1,6})\.(\d{1,15})$/.exec(text ?? '') ?? []
  return row === undefined ? undefined : { ms: Number(ms), nanos: Number(nanos), row: Number(row) }
}

/** What a search's address asks for; what cannot be read is taken for not said. */
export const searchQuery = (parameters: URLSearchParams): SearchJob => ({
  query: parameters.get('query') ?? '',
  sinceMs: integer(parameters.get('since')),
  untilMs: integer(parameters.get('until')),
  before: beforeOf(parameters.get('before')),
  limit: Math.min(MOST_RECORDS, Math.max(1, integer(parameters.get('limit')) ?? DEFAULT_RECORDS)),
})
