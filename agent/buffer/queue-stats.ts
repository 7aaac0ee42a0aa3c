import type { Entry } from './entry.ts'
import type { Hold } from './hold.ts'

export interface Amount {
  readonly chunks: number
  /** In memory: of the bodies as they are sent; on disk: of the files. */
  readonly bytes: number
}

export interface QueueStats {
  readonly sealed: Amount
  readonly sending: Amount
  readonly retrying: Amount
  /** On disk, also those that are being sent. */
  readonly spilled: Amount
  /** When the oldest line in the queue was written, ms since the epoch. */
  readonly oldestMs: number | undefined
  /** The output takes nothing; times are monotonic. */
  readonly hold: Hold | undefined
  /** Why nothing can be spilled, where something should be. */
  readonly full: 'no' | 'limit' | 'disk'
  readonly inFlight: number
}

type Facts = Pick<QueueStats, 'hold' | 'full' | 'inFlight'> & { readonly bytesOnDisk: number }

/** One look over the queue, for a scrape. */
export const statsOf = (entries: Iterable<Entry>, facts: Facts): QueueStats => {
  const { bytesOnDisk, ...rest } = facts
  const amounts = {
    sealed: { chunks: 0, bytes: 0 },
    sending: { chunks: 0, bytes: 0 },
    retrying: { chunks: 0, bytes: 0 },
  }
  let onDisk = 0
  let oldestMs = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    oldestMs = Math.min(oldestMs, entry.oldestMs)
    if (entry.place.kind === 'disk') {
      onDisk++
      continue
    }
    const amount = amounts[entry.phase === 'sending' ? 'sending' : entry.attempt > 0 ? 'retrying' : 'sealed']
    amount.chunks++
    amount.bytes += entry.place.chunk.body.bytes.length
  }
  return {
    ...amounts,
    spilled: { chunks: onDisk, bytes: bytesOnDisk },
    oldestMs: oldestMs === Number.POSITIVE_INFINITY ? undefined : oldestMs,
    ...rest,
  }
}
