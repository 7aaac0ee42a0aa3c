/**
 * How far a lane is through one file. Everything that has been read but has no verdict yet is covered by a hold whose `low` is the
 * first byte that would have to be read again after a crash; the file is safe up to the lowest hold. Chunks take their
 * verdicts in any order, so holds are a set, not a queue; there are never more than chunks in memory, plus the open records.
 */
export interface Hold {
  readonly low: number
}

export interface Ledger {
  hold(low: number): Hold
  release(hold: Hold): void
  /** Every byte before this one is settled, given that `read` bytes have been taken. */
  safe(read: number): number
  readonly open: number
}

export const createLedger = (): Ledger => {
  const holds = new Set<Hold>()
  return {
    hold: (low) => {
      const hold = { low }
      holds.add(hold)
      return hold
    },
    release: (hold) => void holds.delete(hold),
    safe: (read) => {
      let low = read
      for (const hold of holds) if (hold.low < low) low = hold.low
      return low
    },
    get open() {
      return holds.size
    },
  }
}
