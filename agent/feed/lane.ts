import type {
  AgentEvents,
  Chunk,
  DocumentTexts,
  EncodeContext,
  EncodeResult,
  Encoder,
  Ending,
  Facts,
  FactsProvider,
  FileListener,
  Positions,
  Stream,
  TailedFile,
} from '../event.ts'
import { type Chain, type Cursor, hasPartials, holdBorder, holdOpen, newestOf, type TurnContext } from './cursor.ts'
import { firstLineMs } from './first-line-ms.ts'
import { createRoster, RETRY_MS } from './roster.ts'
import { createStaged } from './staged.ts'
import { type TurnEnd, takeTurn } from './turn.ts'

export interface LaneOptions {
  readonly name: string
  /** Lines wait for company at most so long, ms. */
  readonly flushIntervalMs: number
  /** Bytes of one file before others get their turn. */
  readonly turnBytes: number
  /** End at the end: open records are shipped once everything is read. */
  readonly once: boolean
}

/** What a source says of its records. */
export interface RecordRules {
  /** Content of a record; what is longer is cut. */
  readonly maxRecordBytes: number
}

export interface SourceRules extends RecordRules {
  /** An open record is shipped as it is when nothing came after it for so long, ms. */
  readonly partialFlushMs: number
}

export interface LaneDeps {
  readonly encoder: Encoder
  readonly events: AgentEvents
  readonly positions: Positions
  readonly facts: FactsProvider
  /** fluentd's match on the file's tag. */
  readonly wants: (tag: string) => boolean
  /** By the source's name. */
  readonly recordRules: (source: string) => SourceRules
  readonly texts: (file: TailedFile, facts: Facts) => DocumentTexts
  readonly closing: (file: TailedFile, facts: Facts, ending: Ending) => ClosingDocument
  readonly queue: LaneQueue
  /** ms since the epoch: when lines were written. */
  readonly now: () => number
  /** ms of a clock that nobody sets: how long anything has waited. */
  readonly nowMonotonicMs: () => number
  /** Calls back after ms; returns its cancellation. */
  readonly after: (ms: number, call: () => void) => () => void
  /** Lets the event loop do its other work. */
  readonly breathe: () => Promise<void>
  readonly waker: { wake(): void; wait(): Promise<void> }
}

/** The last document of a file: texts of its own, and what it says. */
export interface ClosingDocument {
  readonly texts: DocumentTexts
  readonly message: string
}

/** What a lane needs of its output's queue. */
export interface LaneQueue {
  push(chunk: Chunk): void
  /** A file was deleted, of which it may hold the only copy. */
  look(): void
  /** The lane has no free slot and wants one. */
  starved(yes: boolean): void
  /** Reading has to wait: the limit is reached, or the disk refuses. */
  full(): boolean
  /** Files whose documents go to this data stream have to wait. */
  holds(stream: string): boolean
}

export interface Lane extends FileListener {
  readonly name: string
  /** Reads until the signal is aborted; what is staged by then is sealed before it resolves. */
  run(signal: AbortSignal): Promise<void>
  /** There may be work again: a slot, room in the queue, a pod that has become known. */
  wake(): void
  /** Nothing to read and nothing staged. */
  idle(): boolean
  stats(): {
    readonly files: number
    readonly ready: number
    readonly openRecords: number
    readonly stagedBytes: number
  }
  /** For the health check: has work that it could do, and when it last got on with it. */
  readonly progress: { pending(): boolean; lastMs(): number }
}

/** Looks come at the pace at which lines are sealed: one that is a little early does not wake up a second time for it. */
const SEAL_SLACK_MS = 50
/** Bytes between two breaths: some 2 ms of work. Many small turns need none between them. */
const BYTES_PER_BREATH = 512 * 1024
const TURN_COST_BYTES = 4096
const STREAMS: readonly Stream[] = ['stdout', 'stderr']

