import type { Place } from '../../store/read-store.ts'

/** What the reader's process is asked, a line of JSON each; it answers in order, a line each, a tail with one after the other. */
export type Job =
  | { readonly kind: 'search'; readonly search: SearchJob }
  | { readonly kind: 'record'; readonly row: number }
  | { readonly kind: 'tail'; readonly query: string }

export interface SearchJob {
  readonly query: string
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  /** Only what is older than this one. */
  readonly before: Place | undefined
  readonly limit: number
}
