// Not node:crypto: its code and OpenSSL's tables are 3 MB resident for a few hundred kB a day of hashing (docs/performance.md).
import { crc32 } from 'node:zlib'
import { sha256 } from '@noble/hashes/sha2.js'

/**
 * The two identities of a file (design.md, "The agent's stages"). Pure.
 *
 * The *document* identity goes into every `_id` and must come out the same for the same generation whatever it is called,
 * compressed or not, known or forgotten. The *tracking* identity finds a file again after a restart.
 */

/** A first line is taken into the identity up to here. */
export const firstLineLimit = 4096

export type DocumentIdentity =
  | {
      readonly kind: 'container'
      /** The pod's uid; a container id where only that is known. */
      readonly owner: string
      readonly container: string
      readonly restart: number | undefined
      /** Only for a generation whose first line is also its predecessor's. */
      readonly nonce: string
    }
  | {
      readonly kind: 'plain'
      readonly dev: bigint
      readonly ino: bigint
      readonly birthNs: bigint
      /** For a generation that the other fields cannot tell from an earlier one: the same inode, written anew. */
      readonly nonce: string
    }

const newline = 10

/**
 * The bytes that identify a file's beginning: its first line without the newline, at most firstLineLimit bytes of it;
 * undefined while that is not known. `final`: nothing will follow `head`.
 */
export const firstLine = (head: Uint8Array, final: boolean): Uint8Array | undefined => {
  const end = head.subarray(0, firstLineLimit).indexOf(newline)
  if (end >= 0) return head.subarray(0, end)
  if (head.length >= firstLineLimit) return head.subarray(0, firstLineLimit)
  return final && head.length > 0 ? head : undefined
}

const facts = (identity: DocumentIdentity): string[] =>
  identity.kind === 'container'
    ? ['container', identity.owner, identity.container, identity.restart?.toString() ?? '', identity.nonce]
    : ['plain', `${identity.dev}`, `${identity.ino}`, `${identity.birthNs}`, identity.nonce]

const textOf = (digest: Uint8Array, bytes: number): string => Buffer.from(digest.buffer, 0, bytes).toString('base64url')

/** 16 characters of base64url: 96 bits of SHA-256. */
export const fingerprintOf = (identity: DocumentIdentity, line: Uint8Array): string =>
  textOf(
    sha256
      .create()
      .update(Buffer.from(`${facts(identity).join('\0')}\0`))
      .update(line)
      .digest(),
    12,
  )

/** A short hash for comparing bytes with what they were. */
export const hashOf = (bytes: Uint8Array): string => textOf(sha256(bytes), 9)

/**
 * The same for the bytes before a position, which change with every save: fifty files would keep a JavaScript SHA-256 busy with
 * them. Beside the head's hash, and the size, it only has to tell a file that was truncated and written anew.
 */
export const sumOf = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0')

/** A stretch of a file and what its bytes were. */
export interface Stretch {
  readonly offset: number
  readonly length: number
  readonly hash: string
}

export const headLimit = 1024
export const markLimit = 64

/** The header grows until it is long enough to tell files apart. */
export const headStretch = (head: Uint8Array): Stretch => {
  const bytes = head.subarray(0, headLimit)
  return { offset: 0, length: bytes.length, hash: hashOf(bytes) }
}

/** Where the bytes just before `position` begin. */
export const markStart = (position: number): number => Math.max(0, position - markLimit)
