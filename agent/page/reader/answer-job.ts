import { parseQuery } from '../../search/parse-query.ts'
import { findDocuments } from '../../store/find-documents.ts'
import { openStore, type StoreReader } from '../../store/read-store.ts'
import type { RecordReply, SearchReply } from '../api.ts'
import type { SearchJob } from './job.ts'
import { pageRecord } from './page-record.ts'

/** Counting on would cost seconds in a large store, for a figure that says no more. */
const COUNTED_MORE = 10_000

const openedStore = (path: string): StoreReader | Extract<SearchReply, { kind: 'absent' | 'failed' }> => {
  const opened = openStore(path)
  if (opened.kind === 'store') return opened.reader
  return opened.kind === 'absent' ? { kind: 'absent' } : { kind: 'failed', reason: opened.reason }
}

export const searchStore = (path: string, job: SearchJob): SearchReply => {
  const parsed = parseQuery(job.query)
  if (parsed.kind === 'error') return { kind: 'mistake', ...parsed.error }
  const reader = openedStore(path)
  if ('kind' in reader) return reader
  try {
    const options = { ...job, afterRow: undefined, order: 'time' } as const
    const { found, more } = findDocuments(reader, parsed.query, options, COUNTED_MORE)
    return { kind: 'found', records: found.map(pageRecord), more, moreIsLeast: more >= COUNTED_MORE }
  } finally {
    reader.close()
  }
}

/** The whole document of one row. */
export const readRecord = (path: string, row: number): RecordReply => {
  const reader = openedStore(path)
  if ('kind' in reader) return reader.kind === 'absent' ? { kind: 'gone' } : reader
  try {
    const condition = { sql: '1', parameters: [], texts: [], fields: [] }
    const range = { sinceMs: undefined, untilMs: undefined, afterRow: row - 1, order: 'arrival', limit: 1 } as const
    const found = reader.find(condition, range)[0]
    if (found?.row !== row) return { kind: 'gone' }
    return { kind: 'record', document: found.id === undefined ? found.document : { _id: found.id, ...found.document } }
  } finally {
    reader.close()
  }
}
