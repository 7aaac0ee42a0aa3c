import fs from 'node:fs'
import { join } from 'node:path'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { firstLineLimit } from './fingerprint.ts'

/** Enough compressed bytes for any first line that counts (4 KiB), and too few to make a bomb of (a thousandfold). */
const sniffBytes = 8192

/** Inflated beginning of a gzip file, at most firstLineLimit bytes; undefined where it is none. */
export const inflatedHead = (files: Filesystem, fd: number): Uint8Array | undefined => {
  const packed = Buffer.alloc(sniffBytes)
  const got = files.read(fd, packed, 0)
  // A damaged byte costs everything after it, not what is before it.
  for (let length = got; length > 20; length >>= 1) {
    try {
      const head = gunzipSync(packed.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH })
      if (head.length > 0) return head.subarray(0, firstLineLimit)
    } catch {
      // Tried again with less.
    }
  }
  return undefined
}

/** The uncompressed size that the archive claims (RFC 1952: ISIZE, modulo 2^32). */
export const claimedSize = (files: Filesystem, fd: number, packedSize: number): number => {
  const trailer = Buffer.alloc(4)
  return packedSize >= 18 && files.read(fd, trailer, packedSize - 4) === 4 ? trailer.readUInt32LE() : 0
}

export type Inflated =
  /** `damage`: why it ends early. `lostBytes`: what is missing, as far as that can be known. */
  | {
      readonly kind: 'ready'
      readonly fd: number
      readonly size: number
      readonly lostBytes: number
      readonly damage: string | undefined
      /** It is in order as far as it goes: so is one that is still being written. */
      readonly cut: boolean
    }
  /** The state folder's disk is full or fails: to be tried again. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The archive could not be read: to be tried again. */
  | { readonly kind: 'unread'; readonly error: Error }

export interface Inflater {
  /** Closes `packed` when it is done. `lastTry`: where it cannot be read, it ends. */
  inflate(packed: number, lastTry: boolean): Promise<Inflated>
}

class Unread extends Error {}

const stepBytes = 4096
const { O_RDWR, O_CREAT, O_TRUNC } = fs.constants

/** No deflate stream expands further (zlib's documentation: 1032 : 1). */
const plausible = (claimed: number, size: number, packedSize: number): boolean =>
  claimed > size && claimed <= packedSize * 1032

/**
 * Inflates into a file without a name in the state folder, so that nothing is left behind however the process ends, and
 * reading it is pread(2) as for any other file.
 */
export const createInflater = (files: Filesystem, stateDir: string, maxBytes: number): Inflater => {
  const openNameless = (): number => {
    const path = join(stateDir, 'inflated.tmp')
    const fd = files.open(path, O_RDWR | O_CREAT | O_TRUNC)
    try {
      files.unlink(path)
    } catch (error) {
      files.close(fd)
      throw error
    }
    return fd
  }

  /** Feeds the stream until its end or its first fault. Rejects where writing fails, or reading and that is not the end. */
  const pump = (
    packed: number,
    target: number,
    lastTry: boolean,
  ): Promise<{ size: number; damage: string | undefined; cut: boolean }> =>
    new Promise((resolve, reject) => {
      const gunzip = createGunzip()
      let size = 0
      let at = 0
      let over = false
      const end = (damage: string | undefined, cut = false): void => {
        if (over) return
        over = true
        gunzip.destroy()
        resolve({ size, damage, cut })
      }
      const fail = (error: unknown): void => {
        over = true
        gunzip.destroy()
        reject(error as Error)
      }
      gunzip.on('data', (bytes: Buffer) => {
        if (over) return
        try {
          files.write(target, bytes.subarray(0, maxBytes - size))
        } catch (error) {
          fail(error)
          return
        }
        size = Math.min(maxBytes, size + bytes.length)
        if (size >= maxBytes) end(`it is larger than ${maxBytes} bytes`)
      })
      gunzip.on('end', () => end(undefined))
      gunzip.on('error', (error: NodeJS.ErrnoException) => end(error.message, error.code === 'Z_BUF_ERROR'))
      const feed = (): void => {
        if (over) return
        try {
          const block = Buffer.alloc(stepBytes)
          const got = files.read(packed, block, at)
          at += got
          if (got === 0) gunzip.end()
          else gunzip.write(block.subarray(0, got), feed)
        } catch (error) {
          if (lastTry) end((error as Error).message)
          else fail(new Unread('the archive cannot be read', { cause: error }))
        }
      }
      feed()
    })

  const inflate = async (packed: number, lastTry: boolean): Promise<Inflated> => {
    let target = -1
    try {
      target = openNameless()
      const packedSize = files.fstat(packed).size
      const { size, damage, cut } = await pump(packed, target, lastTry)
      const claimed = claimedSize(files, packed, packedSize)
      const missing = plausible(claimed, size, packedSize) ? claimed - size : 1
      return { kind: 'ready', fd: target, size, damage, cut, lostBytes: damage === undefined ? 0 : missing }
    } catch (error) {
      if (target >= 0) files.close(target)
      return error instanceof Unread
        ? { kind: 'unread', error: error.cause as Error }
        : { kind: 'failed', error: error as Error }
    }
  }

  return { inflate }
}
