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

interface Link extends Hold {
  next: Link | undefined
}

export const createLedger = (): Ledger => {
  // One or two, linked: a Set or a list that is emptied and filled with every chunk leaves its table behind each time, in every file.
  let first: Link | undefined
  return {
    hold: (low) => {
      first = { low, next: first }
      return first
    },
    release: (hold) => {
      if (first === hold) first = first.next
      else for (let link = first; link; link = link.next) if (link.next === hold) link.next = link.next.next
    },
    safe: (read) => {
      let low = read
      for (let link = first; link; link = link.next) if (link.low < low) low = link.low
      return low
    },
    get open() {
      let open = 0
      for (let link = first; link; link = link.next) open++
      return open
    },
  }
}
