import type { ContainerOrigin } from '../event.ts'
import { type Cursor, type Cursors, inodeKey, mostCommitted } from './cursors.ts'
import {
  type DocumentIdentity,
  fingerprintOf,
  firstLine,
  firstLineLimit,
  hashOf,
  headStretch,
  markStart,
  type Stretch,
  sumOf,
} from './fingerprint.ts'
import type { Generation } from './generation.ts'
import { detectLineFormat } from './line-format.ts'

/** Who a file is: the generation that the checkpoint knows, or a new one. */
export type Identified =
  /** Its first line is not complete yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'resumed'; readonly cursor: Cursor }
  /** `byChance`: no look at the file would make the same identity again. */
  | { readonly kind: 'new'; readonly cursor: Cursor; readonly byChance: boolean }
  /** Another file with the same content is read already: a log beside its archive. */
  | { readonly kind: 'twin' }

export interface IdentifyDeps {
  readonly cursors: Cursors
  readonly isActive: (fingerprint: string) => boolean
  readonly nonce: () => string
  readonly nowMs: () => number
}

const holds = (generation: Generation, { offset, length, hash }: Stretch, of: (bytes: Uint8Array) => string): boolean =>
  offset + length <= generation.size && of(generation.peek(length, offset)) === hash

/** Whether this open file is the one that the cursor was in: its header, and the bytes before the checkpoint. */
export const isSameContent = (generation: Generation, cursor: Cursor): boolean =>
  generation.size >= mostCommitted(cursor) &&
  holds(generation, cursor.head, hashOf) &&
  holds(generation, cursor.mark, sumOf)

export const containerIdentity = (origin: ContainerOrigin, nonce: string): DocumentIdentity => ({
  kind: 'container',
  owner: origin.podUid ?? origin.containerId ?? `${origin.namespace}/${origin.pod}`,
  container: origin.container,
  restart: origin.restart,
  nonce,
})

const identityOf = (generation: Generation, nonce: string): DocumentIdentity => {
  const { origin, dev, ino, birthNs } = generation
  return origin.kind === 'container' ? containerIdentity(origin, nonce) : { kind: 'plain', dev, ino, birthNs, nonce }
}

const makeCursor = (generation: Generation, fingerprint: string, head: Uint8Array, nowMs: number): Cursor => {
  const { source, chain, path, file, dev, ino, birthNs, size, initialOffset } = generation
  const lanes = Object.fromEntries(generation.log.lanes.map((lane) => [lane, initialOffset]))
  const start = markStart(initialOffset)
  const before = generation.peek(initialOffset - start, start)
  const mark = { offset: start, length: before.length, hash: sumOf(before) }
  const format = detectLineFormat(head)
  const times = { seenMs: nowMs, presentMs: nowMs, encoded: undefined }
  return {
    fingerprint,
    source,
    chain,
    path,
    file,
    dev,
    ino,
    birthNs,
    format,
    size,
    head: headStretch(head),
    mark,
    lanes,
    began: initialOffset > 0 ? { ...lanes } : {},
    closed: {},
    ...times,
  }
}

/**
 * A plain file's identity is its inode and birth time, so that it needs a nonce where its inode held an earlier generation
 * (copytruncate), or where the file system keeps no birth times and an inode may come again.
 */
const needsNonce = (generation: Generation, cursors: Cursors): boolean => {
  if (generation.origin.kind === 'container') return false
  const cameBefore = cursors.withInode(inodeKey(generation)).length > 0
  return (
    generation.rewritten || cameBefore || (generation.birthNs === 0n && cursors.ofChain(generation.chain).length > 0)
  )
}

export const identify = (generation: Generation, final: boolean, deps: IdentifyDeps): Identified => {
  const { cursors, isActive } = deps
  if (!generation.rewritten) {
    const inPlace = cursors
      .withInode(inodeKey(generation))
      .find((c) => !isActive(c.fingerprint) && isSameContent(generation, c))
    if (inPlace) return { kind: 'resumed', cursor: inPlace }
  }
  const head = generation.peek(Math.min(firstLineLimit, generation.size), 0)
  const line = firstLine(head, final)
  if (line === undefined) return { kind: 'unknown' }
  const fresh = (nonce: string): Identified => {
    const fingerprint = fingerprintOf(identityOf(generation, nonce), line)
    return { kind: 'new', cursor: makeCursor(generation, fingerprint, head, deps.nowMs()), byChance: nonce !== '' }
  }
  const fingerprint = fingerprintOf(identityOf(generation, ''), line)
  const known = cursors.get(fingerprint)
  if (generation.origin.kind === 'container' && known && !generation.rewritten) {
    if (isActive(fingerprint)) return { kind: 'twin' }
    if (isSameContent(generation, known)) return { kind: 'resumed', cursor: known }
  }
  return fresh(known || needsNonce(generation, cursors) ? deps.nonce() : '')
}
