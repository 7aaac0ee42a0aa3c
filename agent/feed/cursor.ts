import type { EncodeContext, Ending, Partials, TailedFile } from '../event.ts'
import { createLedger, type Hold, type Ledger } from './ledger.ts'

/** The generations of one log in one lane, with the records that are open at the end of what has been read. */
export interface Chain {
  readonly partials: Partials
  /** When the open records last changed, monotonic; what their flush time counts from. */
  partialsChangedMs: number
  /** Oldest first. */
  readonly cursors: Cursor[]
  /** The one that came last, also when it is through or gone: a record that it left open is shipped in its name. */
  last: Cursor | undefined
}

/**
 * 'blocked': its predecessor has not been read to its end. 'ready': in the ring. 'delayed': its pod is not known yet.
 * 'idle': read to its present end. 'done': through for good.
 */
export type CursorState = 'blocked' | 'ready' | 'delayed' | 'idle' | 'done'

export interface TurnContext extends EncodeContext {
  readonly maxRecordBytes: number
}

/** On the way to its end: 'due', its closing document is to be written; 'written', it waits for its verdict. */
export type Closing = { readonly kind: 'open' | 'written' } | { readonly kind: 'due'; readonly ending: Ending }

/** One lane's place in one file. */
export interface Cursor {
  readonly file: TailedFile
  readonly chain: Chain
  readonly ledger: Ledger
  state: CursorState
  closing: Closing
  /** It can no longer be read. */
  gone: boolean
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
  /** While the positions of earlier files may still lie before a record that ends in this one. */
  border: Border | undefined
  /** Made anew when the facts of the file have another version. */
  context: TurnContext | undefined
  contextVersion: number
}

/**
 * A record that is open at the end of one file goes on in the next. Verdicts come in any order: were this file's position to pass the
 * record's end while the other's still lies before its beginning, a restart would read the beginning again, and take what stands
 * here for the rest of it.
 */
export interface Border {
  readonly hold: Hold
  readonly after: readonly { readonly cursor: Cursor; readonly read: number }[]
}

export const createChain = (): Chain => ({
  partials: { stdout: undefined, stderr: undefined },
  partialsChangedMs: 0,
  cursors: [],
  last: undefined,
})

export const newestOf = (chain: Chain): Cursor | undefined => chain.cursors.at(-1) ?? chain.last

export const createCursor = (file: TailedFile, chain: Chain, start: number): Cursor => ({
  file,
  chain,
  ledger: createLedger(),
  state: 'blocked',
  closing: { kind: 'open' },
  gone: false,
  read: start,
  clean: start,
  scanned: start,
  staged: undefined,
  open: undefined,
  border: undefined,
  context: undefined,
  contextVersion: -1,
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

/** Before a turn. */
export const holdBorder = (cursor: Cursor): void => {
  const { cursors } = cursor.chain
  if (cursor.border || cursors[0] === cursor) return
  const before = cursors.slice(0, cursors.indexOf(cursor)).filter((c) => c.open)
  if (before.length === 0) return
  cursor.border = {
    hold: cursor.ledger.hold(cursor.clean),
    after: before.map((c) => ({ cursor: c, read: c.read })),
  }
}

/** Lets go of the border where the earlier files' positions are beyond it; true where it did. */
export const crossBorder = (cursor: Cursor): boolean => {
  const { border } = cursor
  if (!border?.after.every(({ cursor: c, read }) => c.state === 'done' || c.ledger.safe(c.read) >= read)) return false
  cursor.ledger.release(border.hold)
  cursor.border = undefined
  return true
}
