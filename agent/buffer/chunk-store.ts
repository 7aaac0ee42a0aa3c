import { constants } from 'node:fs'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { makeDurableFolder } from '../../lib/io/make-durable-folder.ts'
import type { AgentEvents, BulkBody } from '../event.ts'
import { gzip, plainBytesOf, salvageItems } from './bulk-items.ts'
import { type ChunkHeader, decodeBlocks, decodeHeader, encodeFile, fileBytes, HEADER_BYTES } from './chunk-format.ts'
import { createQuarantine } from './quarantine.ts'

/**
 * One output's chunk files, `<seq, 16 digits>.chunk`. A file appears under its name only when all of it is on disk (tmp, fsync,
 * rename, fsync of the directory), and is deleted after the final verdict. The deletion is not made durable: after a crash in
 * between, the chunk is sent again, which an output with document ids takes as duplicates (409); and the folder may then hold
 * one chunk more than its limit.
 */
export interface ChunkStore {
  /** What the last run left, oldest first. Only names and sizes are known; nothing has been read. */
  readonly found: readonly StoredChunk[]
  /** Higher than any sequence number in the folder. */
  readonly nextSeq: number
  /** Bytes of all chunk files that this queue may send. */
  readonly bytes: number
  /** Durable when it returns. Throws where it cannot be: then nothing is left behind. */
  write(seq: number, body: BulkBody, oldestMs: number): StoredChunk
  /** Throws where the file cannot be read. */
  read(chunk: StoredChunk): ReadChunk
  /** What the header says, for a chunk that will not be sent. */
  documentsOf(chunk: StoredChunk): number
  remove(chunk: StoredChunk): void
  /** Puts a damaged file aside, for a human to look at. */
  quarantine(chunk: StoredChunk): void
  /** Leaves the file to a newer agent and forgets it. */
  forget(chunk: StoredChunk): void
}

export interface StoredChunk {
  readonly seq: number
  readonly path: string
  readonly bytes: number
  readonly writtenMs: number
}

export type ReadChunk =
  | { readonly kind: 'whole'; readonly body: BulkBody; readonly oldestMs: number }
  /** `body`: the documents before the damage. `lost`: those behind it, where the header still says how many there were. */
  | {
      readonly kind: 'damaged'
      readonly body: BulkBody | undefined
      readonly oldestMs: number
      readonly lost: number
      readonly detail: string
    }
  | { readonly kind: 'newer'; readonly version: number }

export interface ChunkStoreDeps {
  readonly filesystem: Filesystem
  readonly events: Pick<AgentEvents, 'stateDamaged' | 'spillFailed'>
}

const NAME = /^(\d{16})\.chunk$/
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
const READ = constants.O_RDONLY | constants.O_NOFOLLOW
/** No chunk inflates to more; a header that is damaged cannot say. */
const SALVAGE_MAX_BYTES = 64 * 1024 * 1024

class Store implements ChunkStore {
  readonly #directory: string
  readonly #output: string
  readonly #filesystem: Filesystem
  readonly #events: ChunkStoreDeps['events']
  readonly #putAside: (path: string) => void
  /** Files whose deletion failed: still there, still counted, tried again with the next one. */
  readonly #undeleted = new Set<StoredChunk>()
  readonly found: readonly StoredChunk[]
  readonly nextSeq: number
  bytes: number

  constructor(directory: string, output: string, deps: ChunkStoreDeps) {
    this.#directory = directory
    this.#output = output
    this.#filesystem = deps.filesystem
    this.#events = deps.events
    makeDurableFolder(this.#filesystem, directory)
    const names = this.#filesystem.readdir(directory).sort()
    for (const name of names) if (name.endsWith('.tmp')) this.#unlinkQuietly(`${directory}/${name}`)
    this.#putAside = createQuarantine(directory, names, this.#filesystem)
    this.found = names.flatMap((name) => this.#look(name))
    this.nextSeq = Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0)) + 1
    this.bytes = this.found.reduce((sum, chunk) => sum + chunk.bytes, 0)
  }

