import fs from 'node:fs'
import { join } from 'node:path'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { createTextWriter } from '../../lib/io/write-texts.ts'
import type { AgentEvents } from '../event.ts'
import { type CheckpointEntry, checkpointVersion, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'

/** The state folder was written by a newer agent. Nothing was touched: run that version, or move the file away to begin anew. */
export class StateTooNew extends Error {
  override readonly name = 'StateTooNew'
}

export interface CheckpointStore {
  /** What was saved last, as far as it can be read. Throws StateTooNew, or the disk's error. */
  load(): readonly CheckpointEntry[]
  /** Durable when it returns: temporary file, fsync, rename, fsync of the folder. Throws the disk's error; the old file then stays. */
  save(encodedEntries: Iterable<string>): void
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = fs.constants

/** Quarantined lines are for a human to look at; a disk that damages for ever must not fill itself. */
const quarantineLimitBytes = 4 * 1024 * 1024

const readText = (files: Filesystem, path: string): string | undefined => {
  if (files.stat(path) === undefined) return undefined
  const fd = files.open(path, O_RDONLY)
  try {
    const bytes = Buffer.alloc(files.fstat(fd).size)
    let done = 0
    while (done < bytes.length) {
      const got = files.read(fd, bytes.subarray(done), done)
      if (got === 0) break
      done += got
    }
    return bytes.toString('utf8', 0, done)
  } finally {
    files.close(fd)
  }
}

export const createCheckpointStore = (stateDir: string, files: Filesystem, events: AgentEvents): CheckpointStore => {
  const path = join(stateDir, 'positions.json')
  const temporary = join(stateDir, 'positions.json.tmp')
  const quarantine = join(stateDir, 'positions.damaged')

  const write = createTextWriter(files)

  const writeDurably = (to: string, texts: Iterable<string>, flags: number): void => {
    const fd = files.open(to, flags, 0o600)
    try {
      write(fd, texts)
      files.fsync(fd)
    } finally {
      files.close(fd)
    }
  }

  const setAside = (from: string, lines: readonly string[]): void => {
    events.stateDamaged(from, `${lines.length} line(s) could not be read; they are kept in ${quarantine}`)
    const flags = O_WRONLY | O_CREAT | ((files.stat(quarantine)?.size ?? 0) > quarantineLimitBytes ? O_TRUNC : O_APPEND)
    try {
      writeDurably(
        quarantine,
        Iterator.from(lines).map((line) => `${line}\n`),
        flags,
      )
    } catch (error) {
      events.stateDamaged(quarantine, `could not be written: ${(error as Error).message}`)
    }
  }

  /** A bad block, or a folder in its place, will not pass: then it is as good as gone. Anything else may, and the start fails. */
  const readOrPutAside = (from: string): string | undefined => {
    try {
      return readText(files, from)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EIO' && code !== 'EISDIR') throw error
      files.rename(from, `${from}.damaged`)
      events.stateDamaged(from, `cannot be read (${message}); it is now ${from}.damaged`)
      return undefined
    }
  }

  const decode = (from: string) => {
    const text = readOrPutAside(from)
    if (text === undefined) return undefined
    const decoded = decodeCheckpoint(text)
    if (decoded.kind === 'newer') {
      const versions = `version ${decoded.version}; this agent knows up to ${checkpointVersion}`
      throw new StateTooNew(`${from} has ${versions}. Run the newer agent, or move the file away to begin anew.`)
    }
    return { text, decoded }
  }

  const load = (): readonly CheckpointEntry[] => {
    const saved = decode(path)
    const unfinished = decode(temporary)
    // A complete temporary file is a save that a crash kept from its rename: it is the newer one.
    if (unfinished?.decoded.kind === 'read' && unfinished.decoded.complete) return unfinished.decoded.entries
    if (saved?.decoded.kind === 'read') {
      if (!saved.decoded.complete) setAside(path, saved.decoded.damaged.length > 0 ? saved.decoded.damaged : ['(torn)'])
      return saved.decoded.entries
    }
    if (saved && saved.text !== '') setAside(path, [saved.text])
    return unfinished?.decoded.kind === 'read' ? unfinished.decoded.entries : []
  }

  const save = (encodedEntries: Iterable<string>): void => {
    writeDurably(temporary, encodeCheckpoint(encodedEntries), O_WRONLY | O_CREAT | O_TRUNC)
    files.rename(temporary, path)
    files.fsyncDirectory(stateDir)
  }

  return { load, save }
}
