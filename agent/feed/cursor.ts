import type { DocumentTexts, Partials, TailedFile } from '../event.ts'
import { createLedger, type Hold, type Ledger } from './ledger.ts'

/** The generations of one log in one lane, with the records that are open at the end of what has been read. */
export interface Chain {
  readonly partials: Partials
  /** When the open records last changed, ms; what their flush time counts from. */
  partialsChangedMs: number
  /** Oldest first. */
  readonly cursors: Cursor[]
}

/**
 * 'blocked': its predecessor has not been read to its end. 'ready': in the ring. 'delayed': its pod is not known yet.
 * 'idle': read to its present end. 'done': through for good.
 */
export type CursorState = 'blocked' | 'ready' | 'delayed' | 'idle' | 'done'

/** One lane's place in one file. */
export interface Cursor {
  readonly file: TailedFile
  readonly chain: Chain
  readonly ledger: Ledger
  state: CursorState
  /** Next byte to encode: the start of a line. */
  read: number
  /**
   * The last `read` at which no record of the chain was open. A restart may begin here and nowhere later: behind it a record of
   * one stream may reach over the beginning of another's, and its last piece alone would pass for a record of its own.
   */
  clean: number
  /** Everything up to here has been searched for the newline of an overlong line. */
  scanned: number
  /** What the staged chunk has of this file. */
  staged: Hold | undefined
  /** While records are open: what has been read since `clean`. */
  open: Hold | undefined
  texts: DocumentTexts | undefined
  textsVersion: number
}

export const createChain = (): Chain => ({
  partials: { stdout: undefined, stderr: undefined },
  partialsChangedMs: 0,
  cursors: [],
})

export const createCursor = (file: TailedFile, chain: Chain, start: number): Cursor => ({
  file,
  chain,
  ledger: createLedger(),
  state: 'blocked',
  read: start,
  clean: start,
  scanned: start,
  staged: undefined,
  open: undefined,
  texts: undefined,
  textsVersion: -1,
})

export const hasPartials = (chain: Chain): boolean =>
  chain.partials.stdout !== undefined || chain.partials.stderr !== undefined

/** After a turn: while records are open, no file of the chain is committed beyond its last clean place. */
export const holdOpen = (chain: Chain): void => {
  const open = hasPartials(chain)
  for (const cursor of chain.cursors) {
    if (!open) cursor.clean = cursor.read
    const before = cursor.open
    cursor.open = cursor.clean < cursor.read ? (before ?? cursor.ledger.hold(cursor.clean)) : undefined
    if (before && !cursor.open) cursor.ledger.release(before)
  }
}
