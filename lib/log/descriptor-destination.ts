import fs from 'node:fs'
import type { LogDestination } from './logger.ts'

export interface DescriptorDestination extends LogDestination {
  /** Lines that the descriptor did not take. */
  readonly lostLines: number
}

/**
 * Writes straight to a descriptor (2: stderr): nothing is buffered, so nothing is left behind by a crash. A pipe that is full
 * and non-blocking (EAGAIN), or whose reader is gone (EPIPE), costs the line, not the process: a log must never stop what it
 * reports on.
 */
export const createDescriptorDestination = (
  fd: number,
  writeSync: (fd: number, data: Uint8Array, offset: number) => number = fs.writeSync,
): DescriptorDestination => {
  let lostLines = 0
  let torn = false
  const write = (line: string): void => {
    // After a line that broke off in the middle (a short write, then EAGAIN) the next one must begin on a line of its own.
    const bytes = Buffer.from(torn ? `\n${line}` : line)
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(fd, bytes, done)
      torn = false
    } catch {
      torn ||= done > 0
      lostLines++
    }
  }
  return {
    write,
    get lostLines() {
      return lostLines
    },
  }
}
