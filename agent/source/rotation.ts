/** What a look at a file says, and what follows. Pure: the tailer observes, these decide, the tailer does. */

export interface Seen {
  readonly size: number
  readonly links: number
}

/**
 * 'rewritten': it shrank, or its beginning is not what it was (copytruncate, and written past the old size between two looks).
 */
export type Growth = 'same' | 'grown' | 'rewritten'

/** `touched`: it was written to since the last look. With the size that it had, it was truncated and written anew, or only touched. */
export const growthOf = (knownSize: number, seen: Seen, touched: boolean, sameBytes: () => boolean): Growth => {
  if (seen.size < knownSize) return 'rewritten'
  if (seen.size === knownSize) return !touched || sameBytes() ? 'same' : 'rewritten'
  return sameBytes() ? 'grown' : 'rewritten'
}

/** What a file's name has come to. */
export type Name = 'live' | 'rotated' | 'superseded' | 'deleted'

/** The name that a file's path gives it, when another inode or nothing may be there. */
export const nameOf = (atPath: 'same' | 'other' | 'nothing', links: number, superseded: boolean): Name => {
  if (atPath === 'other') return 'rotated'
  if (atPath === 'nothing') return links === 0 ? 'deleted' : 'rotated'
  return superseded ? 'superseded' : 'live'
}

export interface Quiet {
  readonly name: Name
  /** Looks without growth since it lost its name. */
  readonly looks: number
  /** Time without growth since it lost its name. */
  readonly ms: number
  /** The next generation has a complete first line: the writer has moved on. */
  readonly successorKnown: boolean
}

/**
 * Whether the size is the last word. A writer goes on in the renamed inode until it is told to reopen, and a container's
 * until its runtime has, so the file must be quiet; where no successor proves that the writer left, for `rotateWaitMs`.
 */
export const isFinal = (quiet: Quiet, rotateWaitMs: number): boolean => {
  if (quiet.name === 'live' || quiet.looks < 1) return false
  if (quiet.name === 'rotated' && quiet.successorKnown) return true
  return quiet.ms >= rotateWaitMs
}

/**
 * Rotated files beside a plain one: those newer than the newest known are to be read. `known[i]`: somebody has read from
 * members[i] before; oldest first. `unseen`: the log is known, none of its files is, and this one was written to since.
 */
export const firstToAdopt = (known: readonly boolean[], unseen: readonly boolean[]): number => {
  const newestKnown = known.lastIndexOf(true)
  if (newestKnown >= 0) return newestKnown + 1
  const first = unseen.indexOf(true)
  return first >= 0 ? first : known.length
}

/** How long until a file's path is looked at again: a busy file may be rotated at any time, an idle one is let be. */
export const pathLookDelayMs = (idleMs: number): number => (idleMs < 10_000 ? 0 : 2_000)

/**
 * So many looks must have missed a file before it is lost. A look lists a folder and then opens what it listed; a rotation
 * in between (kubelet compresses the last rotated file and renames the live one) takes two files to names that were not
 * listed. The next look finds them, and a file is not renamed again and again at just the wrong moment.
 */
export const looksToMiss = 3

/**
 * One that is read to its end loses nothing by it; met once more after that, it would be read once more, a container's to the same
 * identities. Where ten containers a second come and go, what is remembered of those that are gone is thousands of bytes for each second.
 */
export const looksToForget = 2
