import { compileQuery } from '../search/compile.ts'
import type { Query } from '../search/query.ts'
import type { FindOptions, Found, StoreReader } from '../store/read-store.ts'

/** `more`: matches beyond the limit, counted up to `countLimit`. */
export interface FindResult {
  readonly found: readonly Found[]
  readonly more: number
}

/** Where search and store meet: asks an open store, all of it at one moment. */
export const findDocuments = (reader: StoreReader, query: Query, options: FindOptions, countLimit = 0): FindResult =>
  reader.snapshot(() => {
    const condition = compileQuery(query, reader.layout(options.afterRow))
    const found = reader.find(condition, options)
    const full = found.length === options.limit && countLimit > 0
    const total = full ? reader.count(condition, { ...options, limit: options.limit + countLimit }) : found.length
    return { found, more: total - found.length }
  })
