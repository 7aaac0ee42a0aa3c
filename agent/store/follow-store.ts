import fs from 'node:fs'
import type { Query } from '../search/query.ts'
import { findDocuments } from './find-documents.ts'
import { type Found, openStore, type StoreReader } from './read-store.ts'

/** Reads on in a store as it grows, in the order of arrival. */
export interface Follower {
  /** The newest matches (since a time), newest first. What comes in after this call is what next() finds. */
  last(sinceMs: number | undefined, limit: number): readonly Found[]
  /** Matches that have come in since; where there are `limit` of them, more may be there already. */
  next(limit: number): readonly Found[]
  /** Goes on with the newest `keep` rows where more than these have come in; says how many it did not look at. */
  skip(keep: number): number
  /** A damaged store is put aside by the agent, and a new one begun under its name: open that one. */
  replaced(): boolean
  close(): void
}

const noRange = { sinceMs: undefined, untilMs: undefined, afterRow: undefined } as const

const inodeOf = (path: string): bigint | undefined => fs.statSync(path, { bigint: true, throwIfNoEntry: false })?.ino

const follow = (reader: StoreReader, query: Query, replaced: () => boolean): Follower => {
  /** Rows up to here have been found. */
  let row = 0
  /** Nothing has been written since it was this. */
  let version = -1
  const last = (sinceMs: number | undefined, limit: number): readonly Found[] => {
    // One moment: what comes in between is neither missed nor found twice.
    const { found, newest } = reader.snapshot(() => ({
      newest: reader.lastRow(),
      ...findDocuments(reader, query, { ...noRange, sinceMs, order: 'time', limit }),
    }))
    row = newest
    return found
  }
  const next = (limit: number): readonly Found[] => {
    const seen = reader.version()
    if (seen === version) return []
    const { found, newest } = reader.snapshot(() => ({
      newest: reader.lastRow(),
      ...findDocuments(reader, query, { ...noRange, afterRow: row, order: 'arrival', limit }),
    }))
    const full = found.length === limit
    row = full ? (found.at(-1)?.row ?? newest) : newest
    if (!full) version = seen
    return found
  }
  const skip = (keep: number): number => {
    const passed = Math.max(0, reader.lastRow() - keep - row)
    row += passed
    return passed
  }
  return { last, next, skip, replaced, close: reader.close }
}

/** undefined: there is none yet; a text: why it cannot be read. */
export const openFollower = (path: string, query: Query): Follower | string | undefined => {
  const inode = inodeOf(path)
  const opened = openStore(path)
  if (opened.kind === 'unreadable') return opened.reason
  if (opened.kind === 'absent' || inode === undefined) return undefined
  return follow(opened.reader, query, () => inodeOf(path) !== inode)
}
