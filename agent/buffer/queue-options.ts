import type { Clock } from '../../lib/io/clock.ts'
import type { AgentEvents, Output } from '../event.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { SpillLimits } from './spill-policy.ts'

export interface QueueOptions {
  readonly maxInFlight: number
  readonly totalLimitBytes: number
  readonly overflow: 'block' | 'drop_oldest_chunk'
  readonly spill: SpillLimits
  /** Where documents go whose action line names no index; undefined for outputs without such. */
  readonly defaultStream?: string
}

export interface QueueDeps {
  readonly output: Output
  readonly store: ChunkStore
  readonly deadLetters: DeadLetters
  readonly events: AgentEvents
  readonly clock: Clock
  /** Full jitter: ms to wait before try number `attempt` + 1 (attempt counts from 1). */
  readonly backoff: (attempt: number) => number
  /** full() is false again. */
  readonly onRoom?: () => void
}
