import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { Generation } from './generation.ts'

/** What is compared at every look is read to here: a buffer of its own each time is garbage of half the agent's. */
const scratch = Buffer.allocUnsafeSlow(256)

/** Bytes of the header that are compared whenever the file has grown, and of its end, for files whose header may repeat. */
const [headBytes, tailBytes] = [scratch.length, 64]

const nothing = Buffer.alloc(0)

const holds = (files: Filesystem, fd: number, bytes: Buffer, offset: number): boolean => {
  const { length } = bytes
  if (length === 0) return true
  const target = length === scratch.length ? scratch : scratch.subarray(0, length)
  // A short read is a file that has just shrunk, and not the same any more.
  return files.read(fd, target, offset) === length && target.equals(bytes)
}

/**
 * Bytes by which a file is known again. A record of CRI begins with a time stamp, so that the header alone tells; a plain file's header may
 * come again, so its last bytes are compared as well.
 */
export class Probe {
  #head: Buffer = nothing
  #tail: Buffer = nothing

  get isEmpty(): boolean {
    return this.#head.length === 0
  }

  /** Header and end of the file as it is now. */
  take(generation: Generation): void {
    // Its place has moved on; where it cannot be read now, it is taken again with the next growth that is seen.
    this.#tail = nothing
    const { fd, size, cursor } = generation
    if (fd < 0) return
    if (this.#head.length < headBytes) this.#head = generation.peek(Math.min(headBytes, size), 0)
    const length = cursor?.format === 'plain' ? Math.min(tailBytes, size) : 0
    if (length > 0) this.#tail = generation.peek(length, size - length)
  }

  /** Whether they are in the file of this descriptor, which had `size` bytes when they were taken. */
  isIn(files: Filesystem, fd: number, size: number): boolean {
    return holds(files, fd, this.#head, 0) && holds(files, fd, this.#tail, size - this.#tail.length)
  }
}
