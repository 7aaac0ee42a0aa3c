import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { AgentEvents } from '../event.ts'
import type { HandlePool } from './handle-pool.ts'

/** What generations share. */
export interface World {
  readonly files: Filesystem
  readonly events: AgentEvents
  readonly pool: HandlePool
  readonly nowMs: () => number
  readonly archiveWaitMs: number
  /** When the line of archives last got on: one was inflated, or more of one was read. Those behind it are not given up meanwhile. */
  readonly archiveLine: { movedMs: number }
  /** An archive may have its turn: a copy was read to its end, or is not needed any more. There may be thousands, so that this is no look at everything. */
  readonly nextArchive: () => void
}
