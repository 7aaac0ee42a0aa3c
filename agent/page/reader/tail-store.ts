import type { Clock } from '../../../lib/io/clock.ts'
import { parseQuery } from '../../search/parse-query.ts'
import type { Query } from '../../search/query.ts'
import { type Follower, openFollower } from '../../store/follow-store.ts'
import type { Found } from '../../store/read-store.ts'
import type { TailLine } from '../api.ts'
import { pageRecord } from './page-record.ts'

export interface TailIo {
  readonly clock: Pick<Clock, 'sleep' | 'monotonic'>
  readonly signal: AbortSignal
  /** Resolves when the next line may be written: at the pace of whoever reads, through pipe and socket. */
  readonly write: (line: TailLine) => Promise<void>
}

const POLL_MS = 250
const FIRST_RECORDS = 200
const RECORDS_PER_LINE = 500
/** Whoever is further behind than this, some seconds at a busy node's pace, would rather see what happens now. */
const KEPT_ROWS = 4000
const ALIVE_MS = 10_000

/** Everything that came in since, at most KEPT_ROWS of it; what is passed over is said. */
const writeNew = async (follower: Follower, { write, signal }: TailIo): Promise<number> => {
  let written = 0
  while (!signal.aborted) {
    const rows = follower.skip(KEPT_ROWS)
    if (rows > 0) await write({ kind: 'skipped', rows })
    const found: readonly Found[] = follower.next(RECORDS_PER_LINE)
    if (found.length > 0) await write({ kind: 'records', records: found.map(pageRecord) })
    written += rows + found.length
    if (found.length < RECORDS_PER_LINE) break
  }
  return written
}

const waitForStore = async (path: string, query: Query, io: TailIo): Promise<Follower | undefined> => {
  for (let told = false; !io.signal.aborted; told = true) {
    const opened = openFollower(path, query)
    if (typeof opened === 'string') await io.write({ kind: 'failed', reason: opened })
    if (typeof opened === 'string') return undefined
    if (opened) return opened
    if (!told) await io.write({ kind: 'waiting' })
    await io.clock.sleep(POLL_MS, io.signal)
  }
  return undefined
}

/** Until the store is replaced or the signal ends it. */
const follow = async (follower: Follower, io: TailIo): Promise<void> => {
  let wroteMs = io.clock.monotonic()
  while (!io.signal.aborted && !follower.replaced()) {
    if ((await writeNew(follower, io)) > 0) wroteMs = io.clock.monotonic()
    else if (io.clock.monotonic() - wroteMs > ALIVE_MS) {
      await io.write({ kind: 'alive' })
      wroteMs = io.clock.monotonic()
    }
    await io.clock.sleep(POLL_MS, io.signal)
  }
}

/** The last records that match, then those that come in. */
export const tailStore = async (path: string, text: string, io: TailIo): Promise<void> => {
  const parsed = parseQuery(text)
  if (parsed.kind === 'error') return io.write({ kind: 'mistake', ...parsed.error })
  while (!io.signal.aborted) {
    const follower = await waitForStore(path, parsed.query, io)
    if (!follower) return
    try {
      await io.write({ kind: 'records', records: follower.last(undefined, FIRST_RECORDS).toReversed().map(pageRecord) })
      await follow(follower, io)
    } finally {
      follower.close()
    }
  }
}
