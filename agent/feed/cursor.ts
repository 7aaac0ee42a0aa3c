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
  /** Everything up to here has been searched for the newline of an overlong line. */
  scanned: number
  /** What the staged chunk has of this file. */
  staged: Hold | undefined
  /** An open record began in this file. */
  partial: Hold | undefined
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
  scanned: start,
  staged: undefined,
  partial: undefined,
  texts: undefined,
  textsVersion: -1,
})

export const hasPartials = (chain: Chain): boolean =>
  chain.partials.stdout !== undefined || chain.partials.stderr !== undefined

/** Where the earliest open record of this file begins, if one does. */
const partialStart = (cursor: Cursor): number | undefined => {
  const starts = [cursor.chain.partials.stdout, cursor.chain.partials.stderr].flatMap((p) =>
    p?.fingerprint === cursor.file.fingerprint && p.spans[0] ? [p.spans[0].offset] : [],
  )
  return starts.length > 0 ? Math.min(...starts) : undefined
}

/** After the open records changed: each file keeps what they began with from being committed. */
export const holdPartials = (chain: Chain): void => {
  for (const cursor of chain.cursors) {
    const low = partialStart(cursor)
    if (low === cursor.partial?.low) continue
    const before = cursor.partial
    cursor.partial = low === undefined ? undefined : cursor.ledger.hold(low)
    if (before) cursor.ledger.release(before)
  }
}
