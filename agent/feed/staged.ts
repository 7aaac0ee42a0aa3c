import type { Chunk, Encoder, SealedBody } from '../event.ts'
import type { Cursor } from './cursor.ts'
import type { Hold } from './ledger.ts'

/** The chunk that is being filled: which files it has bytes of, and since when. */
export interface Staged {
  /** Call before a file's bytes are encoded: from here on its positions wait for this chunk. */
  touch(cursor: Cursor): void
  /** When a line in it was written, ms since the epoch; the oldest counts. */
  since(ms: number): void
  /** Nothing was written: the positions need not wait. */
  abandon(): void
  seal(): Chunk
}

interface StagedDeps {
  readonly encoder: Encoder
  /** A file's positions may have moved on. */
  readonly settled: (cursor: Cursor) => void
  /** A slot became free. */
  readonly released: () => void
  readonly now: () => number
}

/** A file, and from where on its positions wait. */
interface Held {
  readonly cursor: Cursor
  readonly hold: Hold
}

export const createStaged = ({ encoder, settled, released, now }: StagedDeps): Staged => {
  let held: Held[] = []
  let oldestMs = Number.POSITIVE_INFINITY

  const hold = (cursor: Cursor, low: number): void => {
    if (cursor.staged) return
    cursor.staged = cursor.ledger.hold(low)
    held.push({ cursor, hold: cursor.staged })
  }
  const touch = (cursor: Cursor): void => {
    // A record that is open now may end in this chunk; then its first bytes, perhaps of an earlier file, wait for this chunk too.
    for (const c of cursor.chain.cursors) if (c.open) hold(c, c.clean)
    hold(cursor, cursor.clean)
  }
  const take = (): Held[] => {
    const taken = held
    for (const { cursor } of taken) cursor.staged = undefined
    held = []
    oldestMs = Number.POSITIVE_INFINITY
    return taken
  }
  const settle = (taken: readonly Held[]): void => {
    for (const { cursor, hold } of taken) {
      cursor.ledger.release(hold)
      settled(cursor)
    }
  }
  const seal = (): Chunk => {
    const body: SealedBody = encoder.seal()
    const chunkOldestMs = oldestMs === Number.POSITIVE_INFINITY ? now() : oldestMs
    const taken = take()
    return {
      body,
      oldestMs: chunkOldestMs,
      get vanishing() {
        return taken.some(({ cursor }) => cursor.file.vanishing)
      },
      settled: () => settle(taken),
      release: () => {
        encoder.release(body)
        released()
      },
    }
  }
  const since = (ms: number): void => {
    if (ms < oldestMs) oldestMs = ms
  }
  return { touch, since, abandon: () => settle(take()), seal }
}
