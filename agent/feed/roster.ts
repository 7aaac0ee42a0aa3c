import type { Positions, TailedFile } from '../event.ts'
import { type Chain, type Cursor, createChain, createCursor, crossBorder, hasPartials } from './cursor.ts'

/** The files of one lane: who is to be read next, who waits for whom, who is through. */
export interface Roster {
  has(file: TailedFile): boolean
  appeared(file: TailedFile): void
  changed(file: TailedFile): void
  /** The next file in turn. */
  next(): Cursor | undefined
  /** It has more to read: back to the end of the line. */
  again(cursor: Cursor): void
  /** Its pod is not known yet; retryDelayed() brings it back. */
  delay(cursor: Cursor): void
  retryDelayed(nowMs: number): void
  /** ms until those that are delayed are to be looked at again; Infinity where none is. */
  retryInMs(nowMs: number): number
  /** It was read to its present end. */
  rests(cursor: Cursor): void
  /** It can no longer be read. */
  gone(cursor: Cursor): void
  /** Its last open record was shipped: if no file of it is left, neither is it. */
  forget(chain: Chain): void
  /** Positions of this file may have moved. */
  commit(cursor: Cursor): void
  readonly ready: number
  readonly delayed: number
  readonly files: number
}

/** A file's constant texts are some KB, made in some 30 µs: of more files than these only those that are being read keep them. */
const MANY_FILES = 2000

/** Whose pod is not known yet, or whose data stream is held, is looked at again after so long. */
export const RETRY_MS = 250
/** And whenever the lane wakes, as long as they are so few: it wakes for each chunk, and for each file that grows. */
const FEW_DELAYED = 100

export const createRoster = (lane: string, positions: Positions): Roster => {
  const chains = new Map<string, Chain>()
  const cursors = new Map<TailedFile, Cursor>()
  const ring: Cursor[] = []
  let delayed: Cursor[] = []
  let retriedMs = Number.NEGATIVE_INFINITY

  const makeReady = (cursor: Cursor): void => {
    if (cursor.state === 'ready' || cursor.state === 'done') return
    cursor.state = 'ready'
    ring.push(cursor)
  }
  /**
   * A file waits until its predecessor was read to its end after this one had appeared. The runtime writes to the new file only once it has let
   * go of the old one, so the open records are complete then, and nothing waits for the old file's grace to pass.
   */
  const mustWait = (cursor: Cursor): boolean => {
    const before = cursor.file.predecessor && cursors.get(cursor.file.predecessor)
    if (before === undefined || before.state === 'done') return false
    return before.state !== 'idle' || before.file.waiting === true
  }
  const unblock = (chain: Chain): void => {
    for (const cursor of chain.cursors) if (cursor.state === 'blocked' && !mustWait(cursor)) makeReady(cursor)
  }
  const chainOf = (file: TailedFile): Chain => {
    const chain = chains.get(file.chain) ?? createChain()
    chains.set(file.chain, chain)
    return chain
  }
  const appeared = (file: TailedFile): void => {
    const chain = chainOf(file)
    const cursor = createCursor(file, chain, positions.start(lane, file))
    cursors.set(file, cursor)
    chain.cursors.push(cursor)
    chain.last = cursor
    const before = file.predecessor && cursors.get(file.predecessor)
    if (before?.state === 'idle') makeReady(before)
    if (!mustWait(cursor)) makeReady(cursor)
  }
  const changed = (file: TailedFile): void => {
    const cursor = cursors.get(file)
    if (cursor?.state === 'idle') makeReady(cursor)
  }
  const forget = (chain: Chain): void => {
    if (chain.last && chain.cursors.length === 0 && !hasPartials(chain)) chains.delete(chain.last.file.chain)
  }
  const remove = (cursor: Cursor): void => {
    const { chain, file } = cursor
    cursor.state = 'done'
    cursors.delete(file)
    chain.cursors.splice(chain.cursors.indexOf(cursor), 1)
    forget(chain)
    positions.finish(lane, file)
    unblock(chain)
    crossBorders(chain)
  }
  const isThrough = ({ file, gone, read }: Cursor): boolean => gone || (file.state === 'final' && read >= file.size)
  /** With its records settled and, where one is due, its closing document too: a crash before that has the file closed again. */
  const removeIfThrough = (cursor: Cursor): void => {
    if (cursor.state !== 'idle' || !isThrough(cursor)) return
    const { closing, file, ledger, read } = cursor
    const ending = closing.kind === 'open' ? positions.ending(lane, file, read) : undefined
    // Also of what is gone: it may be there again at the next start, and what is on its way has no verdict yet.
    if (ledger.open > 0) return
    if (ending) {
      cursor.closing = { kind: 'due', ending }
      makeReady(cursor)
    } else if (closing.kind === 'due') makeReady(cursor)
    else remove(cursor)
  }
  const rests = (cursor: Cursor): void => {
    cursor.state = 'idle'
    if (cursors.size > MANY_FILES) cursor.context = undefined
    unblock(cursor.chain)
    removeIfThrough(cursor)
  }
  const commit = (cursor: Cursor): void => {
    if (cursor.state === 'done') return
    positions.commit(lane, cursor.file, cursor.ledger.safe(cursor.read))
    crossBorders(cursor.chain)
    removeIfThrough(cursor)
  }
  const crossBorders = (chain: Chain): void => {
    const crossed = chain.cursors.find(crossBorder)
    if (crossed) commit(crossed)
  }
  const retryDelayed = (nowMs: number): void => {
    if (delayed.length > FEW_DELAYED && nowMs - retriedMs < RETRY_MS) return
    retriedMs = nowMs
    const back = delayed
    delayed = []
    for (const cursor of back) makeReady(cursor)
  }
  return {
    has: (file) => cursors.has(file),
    appeared,
    changed,
    next: () => ring.shift(),
    again: (cursor) => {
      cursor.state = 'idle'
      makeReady(cursor)
    },
    delay: (cursor) => {
      cursor.state = 'delayed'
      delayed.push(cursor)
    },
    retryDelayed,
    retryInMs: (nowMs) => (delayed.length > 0 ? Math.max(0, retriedMs + RETRY_MS - nowMs) : Number.POSITIVE_INFINITY),
    rests,
    gone: (cursor) => {
      cursor.gone = true
      rests(cursor)
    },
    forget,
    commit,
    get ready() {
      return ring.length
    },
    get delayed() {
      return delayed.length
    },
    get files() {
      return cursors.size
    },
  }
}
