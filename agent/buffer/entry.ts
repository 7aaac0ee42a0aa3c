import type { Chunk } from '../event.ts'
import type { StoredChunk } from './chunk-store.ts'
import type { Part } from './judge.ts'

/** Where the bytes of a chunk are. */
export type Place =
  | { readonly kind: 'memory'; readonly chunk: Chunk }
  | { readonly kind: 'disk'; readonly stored: StoredChunk }

/** A chunk on its way through the queue. */
export interface Entry {
  readonly seq: number
  place: Place
  phase: 'waiting' | 'sending'
  /** What is still to be sent of its body, in turns. Never empty. */
  parts: readonly Part[]
  /** In the body; undefined for one that was found on disk and not yet read. */
  documents: number | undefined
  plainBytes: number
  /** When its oldest line was written; for one found on disk and not yet read, when the file was. */
  oldestMs: number
  /** As of now: its files may be deleted while it waits or is being sent. */
  readonly vanishing: boolean
  /** Monotonic. */
  readonly pushedMs: number
  /** How often something of it had to be sent again. */
  attempt: number
  /** How often it was the first to be refused while the output took others: it may be the chunk that is at fault. */
  culprit: number
  /** Not to be sent before (monotonic). */
  notBeforeMs: number
  /** All that is left of it is for this data stream, which is held (stream-holds.ts). */
  waitsFor: string | undefined
  /** Documents delivered that have not been reported yet. */
  deliveredDocuments: number
  /** Spilled while its memory was being sent: to be released when the request ends. */
  pinned: Chunk | undefined
  /** Its file is damaged: reported, and put aside instead of deleted when what could be saved has its verdict. */
  damaged: boolean
}

const fresh = {
  phase: 'waiting',
  parts: ['all'],
  attempt: 0,
  culprit: 0,
  notBeforeMs: 0,
  waitsFor: undefined,
  deliveredDocuments: 0,
  pinned: undefined,
  damaged: false,
} as const

export const entryOfChunk = (seq: number, chunk: Chunk, nowMs: number): Entry => ({
  ...fresh,
  seq,
  place: { kind: 'memory', chunk },
  documents: chunk.body.documents,
  plainBytes: chunk.body.plainBytes,
  oldestMs: chunk.oldestMs,
  get vanishing() {
    return chunk.vanishing
  },
  pushedMs: nowMs,
})

export const entryOfFile = (stored: StoredChunk, nowMs: number): Entry => ({
  ...fresh,
  seq: stored.seq,
  place: { kind: 'disk', stored },
  documents: undefined,
  plainBytes: 0,
  oldestMs: stored.writtenMs,
  vanishing: false,
  pushedMs: nowMs,
})
