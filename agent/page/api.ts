/** What the page's server and its browser code say to each other, as JSON. Types only. */

/** GET /api/search */
export type SearchReply =
  | {
      readonly kind: 'found'
      readonly records: readonly PageRecord[]
      readonly more: number
      readonly moreIsLeast: boolean
    }
  | { readonly kind: 'mistake'; readonly message: string; readonly at: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }

/** A record as a row of a list shows it. */
export interface PageRecord {
  /** Order of arrival in the store. */
  readonly row: number
  /** ms since the epoch, and the nanoseconds within. */
  readonly ms: number
  readonly nanos: number
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The path, where it is no container's. */
  readonly path: string
  readonly stream: string
  readonly level: string
  readonly message: string
  /** The message is longer; the document has all of it. */
  readonly cut: boolean
}

/** GET /api/record */
export type RecordReply =
  | { readonly kind: 'record'; readonly document: Readonly<Record<string, unknown>> }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: string }

/** One line of GET /api/tail, which goes on until somebody ends it. */
export type TailLine =
  | { readonly kind: 'records'; readonly records: readonly PageRecord[] }
  /** So many records of the store were passed over, unsearched: more came in than could be shown. */
  | { readonly kind: 'skipped'; readonly rows: number }
  | { readonly kind: 'waiting' }
  /** Nothing new; the connection lives. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'mistake'; readonly message: string; readonly at: number }
  | { readonly kind: 'failed'; readonly reason: string }

/** GET /api/vitals: columns of equal length; null where nothing was measured. */
export interface VitalsReply {
  readonly periodMs: number
  readonly times: readonly number[]
  readonly series: Readonly<Record<string, readonly (number | null)[]>>
  /** Bytes of memory, cores: what shares are shares of. */
  readonly totals: { readonly memoryBytes: number | null; readonly cpus: number | null }
}

export interface ContainerLag {
  readonly name: string
  readonly source: string
  readonly lagBytes: number
  readonly files: number
}

export interface SourceState {
  readonly source: string
  readonly files: number
  readonly openFiles: number
  readonly unreadableFiles: number
  readonly lagBytes: number
}

export interface OutputState {
  readonly output: string
  readonly kind: string
  /** Bytes and chunks by state, in the order in which a chunk goes through them. */
  readonly queue: readonly { readonly state: string; readonly chunks: number; readonly bytes: number }[]
  readonly queueLimitBytes: number
  readonly store: { readonly usedBytes: number; readonly limitBytes: number } | undefined
  readonly held: readonly { readonly reason: string; readonly stream?: string; readonly forMs: number }[]
  readonly full: 'no' | 'limit' | 'disk'
  readonly deliveredDocuments: number
  readonly retriedDocuments: number
  readonly deadLetters: number
  readonly deadLetterBytes: number
  readonly verdictAgeMs: number | undefined
  /** Age of the oldest line in the queue. */
  readonly oldestAgeMs: number
}

/** GET /api/status */
export interface StatusReply {
  readonly nowMs: number
  readonly node: string
  readonly version: string
  readonly uptimeMs: number
  readonly residentBytes: number
  readonly searchable: boolean
  readonly waiting: Readonly<Record<string, string>>
  readonly wedged: readonly { readonly name: string; readonly stalledMs: number }[]
  readonly sources: readonly SourceState[]
  /** Those furthest behind, the furthest first. */
  readonly containers: readonly ContainerLag[]
  readonly containerCount: number
  readonly outputs: readonly OutputState[]
}
