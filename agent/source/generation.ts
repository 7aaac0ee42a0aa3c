import type { FileStat } from '../../lib/io/filesystem.ts'
import type { LineFormat, LossCause, Origin, TailedFile } from '../event.ts'
import { type Cursor, leastCommitted, sameInode } from './cursors.ts'
import { FileGone } from './file-gone.ts'
import type { Holder, Worth } from './handle-pool.ts'
import type { LogPlace } from './log-place.ts'
import { worthOf } from './loss.ts'
import { openLog } from './open-file.ts'
import { Probe } from './probe.ts'
import { allowed, isMomentary, isOver, type Trouble, worse } from './read-trouble.ts'
import type { Name } from './rotation.ts'
import type { World } from './world.ts'

/** A log and the generations of it that are not done with, oldest first. */
export interface Log {
  place: LogPlace
  /** Those that want it. */
  readonly lanes: readonly string[]
  readonly generations: Generation[]
}

/** One generation of one file: the handle on it, and what lanes see of it. */
export class Generation implements TailedFile, Holder {
  readonly world: World
  readonly log: Log
  birthNs: bigint
  /** When it was written to, as of the last look. */
  mtimeMs: number
  dev: bigint
  ino: bigint
  /** Where it can be opened again. */
  file: string
  fd = -1
  size: number
  state: 'growing' | 'final' = 'growing'
  vanishing = false
  /** Set once the document identity is known. */
  cursor: Cursor | undefined
  /** Lanes were told. */
  shown = false
  /** Where a lane starts that has no position. */
  initialOffset = 0
  name: Name = 'live'
  lastGrowthMs: number
  /** When it lost its name, or was deleted. */
  leftMs = 0
  finalMs = 0
  quietLooks = 0
  pathLookedMs = 0
  nextLookMs = 0
  readEnd = 0
  /** No other field tells it from an earlier generation: its identity needs a nonce. */
  rewritten = false
  readonly finishedBy = new Set<string>()
  /** An archive that is being inflated; there is nothing to read yet. */
  inflating = false
  inflatingSinceMs = 0
  /** Where a compressed copy of it was seen. */
  archive: string | undefined
  /** Since when neither a handle nor a name has led to it when a lane came to read. */
  awayMs: number | undefined
  /** Its handle leads to a nameless copy in the state folder. */
  housed = false
  lost: LossCause | undefined
  trouble: Trouble | undefined
  /** Looks in a row that found neither it nor its name. */
  misses = 0
  /** Bytes behind its end that it is known to have had: of a damaged archive. */
  lostBehind = 0
  #lostFrom = 0
  #lostTo = 0
  readonly #probe = new Probe()

  constructor(world: World, log: Log, stat: FileStat, file: string, nowMs: number) {
    this.world = world
    this.log = log
    this.dev = stat.dev
    this.ino = stat.ino
    this.birthNs = stat.birthNs
    this.mtimeMs = stat.mtimeMs
    this.size = stat.size
    this.file = file
    this.lastGrowthMs = nowMs
  }

  get source(): string {
    return this.log.place.source
  }
  get origin(): Origin {
    return this.log.place.origin
  }
  get tag(): string {
    return this.log.place.tag
  }
  get path(): string {
    return this.log.place.path
  }
  get chain(): string {
    return this.log.place.chain
  }
  get format(): LineFormat {
    return this.cursor?.format ?? 'plain'
  }
  get fingerprint(): string {
    return this.cursor?.fingerprint ?? ''
  }
  /** As large as it was before anything of it was lost. */
  get fullSize(): number {
    return (this.lost ? this.#lostTo : this.size) + this.lostBehind
  }
  get finished(): boolean {
    return this.finishedBy.size >= this.log.lanes.length
  }
  get committed(): number {
    return this.cursor ? leastCommitted(this.cursor, this.log.lanes, this.initialOffset) : 0
  }

  get predecessor(): TailedFile | undefined {
    const { generations } = this.log
    for (let i = generations.indexOf(this) - 1; i >= 0; i--) {
      const before = generations[i]!
      if (before.shown && !before.finished) return before
    }
    return undefined
  }

  get waiting(): boolean {
    const sinceMs = this.inflating ? this.inflatingSinceMs : this.awayMs
    if (sinceMs === undefined || sinceMs === Number.NEGATIVE_INFINITY || this.lost || this.trouble) return false
    const { nowMs, archiveWaitMs, archiveLine } = this.world
    return (this.inflating ? Math.max(sinceMs, archiveLine.movedMs) : sinceMs) > nowMs() - archiveWaitMs
  }

  worth(): Worth {
    return worthOf(this)
  }

  read(target: Uint8Array, offset: number): number {
    if (this.lost) throw this.#gone(offset)
    let want = Math.min(target.length, this.size - offset)
    if (this.trouble) want = allowed(this.trouble, offset, want)
    if (want <= 0) return 0
    if (this.fd < 0 && (this.inflating || !this.reopen())) {
      if (!this.inflating) this.awayMs ??= this.world.nowMs()
      this.nextLookMs = 0 // The tailer finds out where it went, or counts the loss; either way it tells.
      return 0
    }
    this.awayMs = undefined
    this.world.pool.use(this)
    const got = this.#pread(want === target.length ? target : target.subarray(0, want), offset)
    if (got === undefined) return 0 // The tailer tells when it is to be tried again.
    if (this.trouble && isOver(this.trouble, offset, got, this.size)) this.overcome()
    if (got === 0 && this.state === 'final') {
      this.lose('truncated')
      throw this.#gone(offset)
    }
    if (offset + got > this.readEnd) this.#readTo(offset + got)
    return got
  }

  #readTo(end: number): void {
    this.readEnd = end
    if (this.housed && end >= this.size) this.world.nextArchive()
  }

