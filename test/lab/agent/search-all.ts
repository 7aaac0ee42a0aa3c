import type { Hit } from '../elasticsearch/discover.ts'
import type { RunningServer } from '../elasticsearch/start.ts'

interface Page {
  readonly hits: { readonly hits: readonly (Hit & { readonly _index: string; readonly sort: readonly unknown[] })[] }
}

export interface Found extends Hit {
  readonly _index: string
}

const PAGE = 5000

/** Opens a point in time and returns how to name, and how to close it: the two products differ in words only. */
const openPointInTime = async (server: RunningServer, target: string) => {
  if (server.product === 'opensearch') {
    const path = `/${target}/_search/point_in_time?keep_alive=5m`
    const { pit_id: id } = await server.ask<{ pit_id: string }>('POST', path)
    return { id, close: () => server.ask('DELETE', '/_search/point_in_time', { pit_id: [id] }) }
  }
  const { id } = await server.ask<{ id: string }>('POST', `/${target}/_pit?keep_alive=5m`)
  return { id, close: () => server.ask('DELETE', '/_pit', { id }) }
}

/** The same page by page, for what is more than memory holds; `source`: which of the documents' fields. */
export const searchPages = async (
  server: RunningServer,
  target: string,
  query: object,
  visit: (page: readonly Found[]) => void,
  source: readonly string[] | true = true,
): Promise<void> => {
  await server.ask('POST', `/${target}/_refresh`)
  const { id, close } = await openPointInTime(server, target)
  let after: readonly unknown[] | undefined
  for (;;) {
    const { hits } = await server.ask<Page>('POST', '/_search', {
      size: PAGE,
      track_total_hits: false,
      _source: source,
      query,
      pit: { id, keep_alive: '5m' },
      sort: [{ 'log.file.fingerprint': 'asc' }, { 'log.offset': 'asc' }],
      ...(after && { search_after: after }),
    })
    visit(hits.hits)
    after = hits.hits.at(-1)?.sort
    if (hits.hits.length < PAGE) break
  }
  await close()
}

/** Every document of a data stream (or several) that a query finds, over one point in time, in the order of files and offsets. */
export const searchAll = async (
  server: RunningServer,
  target: string,
  query: object = { match_all: {} },
): Promise<readonly Found[]> => {
  const found: Found[] = []
  await searchPages(server, target, query, (page) => void found.push(...page))
  return found
}
