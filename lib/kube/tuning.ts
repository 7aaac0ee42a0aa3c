import type { Backoff } from './backoff.ts'

export interface ListWatchTuning {
  /** Objects a page; servers ignore it where they answer from their cache. */
  readonly pageSize: number
  /**
   * 'cache': the first list may be what the server has at hand, all of it in one answer. 'storage': the very latest, page by
   * page, so that a large cluster is never held whole (api-concepts, "Retrieving large results sets in chunks").
   */
  readonly listsFrom: 'cache' | 'storage'
  /** How long a watch is asked to last: between this and twice this, so that agents do not renew together. */
  readonly watchSeconds: number
  /** How much longer the server may take to end a watch before the connection counts as dead. */
  readonly marginMs: number
  /** For a page, and for the first answer to a watch. */
  readonly answerMs: number
  /** A watch that ends sooner counts as a failed one. */
  readonly settledMs: number
  /** A new list after this time, against a server whose history was set back (restored from a backup). */
  readonly relistMs: number
  /** etcd takes objects of 1.5 MB; as JSON they may be larger. */
  readonly maxLineBytes: number
  readonly maxPageBytes: number
  readonly backoff: Backoff
}

/** Times as in client-go's reflector (tools/cache/reflector.go): watches of 5 to 10 minutes, waits from 0.8 to 30 s. */
export const DEFAULT_TUNING: ListWatchTuning = {
  pageSize: 500,
  listsFrom: 'cache',
  watchSeconds: 300,
  marginMs: 15_000,
  answerMs: 60_000,
  settledMs: 5_000,
  relistMs: 3_600_000,
  maxLineBytes: 8 << 20,
  maxPageBytes: 64 << 20,
  backoff: { baseMs: 800, capMs: 30_000 },
}
