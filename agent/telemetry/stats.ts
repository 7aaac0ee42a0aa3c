/** What a part of the agent reports when somebody scrapes. Every list is the part's whole truth at this moment. */
export interface Stats {
  readonly sources?: readonly SourceStats[]
  readonly lags?: readonly LagStats[]
  readonly ages?: readonly AgeStats[]
  readonly queues?: readonly QueueStats[]
  readonly stores?: readonly StoreStats[]
  readonly deadLetters?: readonly DeadLetterStats[]
  readonly pods?: PodStats
  readonly checkpointAgeMs?: number
  /** Since the start. */
  readonly lostLogLines?: number
}

export interface SourceStats {
  readonly source: string
  readonly trackedFiles: number
  readonly openFiles: number
  readonly unreadableFiles: number
  /** Logs that are not followed yet, for as many files are as may be. */
  readonly waitingLogs: number
  readonly deletedHeldBytes: number
  readonly deletedUnsettledBytes: number
}

export interface LagStats {
  readonly source: string
  readonly output: string
  readonly bytes: number
}

/** A chunk has lines of several sources, so that their age is the output's. */
export interface AgeStats {
  readonly output: string
  readonly ageMs: number
}

/** An output that keeps the documents itself, within a limit. */
export interface StoreStats {
  readonly output: string
  readonly usedBytes: number
  readonly limitBytes: number
}

export interface PodStats {
  readonly known: number
  /** Since the start. */
  readonly evicted: number
  readonly blindMs: number
}

export interface DeadLetterStats {
  readonly output: string
  readonly bytes: number
  readonly limitBytes: number
}

export type ChunkState = 'staged' | 'sealed' | 'sending' | 'retrying' | 'spilled'

export interface QueueStats {
  readonly output: string
  readonly limitBytes: number
  /** Absent states count as empty, so that a state's series never sticks at its last value. */
  readonly states: Readonly<Partial<Record<ChunkState, { readonly chunks: number; readonly bytes: number }>>>
}

export const CHUNK_STATES: readonly ChunkState[] = ['staged', 'sealed', 'sending', 'retrying', 'spilled']
