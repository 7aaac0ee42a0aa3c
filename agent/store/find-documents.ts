import { type Condition, compileQuery } from '../search/compile.ts'
import type { Query } from '../search/query.ts'
import type { FindOptions, Found, StoreReader } from './read-store.ts'

/** `more`: matches beyond the limit, counted up to `countLimit`. */
export interface FindResult {
  readonly found: readonly Found[]
  readonly more: number
}

/** More matches than this are not fetched and sorted, but met on a walk from the newest row on. */
const frequent = 20_000

const compileFor = (reader: StoreReader, query: Query, options: FindOptions): Condition => {
  const layout = reader.layout(options.afterRow)
  const condition = compileQuery(query, layout)
  if (options.order !== 'time' || condition.required.length === 0) return condition
  const matches = reader.countWords(condition.required, layout.volumes, frequent + 1)
  return matches > frequent ? compileQuery(query, layout, 'time') : condition
}

/** Where search and store meet: asks an open store, all of it at one moment. */
export const findDocuments = (reader: StoreReader, query: Query, options: FindOptions, countLimit = 0): FindResult =>
  reader.snapshot(() => {
    const condition = compileFor(reader, query, options)
    const found = reader.find(condition, options)
    const full = found.length === options.limit && countLimit > 0
    const total = full ? reader.count(condition, { ...options, limit: options.limit + countLimit }) : found.length
    return { found, more: total - found.length }
  })
