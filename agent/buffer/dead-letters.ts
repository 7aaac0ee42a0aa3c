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
  /** Runs the work while no other process changes this folder (`picket dead-letters replay` does). Throws where it cannot be had. */
  readonly exclusive: Exclusive
}

export type Exclusive = <T>(work: () => T) => T

const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
const SEGMENTS = 8

class Files implements DeadLetters {
  readonly #directory: string
  readonly #options: DeadLetterOptions
  readonly #filesystem: Filesystem
  readonly #events: DeadLetterDeps['events']
  readonly #exclusive: Exclusive
  /** Oldest first; the last one is written to. Looked at anew before each write: a replay may have taken some away. */
  #segments: Segment[] = []
  /** Segments up to this one are not written to: half a line at an end could not be taken back. */
  #closedSeq = 0

  constructor(directory: string, options: DeadLetterOptions, deps: DeadLetterDeps) {
    this.#directory = directory
    this.#options = options
    this.#filesystem = deps.filesystem
    this.#events = deps.events
    this.#exclusive = deps.exclusive
    makeDurableFolder(this.#filesystem, directory)
    this.#exclusive(() => {
      this.#removeHalfWritten()
      this.#look()
      this.#repair()
      // A run that was killed may have begun a file and not come as far as this.
      this.#filesystem.fsyncDirectory(this.#directory)
    })
  }

  /** What a replay was writing when it was killed; the file that it stands for is still there. */
  #removeHalfWritten(): void {
    for (const name of this.#filesystem.readdir(this.#directory)) {
      if (name.endsWith('.ndjson.tmp')) this.#filesystem.unlink(`${this.#directory}/${name}`)
    }
  }

  #look(): void {
    this.#segments = [...listSegments(this.#filesystem, this.#directory)]
  }

  get bytes(): number {
    this.#look()
    return this.#used()
  }

  #used(): number {
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
    this.#exclusive(() => {
      this.#look()
      this.#makeRoom(data.length)
      this.#write(this.#segmentFor(data.length), data)
    })
  }

  #segmentFor(bytes: number): Segment {
    const last = this.#segments.at(-1)
    const fits = last && last.bytes > 0 && last.bytes + bytes <= this.#options.limitBytes / SEGMENTS
    if (fits && last.seq > this.#closedSeq) return last
    const seq = Math.max(last?.seq ?? 0, this.#closedSeq) + 1
    return { seq, path: segmentPath(this.#directory, seq), bytes: 0 }
  }

  #makeRoom(bytes: number): void {
    while (this.#segments.length > 0 && this.#used() + bytes > this.#options.limitBytes) {
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
