import { constants } from 'node:fs'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { makeDurableFolder } from '../../lib/io/make-durable-folder.ts'
import type { AgentEvents } from '../event.ts'
import { type DeadLetter, formatDeadLetter } from './dead-letter.ts'
import { listSegments, type Segment, segmentPath, wholeLines } from './dead-letter-segment.ts'

/**
 * Documents that the output will never take: state_dir/dead-letters/<output>/<seq, 16 digits>.ndjson, one JSON object a line.
 * Written in segments of an eighth of the limit, so that dropping the oldest drops little.
 */
export interface DeadLetters {
  /** Durable when it returns. Throws where it cannot be, or where the limit is reached and nothing may be dropped. */
  append(letters: readonly DeadLetter[]): void
  readonly bytes: number
}

export interface DeadLetterOptions {
  readonly output: string
  readonly limitBytes: number
  readonly overflow: 'drop_oldest' | 'block'
}

export interface DeadLetterDeps {
  readonly filesystem: Filesystem
  readonly events: Pick<AgentEvents, 'deadLettersDropped' | 'stateDamaged'>
}

const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
const SEGMENTS = 8

class Files implements DeadLetters {
  readonly #directory: string
  readonly #options: DeadLetterOptions
  readonly #filesystem: Filesystem
  readonly #events: DeadLetterDeps['events']
  /** Oldest first; the last one is written to. */
  #segments: Segment[]
  /** Segments up to this one are not written to: half a line at an end could not be taken back. */
  #closedSeq = 0

  constructor(directory: string, options: DeadLetterOptions, deps: DeadLetterDeps) {
    this.#directory = directory
    this.#options = options
    this.#filesystem = deps.filesystem
    this.#events = deps.events
    makeDurableFolder(this.#filesystem, directory)
    this.#segments = [...listSegments(this.#filesystem, directory)]
    this.#repair()
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /** A crash may have left half a line at the end, of a document whose chunk is sent again. */
  #repair(): void {
    const last = this.#segments.at(-1)
    if (!last) return
    try {
      const { bytes } = wholeLines(this.#filesystem, last)
      if (bytes === last.bytes) return
      this.#cut(last, bytes)
      this.#events.stateDamaged(last.path, `its last line was half written; ${last.bytes - bytes} bytes cut`)
      this.#segments[this.#segments.length - 1] = { ...last, bytes }
    } catch (error) {
      this.#closedSeq = last.seq
      this.#events.stateDamaged(last.path, `cannot be repaired, a new file is begun: ${String(error)}`)
    }
  }

  #cut(segment: Segment, bytes: number): void {
    const fd = this.#filesystem.open(segment.path, constants.O_WRONLY | constants.O_NOFOLLOW)
    try {
      this.#filesystem.truncate(fd, bytes)
      this.#filesystem.fsync(fd)
    } finally {
      this.#filesystem.close(fd)
    }
  }

  append(letters: readonly DeadLetter[]): void {
    const data = Buffer.from(letters.map(formatDeadLetter).join(''))
    this.#makeRoom(data.length)
    const segment = this.#segmentFor(data.length)
    this.#write(segment, data)
    const grown = { ...segment, bytes: segment.bytes + data.length }
    if (segment.bytes === 0) this.#segments.push(grown)
    else this.#segments[this.#segments.length - 1] = grown
  }

  #segmentFor(bytes: number): Segment {
    const last = this.#segments.at(-1)
    const fits = last && last.bytes > 0 && last.bytes + bytes <= this.#options.limitBytes / SEGMENTS
    if (fits && last.seq > this.#closedSeq) return last
    const seq = Math.max(last?.seq ?? 0, this.#closedSeq) + 1
    return { seq, path: segmentPath(this.#directory, seq), bytes: 0 }
  }

  #makeRoom(bytes: number): void {
    while (this.#segments.length > 0 && this.bytes + bytes > this.#options.limitBytes) {
      if (this.#options.overflow === 'block') {
        throw new Error(
          `dead_letter_limit of ${this.#options.limitBytes} bytes is reached: replay or remove dead letters, or raise it`,
        )
      }
      const oldest = this.#segments[0]!
      const { lines } = wholeLines(this.#filesystem, oldest)
      this.#filesystem.unlink(oldest.path)
      this.#segments.shift()
      this.#events.deadLettersDropped(this.#options.output, lines)
    }
  }

  #write(segment: Segment, data: Uint8Array): void {
    const fd = this.#filesystem.open(segment.path, APPEND, 0o600)
    try {
      this.#filesystem.write(fd, data)
      this.#filesystem.fsync(fd)
      if (segment.bytes === 0) this.#filesystem.fsyncDirectory(this.#directory)
    } catch (error) {
      this.#takeBack(fd, segment)
      throw error
    } finally {
      this.#filesystem.close(fd)
    }
  }

  /** Half a line must not stand before the next one. */
  #takeBack(fd: number, segment: Segment): void {
    try {
      this.#filesystem.truncate(fd, segment.bytes)
    } catch {
      this.#closedSeq = segment.seq // the error of the write is the one that is reported
    }
  }
}

export const openDeadLetters = (directory: string, options: DeadLetterOptions, deps: DeadLetterDeps): DeadLetters =>
  new Files(directory, options, deps)
