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
import { compareTwins } from './twin.ts'

/** Who a file is: the generation that the checkpoint knows, or a new one. */
export type Identified =
  /** Its first line is not complete yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'resumed'; readonly cursor: Cursor }
  /** `byChance`: no look at the file would make the same identity again. */
  | { readonly kind: 'new'; readonly cursor: Cursor; readonly byChance: boolean }
  /** Another file with all that it holds is read already, or may turn out to be; `certain`: it is. */
  | { readonly kind: 'twin'; readonly certain: boolean }

export interface IdentifyDeps {
  readonly cursors: Cursors
  /** The file that is being read under this identity. */
  readonly active: (fingerprint: string) => Generation | undefined
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
  const times = { seenMs: nowMs, present: undefined, encoded: undefined }
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

/**
 * The lines that a twin has for itself are read under an identity that is made of the first of them, and so the same whenever it is
 * made. What both have is read from the other one.
 */
const identifyTwin = (generation: Generation, other: Generation, final: boolean, deps: IdentifyDeps): Identified => {
  const twin = compareTwins(generation, other, final)
  if (twin.kind !== 'other') return { kind: 'twin', certain: twin.kind === 'copy' }
  const made = fingerprintOf(identityOf(generation, `${twin.from}`), twin.line)
  const fingerprint = deps.cursors.get(made) ? fingerprintOf(identityOf(generation, deps.nonce()), twin.line) : made
  generation.initialOffset = Math.max(generation.initialOffset, twin.from)
  const head = generation.peek(Math.min(firstLineLimit, generation.size), 0)
  return { kind: 'new', cursor: makeCursor(generation, fingerprint, head, deps.nowMs()), byChance: true }
}

export const identify = (generation: Generation, final: boolean, deps: IdentifyDeps): Identified => {
  const { cursors, active } = deps
  if (!generation.rewritten) {
    const inPlace = cursors
      .withInode(inodeKey(generation))
      .find((c) => !active(c.fingerprint) && isSameContent(generation, c))
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
    const other = active(fingerprint)
    if (other) return identifyTwin(generation, other, final, deps)
    if (isSameContent(generation, known)) return { kind: 'resumed', cursor: known }
  }
  return fresh(known || needsNonce(generation, cursors) ? deps.nonce() : '')
}