/** Reads the files in fair turns into chunks for one output. Single owner of its cursors, its encoder and its staged chunk. */
export const createLane = (options: LaneOptions, deps: LaneDeps): Lane => {
  const { encoder, events, queue, waker, now, nowMonotonicMs } = deps
  const roster = createRoster(options.name, deps.positions)
  const staged = createStaged({ encoder, settled: roster.commit, released: waker.wake, now })
  const open = new Set<Chain>()
  let lastSealMs = Number.NEGATIVE_INFINITY
  let lastProgressMs = nowMonotonicMs()
  let waitingForSlot = false
  let cancelTimer: () => void = () => {}

  const contextOf = (cursor: Cursor): TurnContext | undefined => {
    const known = deps.facts.facts(cursor.file)
    if (!known.ready) return undefined
    if (cursor.contextVersion !== known.version || !cursor.context) {
      // Asked for here alone: those of a path are made when they are.
      cursor.context = makeContext(cursor, known.facts)
      cursor.contextVersion = known.version
    }
    return cursor.context
  }
  const makeContext = ({ file, chain }: Cursor, facts: Facts): TurnContext => {
    const { format, fingerprint, source } = file
    const { maxRecordBytes } = deps.recordRules(source)
    return { texts: deps.texts(file, facts), format, fingerprint, maxRecordBytes, partials: chain.partials }
  }
  /** Runs one encoding step between the books: positions wait for the chunk, open records for their ends. */
  const encodeStep = <T>(cursor: Cursor, context: EncodeContext, step: () => T): T => {
    const { stdout, stderr } = context.partials
    holdBorder(cursor)
    staged.touch(cursor)
    const result = step()
    lastProgressMs = nowMonotonicMs()
    holdOpen(cursor.chain)
    if (context.partials.stdout !== stdout || context.partials.stderr !== stderr) partialsChanged(cursor.chain)
    return result
  }
  const partialsChanged = (chain: Chain): void => {
    chain.partialsChangedMs = nowMonotonicMs()
    if (hasPartials(chain)) open.add(chain)
    else {
      open.delete(chain)
      roster.forget(chain)
    }
  }

  const turn = (cursor: Cursor): void => {
    const context = contextOf(cursor)
    const held = context?.texts.stream !== undefined && queue.holds(context.texts.stream)
    if (!context || held) roster.delay(cursor)
    else if (cursor.closing.kind === 'due') closeFile(cursor, context, cursor.closing.ending)
    else turnWith(cursor, context)
  }
  const closeFile = (cursor: Cursor, context: TurnContext, ending: Ending): void => {
    const { file } = cursor
    const { texts, message } = deps.closing(file, deps.facts.facts(file).facts, ending)
    const step = (): EncodeResult => encoder.encodeClosing({ ...context, texts }, ending.size, message)
    const result = encodeStep(cursor, context, step)
    events.encoded(file.source, 0, result)
    if (result.stop === 'full') seal('full')
    else cursor.closing = { kind: 'written' }
    roster.rests(cursor)
  }
  const firstBlock = (cursor: Cursor, bytes: Uint8Array): void =>
    staged.since(firstLineMs(bytes, cursor.file.format) ?? now())
  const nextBody = (cursor: Cursor, bytes: Uint8Array): boolean => {
    holdOpen(cursor.chain)
    seal('full')
    if (mustWait()) return false
    staged.touch(cursor)
    firstBlock(cursor, bytes)
    return true
  }
  const turnDeps = { encoder, events, firstBlock, nextBody }
  const turnWith = (cursor: Cursor, context: TurnContext): void => {
    const step = (): TurnEnd => takeTurn(cursor, context, turnDeps, options.turnBytes)
    endTurn(cursor, encodeStep(cursor, context, step))
  }
  const endTurn = (cursor: Cursor, end: TurnEnd): void => {
    if (end === 'gone') roster.gone(cursor)
    else if (end === 'full' || end === 'budget') roster.again(cursor)
    else roster.rests(cursor)
  }

  const seal = (reason: 'full' | 'age' | 'idle' | 'shutdown'): void => {
    if (encoder.stagedDocuments === 0) {
      staged.abandon()
      return
    }
    const chunk = staged.seal()
    lastSealMs = nowMonotonicMs()
    events.chunkSealed(options.name, chunk.body, reason)
    queue.push(chunk)
  }
  /** Returns in how many ms it wants to be asked again. */
  const sealWhenDue = (): number => {
    const dueInMs = lastSealMs + options.flushIntervalMs - nowMonotonicMs()
    if (encoder.stagedDocuments > 0 && dueInMs > SEAL_SLACK_MS && !options.once) return dueInMs
    seal('idle')
    return Number.POSITIVE_INFINITY
  }
  const flushOpenRecords = (): number => {
    let nextInMs = Number.POSITIVE_INFINITY
    for (const chain of open) {
      // What is on disk and not yet read may be its end.
      if (chain.cursors.some((cursor) => cursor.state !== 'idle')) continue
      const dueInMs = options.once ? 0 : chain.partialsChangedMs + flushMs(chain) - nowMonotonicMs()
      if (dueInMs > 0) nextInMs = Math.min(nextInMs, dueInMs)
      else flushChain(chain)
    }
    return nextInMs
  }
  const flushMs = (chain: Chain): number => {
    const newest = newestOf(chain)
    return newest ? deps.recordRules(newest.file.source).partialFlushMs : 0
  }
  const flushChain = (chain: Chain): void => {
    const cursor = newestOf(chain)
    const context = cursor && contextOf(cursor)
    if (!cursor || !context) return
    for (const stream of STREAMS) if (context.partials[stream] && encoder.stage()) flushStream(cursor, context, stream)
  }
  const flushStream = (cursor: Cursor, context: EncodeContext, stream: Stream): void => {
    const result: EncodeResult = encodeStep(cursor, context, () => encoder.flushPartial(context, stream))
    events.encoded(cursor.file.source, 0, result)
    if (result.stop === 'full') seal('full')
  }

  const mustWait = (): boolean => {
    const noSlot = !encoder.stage()
    if (noSlot !== waitingForSlot) queue.starved(noSlot)
    waitingForSlot = noSlot
    return noSlot || queue.full()
  }
  const work = async (signal: AbortSignal): Promise<void> => {
    let lookedMs = nowMonotonicMs()
    roster.retryDelayed(lookedMs)
    for (let bytes = 0; roster.ready > 0 && !signal.aborted && !mustWait(); ) {
      const cursor = roster.next() as Cursor
      const before = cursor.scanned
      turn(cursor)
      // Not `read`: it stands still while an overlong line is searched for its end. A turn costs something even where it finds nothing.
      bytes += cursor.scanned - before + TURN_COST_BYTES
      if (bytes < BYTES_PER_BREATH) continue
      bytes = 0
      await deps.breathe()
      // One file that always has more must not keep the others' unknown pods and open records waiting.
      if (nowMonotonicMs() - lookedMs < RETRY_MS) continue
      lookedMs = nowMonotonicMs()
      roster.retryDelayed(lookedMs)
      flushOpenRecords()
    }
  }
  /** Everything is read for now: ship what waits, and see to being woken in time. */
  const rest = (): void => {
    if (roster.ready > 0) return
    const recordsMs = flushOpenRecords()
    const sealMs = sealWhenDue()
    // A hold that was let go of may have been the last of a file that is now to be closed.
    if (roster.ready > 0) waker.wake()
    const wakeInMs = Math.min(recordsMs, sealMs, roster.retryInMs(nowMonotonicMs()))
    cancelTimer()
    cancelTimer = wakeInMs < Number.POSITIVE_INFINITY ? deps.after(wakeInMs, waker.wake) : () => {}
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', waker.wake, { once: true })
    while (!signal.aborted) {
      await work(signal)
      if (signal.aborted) break
      rest()
      await waker.wait()
    }
    cancelTimer()
    seal('shutdown')
  }
  const listen = (tell: (file: TailedFile) => void) => (file: TailedFile) => {
    // It has the files that it wants: patterns are tried on those that are new to it.
    if (!roster.has(file) && !deps.wants(file.tag)) return
    tell(file)
    if (file.vanishing) queue.look()
    waker.wake()
  }

  return {
    name: options.name,
    appeared: listen(roster.appeared),
    changed: listen(roster.changed),
    run,
    wake: waker.wake,
    idle: () => roster.ready + roster.delayed + encoder.stagedDocuments === 0 && !(options.once && open.size > 0),
    stats: () => ({
      files: roster.files,
      ready: roster.ready,
      openRecords: open.size,
      stagedBytes: encoder.stagedBytes,
    }),
    progress: { pending: () => roster.ready > 0 && !waitingForSlot && !queue.full(), lastMs: () => lastProgressMs },
  }
}
