import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../../lib/io/clock.ts'
import type { AgentEvents, BulkBody, Outcome, Output } from '../../event.ts'
import { rowsPerVolume } from '../../store/schema.ts'
import { bulkItems, bulkText } from '../bulk-items.ts'
import { createTurns } from '../in-turn.ts'
import { blame, isDamage, NewerStore, openDatabase, quarantine, sqlite, sqliteCode } from './database.ts'
import { createStore, type Inserter, type Store } from './insert.ts'
import { createTrimmer, type Trimmer } from './trim.ts'
import { openWal, type Wal } from './wal.ts'

export interface LocalOptions {
  readonly name: string
  /** The database file; its folder is made where it is missing. */
  readonly path: string
  /** Pages in use; the file may be a tenth larger, and the WAL beside it has up to 8 MiB. */
  readonly maxSizeBytes: number
  /** Since a document was taken. */
  readonly maxAgeMs: number
}

export interface LocalDependencies {
  readonly events: Pick<AgentEvents, 'stateDamaged'>
  readonly clock: Clock
}

export interface LocalOutput extends Output {
  /** Bytes in use, for the metrics; 0 while the store cannot be opened. */
  usedBytes(): number
}

/** The loop is everybody's: no step of ours holds it for longer, but for a single commit or checkpoint. */
const stepMs = 8
/** Looking at the clock costs as much as a tenth of an insert. */
const itemsPerLook = 16

interface OpenStore {
  readonly database: ReturnType<typeof openDatabase>
  readonly store: Store
  readonly trimmer: Trimmer
  readonly wal: Wal
}

const open = (options: LocalOptions): OpenStore => {
  const database = openDatabase(options.path)
  try {
    const store = createStore(database, rowsPerVolume(options.maxSizeBytes))
    const trimmer = createTrimmer(database, store.forget)
    // The WAL comes into being with the first read or write after journal_mode; createStore has read.
    return { database, store, trimmer, wal: openWal(options.path) }
  } catch (error) {
    database.close()
    throw error
  }
}

const openOrBlame = (options: LocalOptions): OpenStore => {
  try {
    return open(options)
  } catch (error) {
    throw blame(error, options.path)
  }
}

/**
 * A failed fsync must not be tried again: the kernel has marked the pages clean, and the next one would succeed without
 * having written them (fsync(2), "Error reporting"). A checkpoint writes them elsewhere, from what SQLite reads, and syncs that.
 */
const durable = async ({ wal, database }: OpenStore): Promise<void> => {
  try {
    await wal.sync()
  } catch {
    const busy = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy
    if (busy !== 0) throw new Error('the write-ahead log could not be synced to the disk')
  }
}

const again = (reason: string, hold = false, retryAfterMs?: number): Outcome => ({
  kind: 'again',
  reason,
  retryAfterMs,
  hold,
})

const reasonFor = (error: unknown, path: string): Outcome => {
  if (error instanceof NewerStore)
    return again(`${path}: ${error.message}; start the newer agent, or move the file away`, true)
  const text = error instanceof Error ? error.message : String(error)
  const code = sqliteCode(error)
  const system = (error as NodeJS.ErrnoException).code
  if (code === sqlite.full || system === 'ENOSPC')
    return again(`the disk that holds ${path} is full (${text}); free some space, or lower max_size`)
  if (code === sqlite.busy) return again(`${path} is locked by another process (${text})`, false, 100)
  return again(`${path}: ${text}`)
}

/** The embedded store: every document once, by its `_id`, in an SQLite file that stays within its size and age. */
export const createLocalOutput = (options: LocalOptions, dependencies: LocalDependencies): LocalOutput => {
  const { clock, events } = dependencies
  let current: OpenStore | undefined
  const inTurn = createTurns()

  const close = (): void => {
    const closing = current
    current = undefined
    try {
      closing?.wal.close()
    } finally {
      closing?.database.close()
    }
  }

  const setAside = (error: unknown): Outcome => {
    const detail = error instanceof Error ? error.message : String(error)
    try {
      close()
    } catch {
      // A damaged database may fail to close, too; its handle is gone all the same.
    }
    const target = quarantine(options.path)
    events.stateDamaged(options.path, `${detail}; put aside as ${target}, a new store is begun`)
    return again(`the store was damaged (${detail}); a new one is begun`, false, 0)
  }

  /** Whatever goes wrong becomes an Outcome. */
  const guarded = async (work: () => Promise<Outcome>): Promise<Outcome> => {
    try {
      return await work()
    } catch (error) {
      try {
        if (isDamage(error)) return setAside(error)
      } catch (second) {
        return reasonFor(second, options.path)
      }
      return reasonFor(error, options.path)
    }
  }

  const insertAll = async (inserter: Inserter, text: string, signal: AbortSignal): Promise<void> => {
    let began = clock.monotonic()
    let index = 0
    for (const item of bulkItems(text)) {
      inserter.insert(item, index++)
      if (index % itemsPerLook !== 0 || clock.monotonic() - began < stepMs) continue
      await setImmediate()
      signal.throwIfAborted()
      began = clock.monotonic()
    }
  }

  const transact = async ({ database, store }: OpenStore, text: string, signal: AbortSignal): Promise<Inserter> => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const inserter = store.body(clock.now())
      await insertAll(inserter, text, signal)
      inserter.finish()
      database.exec('COMMIT')
      return inserter
    } catch (error) {
      // SQLite has rolled back itself after some errors (FULL, IOERR).
      if (database.isTransaction) database.exec('ROLLBACK')
      store.rolledBack()
      throw error
    }
  }

  const trim = async ({ trimmer }: OpenStore, signal: AbortSignal): Promise<void> => {
    const limits = { maxBytes: options.maxSizeBytes, oldestReceivedMs: clock.now() - options.maxAgeMs }
    while (!signal.aborted && trimmer.step(limits)) await setImmediate()
  }

  const take = async (body: BulkBody, signal: AbortSignal): Promise<Outcome> => {
    const text = await bulkText(body)
    signal.throwIfAborted()
    current ??= openOrBlame(options)
    const taken = await transact(current, text, signal)
    await durable(current)
    await trim(current, signal)
    return {
      kind: 'items',
      created: taken.created,
      duplicates: taken.duplicates,
      failureStore: 0,
      rejected: taken.rejected,
      retry: [],
      retryReason: undefined,
    }
  }

  // One body at a time: there is one connection, and a transaction spans turns of the loop.
  return {
    name: options.name,
    send: (body, signal) => inTurn(() => guarded(() => take(body, signal))),
    close: () => inTurn(async () => close()),
    usedBytes: () => current?.trimmer.usedBytes() ?? 0,
  }
}
