import type { Filesystem } from './filesystem.ts'

const scratchBytes = 16 * 1024
/** UTF-8 has at most three bytes for a UTF-16 code unit (RFC 3629). */
const bytesPerUnit = 3

/**
 * Writes texts one after the other at the descriptor's position, through one small buffer that is kept: joined, texts that are
 * written every few seconds would be garbage of their whole size twice, as a string and as bytes, resident until a full collection.
 * Throws the disk's error.
 */
export const createTextWriter = (files: Filesystem): ((fd: number, texts: Iterable<string>) => void) => {
  const scratch = Buffer.allocUnsafeSlow(scratchBytes)
  return (fd, texts) => {
    let filled = 0
    const flush = (): void => {
      if (filled > 0) files.write(fd, scratch.subarray(0, filled))
      filled = 0
    }
    for (const text of texts) {
      const atMost = text.length * bytesPerUnit
      if (atMost > scratchBytes - filled) flush()
      if (atMost > scratchBytes) files.write(fd, Buffer.from(text))
      else filled += scratch.write(text, filled)
    }
    flush()
  }
}
