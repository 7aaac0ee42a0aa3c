import type { AgentEvents, BulkBody } from '../event.ts'
import { pickItems } from './bulk-items.ts'
import type { ChunkStore, ReadChunk, StoredChunk } from './chunk-store.ts'
import type { Entry } from './entry.ts'

/** What there is of a chunk to send. */
export type Source =
  | { readonly kind: 'body'; readonly body: BulkBody }
  /** Nothing, for good: what becomes of its file. */
  | { readonly kind: 'gone'; readonly file: 'forget' | 'quarantine' }
  /** Its file cannot be read now. */
  | { readonly kind: 'later' }

export interface SourceDeps {
  readonly output: { readonly name: string }
  readonly store: ChunkStore
  readonly events: Pick<AgentEvents, 'stateDamaged' | 'dropped'>
}

type Damaged = Extract<ReadChunk, { kind: 'damaged' }>

/** Notes what the file says; the first to tell, as nothing of it is read at the start. */
const noted = (entry: Entry, body: BulkBody, oldestMs: number): Source => {
  entry.documents = body.documents
  entry.plainBytes = body.plainBytes
  entry.oldestMs = oldestMs
  return { kind: 'body', body }
}

const salvaged = (entry: Entry, stored: StoredChunk, read: Damaged, deps: SourceDeps): Source => {
  if (!entry.damaged) {
    const saved = read.body?.documents ?? 0
    deps.events.stateDamaged(stored.path, `${read.detail}; documents saved: ${saved}, lost: ${read.lost}`)
    if (read.lost > 0) deps.events.dropped(deps.output.name, read.lost, 'chunk file damaged')
  }
  // The file is put aside only when what was saved of it has its verdict: until then it is the only copy.
  entry.damaged = true
  return read.body ? noted(entry, read.body, read.oldestMs) : { kind: 'gone', file: 'quarantine' }
}

const unreadable = (entry: Entry, stored: StoredChunk, error: NodeJS.ErrnoException, deps: SourceDeps): Source => {
  if (error.code === 'ENOENT') {
    deps.events.dropped(deps.output.name, entry.documents ?? 0, 'chunk file is gone')
    return { kind: 'gone', file: 'forget' }
  }
  deps.events.stateDamaged(stored.path, `cannot be read, tried again later: ${error.message}`)
  return { kind: 'later' }
}

const sourceOf = (entry: Entry, deps: SourceDeps): Source => {
  if (entry.place.kind === 'memory') return { kind: 'body', body: entry.place.chunk.body }
  const { stored } = entry.place
  try {
    const read = deps.store.read(stored)
    if (read.kind === 'whole') return noted(entry, read.body, read.oldestMs)
    if (read.kind === 'damaged') return salvaged(entry, stored, read, deps)
    deps.events.stateDamaged(stored.path, `written by a newer Picket (chunk format ${read.version}); left as it is`)
    return { kind: 'gone', file: 'forget' }
  } catch (error) {
    return unreadable(entry, stored, error as NodeJS.ErrnoException, deps)
  }
}

/** What is next to be sent of it. */
export const nextBody = (entry: Entry, deps: SourceDeps): Source => {
  const source = sourceOf(entry, deps)
  const part = entry.parts[0]!
  if (source.kind !== 'body' || part === 'all') return source
  try {
    return { kind: 'body', body: pickItems(source.body, part) }
  } catch (error) {
    // An encoder's fault: a body that cannot be taken apart is kept and tried whole, and does not stop its neighbours.
    const what = `${deps.output.name}, chunk ${entry.seq}`
    deps.events.stateDamaged(what, `its body does not inflate: ${String(error)}`)
    entry.parts = ['all']
    return { kind: 'later' }
  }
}
