import type { BulkBody, Outcome, Output } from '../../event.ts'
import { bulkText } from '../bulk-items.ts'
import { documentLines } from '../document-lines.ts'
import { createTurns } from '../in-turn.ts'
import { type LogFile, type LogFileOptions, openLogFile, type WriteAll, writeAll } from './log-file.ts'

export interface FileOptions extends LogFileOptions {
  readonly name: string
}

const reasonFor = (error: unknown, path: string): string => {
  const code = (error as NodeJS.ErrnoException).code
  const text = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `the disk that holds ${path} is full (${text}); free some space, or lower keep`
  return `${path}: ${text}`
}

/**
 * Documents as JSON lines in a file that is rotated by size. A verdict means that they are fsynced. After a crash the bodies
 * without one come again; those of their documents that the last 16 MiB of the file (and of its predecessor) hold are
 * left out by their `_id`. Beyond that, delivery is at least once: docs/guarantees.md.
 */
export const createFileOutput = (options: FileOptions, write: WriteAll = writeAll): Output => {
  const inTurn = createTurns()
  let current: LogFile | undefined
  let known: ReadonlySet<string> | undefined

  const close = async (): Promise<void> => {
    const closing = current
    current = undefined
    await closing?.close()
  }

  const open = async (): Promise<LogFile> => {
    // Before a body is written, never after: a rotation that fails must not take back its verdict.
    if (current && ((await current.rotateIfLarge()) || !(await current.isCurrent()))) await close()
    current ??= await openLogFile(options, known === undefined, write)
    // Kept while the agent runs: files are read in turns, and the last of what comes again may come late.
    known ??= current.ids
    return current
  }

  const take = async (body: BulkBody): Promise<Outcome> => {
    const text = await bulkText(body)
    const file = await open()
    const fresh = documentLines(text, known)
    if (fresh.created > 0) await file.append(fresh.text)
    return {
      kind: 'items',
      created: fresh.created,
      duplicates: fresh.duplicates,
      failureStore: 0,
      rejected: fresh.rejected,
      retry: [],
      retryReason: undefined,
    }
  }

  const send = async (body: BulkBody, signal: AbortSignal): Promise<Outcome> => {
    try {
      signal.throwIfAborted()
      return await take(body)
    } catch (error) {
      return { kind: 'again', reason: reasonFor(error, options.path), retryAfterMs: undefined, hold: false }
    }
  }

  return { name: options.name, send: (body, signal) => inTurn(() => send(body, signal)), close: () => inTurn(close) }
}
