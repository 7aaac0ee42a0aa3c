import { crc32 } from 'node:zlib'

/**
 * The bytes of a chunk file. All numbers are little-endian.
 *
 *      0          4         6        8          12
 *      ┌──────────┬─────────┬────────┬──────────┐
 *      │ "PKCH"   │ version │ header │ crc32 of │  the prelude: this form never changes, so that any agent can tell a
 *      │          │ u16     │ bytes  │ 0…8      │  newer format from a damaged file
 *      ├──────────┼─────────┴────────┼──────────┼───────────────┬──────────┐
 *      │ encoding │ documents        │ plain    │ oldest line,  │ crc32 of │
 *      │ u32      │ u32              │ bytes u32│ epoch ms f64  │ 0…32     │
 *      └──────────┴──────────────────┴──────────┴───────────────┴──────────┘
 *      12         16                 20         24              32         36
 *      then blocks:   ┌────────────┬───────┬──────────────────────┐
 *                     │ length u32 │ chain │ payload, ≤ 64 KiB    │   chain = crc32(payload, the chain before it), from 0
 *                     └────────────┴───────┴──────────────────────┘
 *      and the end:   ┌────────────┬───────┐
 *                     │ 0          │ chain │
 *                     └────────────┴───────┘
 *
 * The payload is one gzip stream, whatever the body was on the wire; `encoding` says what it was (0 identity, 1 gzip).
 * Because each block's CRC continues the one before it, a block that is whole in itself but belongs to an older file
 * (reused disk space after a power cut) does not pass.
 */
export const FORMAT_VERSION = 1
export const HEADER_BYTES = 36
export const BLOCK_BYTES = 64 * 1024
const PRELUDE_BYTES = 12
const FRAME_BYTES = 8
const MAGIC = 0x48434b50 // "PKCH"

export interface ChunkHeader {
  readonly encoding: 'identity' | 'gzip'
  readonly documents: number
  readonly plainBytes: number
  readonly oldestMs: number
}

export type ReadHeader =
  | { readonly kind: 'header'; readonly header: ChunkHeader }
  /** Written by a newer agent: not ours to touch. */
  | { readonly kind: 'newer'; readonly version: number }
  /** `blocks`: whether the blocks may still be read (only the fields behind the prelude are damaged). */
  | { readonly kind: 'damaged'; readonly detail: string; readonly blocks: boolean }

export interface ReadBlocks {
  /** The payload, or as much of it as is certain. */
  readonly payload: Uint8Array
  /** undefined: whole. */
  readonly damage: string | undefined
}

/** Bytes of a file with `payloadBytes` of payload. */
export const fileBytes = (payloadBytes: number): number =>
  HEADER_BYTES + payloadBytes + FRAME_BYTES * (Math.ceil(payloadBytes / BLOCK_BYTES) + 1)

const encodeHeader = (header: ChunkHeader): Buffer => {
  const out = Buffer.alloc(HEADER_BYTES)
  out.writeUInt32LE(MAGIC, 0)
  out.writeUInt16LE(FORMAT_VERSION, 4)
  out.writeUInt16LE(HEADER_BYTES, 6)
  out.writeUInt32LE(crc32(out.subarray(0, 8)), 8)
  out.writeUInt32LE(header.encoding === 'gzip' ? 1 : 0, 12)
  out.writeUInt32LE(header.documents, 16)
  out.writeUInt32LE(header.plainBytes, 20)
  out.writeDoubleLE(header.oldestMs, 24)
  out.writeUInt32LE(crc32(out.subarray(0, 32)), 32)
  return out
}

/** The file piece by piece. A piece is valid only until the next one is asked for: they share one buffer. */
export function* encodeFile(header: ChunkHeader, payload: Uint8Array): Generator<Uint8Array> {
  yield encodeHeader(header)
  const frame = Buffer.allocUnsafe(FRAME_BYTES + Math.min(BLOCK_BYTES, payload.length))
  let chain = 0
  for (let at = 0; at < payload.length; at += BLOCK_BYTES) {
    const block = payload.subarray(at, at + BLOCK_BYTES)
    chain = crc32(block, chain)
    frame.writeUInt32LE(block.length, 0)
    frame.writeUInt32LE(chain, 4)
    frame.set(block, FRAME_BYTES)
    yield frame.subarray(0, FRAME_BYTES + block.length)
  }
  frame.writeUInt32LE(0, 0)
  frame.writeUInt32LE(chain, 4)
  yield frame.subarray(0, FRAME_BYTES)
}

export const decodeHeader = (file: Buffer): ReadHeader => {
  const damaged = (detail: string, blocks: boolean): ReadHeader => ({ kind: 'damaged', detail, blocks })
  if (file.length === 0) return damaged('the file is empty', false)
  if (file.length < PRELUDE_BYTES) return damaged(`cut within its first ${PRELUDE_BYTES} bytes`, false)
  if (file.readUInt32LE(0) !== MAGIC) return damaged('not a chunk file', false)
  if (file.readUInt32LE(8) !== crc32(file.subarray(0, 8))) return damaged('its prelude does not match its CRC', true)
  const version = file.readUInt16LE(4)
  if (version > FORMAT_VERSION) return { kind: 'newer', version }
  if (file.length < HEADER_BYTES) return damaged('cut within its header', false)
  if (file.readUInt32LE(32) !== crc32(file.subarray(0, 32))) return damaged('its header does not match its CRC', true)
  return {
    kind: 'header',
    header: {
      encoding: file.readUInt32LE(12) === 1 ? 'gzip' : 'identity',
      documents: file.readUInt32LE(16),
      plainBytes: file.readUInt32LE(20),
      oldestMs: file.readDoubleLE(24),
    },
  }
}

const damageAt = (file: Buffer, at: number, chain: number): string | undefined => {
  if (at + FRAME_BYTES > file.length) return `cut at byte ${file.length}`
  const length = file.readUInt32LE(at)
  if (length > BLOCK_BYTES) return `impossible block length at byte ${at}`
  if (at + FRAME_BYTES + length > file.length) return `cut at byte ${file.length}`
  const block = file.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length)
  return file.readUInt32LE(at + 4) === crc32(block, chain) ? undefined : `block at byte ${at} does not match its CRC`
}

/** Moves the payload together within `file` itself, which is not to be used afterwards. */
export const decodeBlocks = (file: Buffer): ReadBlocks => {
  let length = 0
  let chain = 0
  for (let at = HEADER_BYTES; ; ) {
    const damage = damageAt(file, at, chain)
    if (damage) return { payload: file.subarray(0, length), damage }
    const size = file.readUInt32LE(at)
    if (size === 0) return { payload: file.subarray(0, length), damage: undefined }
    chain = file.readUInt32LE(at + 4)
    file.copyWithin(length, at + FRAME_BYTES, at + FRAME_BYTES + size)
    length += size
    at += FRAME_BYTES + size
  }
}