  #pread(target: Uint8Array, offset: number, tries = 3): number | undefined {
    try {
      return this.world.files.read(this.fd, target, offset)
    } catch (error) {
      if (isMomentary(error) && tries > 1) return this.#pread(target, offset, tries - 1)
      this.hinder(error as Error, offset)
      return undefined
    }
  }

  /** It could not be read: nothing is lost, it is tried again later (read-trouble.ts). */
  hinder(error: Error, at: Trouble['at']): void {
    const nowMs = this.world.nowMs()
    this.trouble = worse(this.trouble, at, nowMs)
    const { attempts, nextTryMs } = this.trouble
    this.world.events.readFailed(this.source, this.path, this.origin, error, attempts, nextTryMs - nowMs)
  }

  overcome(): void {
    if (!this.trouble) return
    this.world.events.readResumed(this.source, this.path, this.world.nowMs() - this.trouble.sinceMs)
    this.trouble = undefined
  }

  /** Opens it again by its name; false when something else is there. */
  reopen(): boolean {
    if (this.vanishing || this.trouble?.waiting) return false
    const opened = openLog(this.world.files, this.file, this.log.place.rules)
    if (opened.kind === 'refused' && this.#seemsNamed()) this.hinder(new Error(opened.reason), 'open')
    if (opened.kind !== 'opened') return false
    if (!sameInode(opened.stat, this)) {
      this.world.files.close(opened.fd)
      return false
    }
    this.world.pool.take(this, opened.fd)
    if (this.trouble?.at === 'open') this.overcome()
    return true
  }

  #seemsNamed(): boolean {
    try {
      return this.isNamed()
    } catch {
      return true // Its folder may not be looked into, for now.
    }
  }

  /** Whether its name still leads to it. */
  isNamed(): boolean {
    const stat = this.world.files.stat(this.file)
    return stat !== undefined && sameInode(stat, this)
  }

  /** What it holds is to be had from another descriptor, to its end. */
  house(fd: number, size: number): void {
    this.world.pool.close(this)
    this.housed = true
    this.inflating = false
    this.size = size
    this.state = 'final'
    this.world.pool.take(this, fd)
  }

  /** Nothing of it can be read any more. The unread rest is counted, and the file ends where reading did. */
  lose(cause: LossCause): void {
    if (this.lost) return
    this.lost = cause
    this.#lostFrom = Math.min(this.readEnd, this.size)
    this.#lostTo = this.size
    this.#count(this.size - this.#lostFrom)
    this.size = this.#lostFrom
    this.state = 'final'
    this.vanishing = true
    this.world.pool.close(this)
  }

  /** A slower lane loses bytes that a faster one has read; each byte is counted once. */
  #gone(offset: number, cause?: unknown): FileGone {
    if (offset < this.#lostFrom) {
      this.#count(this.#lostFrom - offset)
      this.#lostFrom = offset
    }
    return new FileGone(`${this.path} cannot be read from offset ${offset}: ${this.lost}`, { cause })
  }

  #count(bytes: number): void {
    if (bytes > 0) this.world.events.bytesLost(this.source, this.path, this.origin, bytes, this.lost!)
  }

  /** Up to `length` bytes at `offset`, without counting as read by a lane. Its handle may have been closed for others meanwhile. */
  peek(length: number, offset: number): Buffer {
    if (length > 0 && this.fd < 0 && !this.reopen()) throw new Error('it cannot be opened again')
    const target = Buffer.alloc(length)
    let done = 0
    for (let got = 1; got > 0 && done < length; done += got)
      got = this.world.files.read(this.fd, target.subarray(done), offset + done)
    return target.subarray(0, done)
  }

  /** Whether the bytes that were known are still there; asked before growth is believed. */
  sameBytes(): boolean {
    return this.#probe.isIn(this.world.files, this.fd, this.size)
  }

  /** Whether the other file, at least as long, has the bytes that this one was known by. */
  isCopiedTo(other: Generation): boolean {
    return !this.#probe.isEmpty && this.#probe.isIn(this.world.files, other.fd, this.size)
  }

  grow(size: number, nowMs: number): void {
    this.size = size
    this.lastGrowthMs = nowMs
    this.quietLooks = 0
    this.remember()
  }

  /** Remembers header and end as they are at `this.size`. */
  remember(): void {
    this.#probe.take(this)
  }
}
