import type { RunningServer } from './start.ts'

export interface Hit {
  readonly _id: string
  readonly _source: Readonly<Record<string, unknown>>
}

interface SearchAnswer {
  readonly hits: { readonly total: { readonly value: number }; readonly hits: readonly Hit[] }
}

/**
 * What Kibana's Discover sends for a query in its bar: a lucene query string with a time range, newest or oldest first. The
 * second sort key settles lines of the same moment in the order of their file.
 */
export const discover = async (
  server: RunningServer,
  stream: string,
  query: string,
  size: number,
  times = { gte: '2026-11-21T00:00:00.000Z', lte: '2026-11-22T00:00:00.000Z' },
): Promise<{ readonly total: number; readonly hits: readonly Hit[] }> => {
  const { hits } = await server.ask<SearchAnswer>('POST', `/${stream}/_search`, {
    size,
    track_total_hits: true,
    sort: [{ '@timestamp': { order: 'asc', unmapped_type: 'boolean' } }, { 'log.offset': { order: 'asc' } }],
    query: {
      bool: {
        filter: [
          { query_string: { query, analyze_wildcard: true } },
          { range: { '@timestamp': { format: 'strict_date_optional_time', ...times } } },
        ],
      },
    },
    highlight: { fields: { '*': {} } },
  })
  return { total: hits.total.value, hits: hits.hits }
}