  #look(name: string): StoredChunk[] {
    const seq = NAME.exec(name)?.[1]
    if (!seq) return []
    const path = `${this.#directory}/${name}`
    const stat = this.#filesystem.lstat(path)
    return stat?.kind === 'file' ? [{ seq: Number(seq), path, bytes: stat.size, writtenMs: stat.mtimeMs }] : []
  }

  write(seq: number, body: BulkBody, oldestMs: number): StoredChunk {
    const path = `${this.#directory}/${String(seq).padStart(16, '0')}.chunk`
    const payload = body.encoding === 'gzip' ? body.bytes : gzip(body.bytes)
    const header: ChunkHeader = { ...body, oldestMs }
    try {
      this.#writeFile(`${path}.tmp`, encodeFile(header, payload))
      this.#filesystem.rename(`${path}.tmp`, path)
      this.#filesystem.fsyncDirectory(this.#directory)
    } catch (error) {
      this.#unlinkQuietly(`${path}.tmp`)
      this.#unlinkQuietly(path)
      throw error
    }
    const bytes = fileBytes(payload.length)
    this.bytes += bytes
    return { seq, path, bytes, writtenMs: oldestMs }
  }

  #writeFile(path: string, pieces: Iterable<Uint8Array>): void {
    const fd = this.#filesystem.open(path, WRITE, 0o600)
    try {
      for (const piece of pieces) this.#filesystem.write(fd, piece)
      this.#filesystem.fsync(fd)
    } finally {
      this.#filesystem.close(fd)
    }
  }

  /** After a failed write: the error that is thrown is the one that tells; what cannot be deleted now goes at the next start. */
  #unlinkQuietly(path: string): void {
    try {
      if (this.#filesystem.lstat(path)) this.#filesystem.unlink(path)
    } catch {}
  }

  #readFile(chunk: StoredChunk, maxBytes: number): Buffer {
    const fd = this.#filesystem.open(chunk.path, READ)
    try {
      const target = Buffer.allocUnsafe(Math.min(this.#filesystem.poll(fd).size, maxBytes))
      let length = 0
      for (let more = -1; more !== 0 && length < target.length; length += more) {
        more = this.#filesystem.read(fd, target.subarray(length), length)
      }
      return target.subarray(0, length)
    } finally {
      this.#filesystem.close(fd)
    }
  }

  read(chunk: StoredChunk): ReadChunk {
    // The header alone first: after a step back to an older version, a whole queue of newer files is passed over quickly.
    const head = decodeHeader(this.#readFile(chunk, HEADER_BYTES))
    if (head.kind === 'newer') return head
    const file = this.#readFile(chunk, SALVAGE_MAX_BYTES)
    if (head.kind === 'damaged') {
      const payload = head.blocks ? decodeBlocks(file).payload : file.subarray(0, 0)
      return salvaged(undefined, payload, head.detail, chunk.writtenMs)
    }
    const { header } = head
    const { payload, damage } = decodeBlocks(file)
    if (damage) return salvaged(header, payload, damage, header.oldestMs)
    try {
      return { kind: 'whole', body: bodyOf(header, payload), oldestMs: header.oldestMs }
    } catch (error) {
      return salvaged(header, payload, `its blocks are whole but do not inflate: ${String(error)}`, header.oldestMs)
    }
  }

  documentsOf(chunk: StoredChunk): number {
    const head = decodeHeader(this.#readFile(chunk, HEADER_BYTES))
    return head.kind === 'header' ? head.header.documents : 0
  }

  remove(chunk: StoredChunk): void {
    this.#undeleted.add(chunk)
    for (const gone of this.#undeleted) {
      try {
        this.#filesystem.unlink(gone.path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          this.#events.spillFailed(this.#output, error as Error)
          return // the same would be said of each of the others
        }
      }
      this.forget(gone)
    }
  }

  quarantine(chunk: StoredChunk): void {
    try {
      this.#putAside(chunk.path)
      this.forget(chunk)
    } catch (error) {
      this.#events.spillFailed(this.#output, error as Error)
      this.remove(chunk)
    }
  }

  forget(chunk: StoredChunk): void {
    this.#undeleted.delete(chunk)
    this.bytes -= chunk.bytes
  }
}

/** A gzip body is sent as it was, and is not inflated to see whether it can be: its CRCs are right. */
const bodyOf = ({ oldestMs: _, ...header }: ChunkHeader, payload: Uint8Array): BulkBody => {
  const stored: BulkBody = { ...header, encoding: 'gzip', bytes: payload }
  return header.encoding === 'gzip' ? stored : { ...stored, encoding: 'identity', bytes: plainBytesOf(stored) }
}

const salvaged = (
  header: ChunkHeader | undefined,
  payload: Uint8Array,
  detail: string,
  oldestMs: number,
): ReadChunk => {
  const maxBytes = header ? Math.max(1, header.plainBytes) : SALVAGE_MAX_BYTES
  const body = salvageItems(payload, header?.encoding ?? 'gzip', maxBytes)
  return {
    kind: 'damaged',
    body,
    oldestMs,
    lost: Math.max(0, (header?.documents ?? 0) - (body?.documents ?? 0)),
    detail,
  }
}

/** Opens (and makes) the folder. Cheap however much is in it: one readdir, and an lstat for each chunk. */
export const openChunkStore = (directory: string, output: string, deps: ChunkStoreDeps): ChunkStore =>
  new Store(directory, output, deps)
