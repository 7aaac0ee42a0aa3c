import { constants } from 'node:fs'
import type { FileStat, Filesystem } from '../../lib/io/filesystem.ts'

/**
 * A disk in memory that remembers what is certain to survive a crash and what is not:
 *
 * - a file's bytes are certain up to its last fsync; each later write may survive whole, in part (a prefix), as zeros, or not at all;
 * - a directory's entries are certain up to its last fsyncDirectory; each later change (create, rename, unlink) may survive or not,
 *   one without the other. A rename is one change.
 *
 * `crashAfter(n)` lets the n-th call from now take effect and throws Crashed out of it and out of every later call. Then
 * `restarted(random)` is the disk as the next process finds it.
 */
export class Crashed extends Error {}

export interface CrashFilesystem extends Filesystem {
  readonly crashed: boolean
  /** Calls so far. */
  readonly calls: number
  crashAfter(calls: number): void
  /** Calls for which this returns an error code (ENOSPC, EIO, …) fail with it. */
  fail(decide: (call: string, path: string) => string | undefined): void
  /** The disk after a crash or a power cut at this moment. */
  restarted(random: () => number): CrashFilesystem
  /** The disk after a kill: nothing is lost, but the process is gone. */
  reopened(): CrashFilesystem
  bytesOf(path: string): Buffer | undefined
  /** Puts a file there, certain to survive. */
  plant(path: string, bytes: Uint8Array): void
}

interface Write {
  readonly at: number
  readonly data: Buffer
}

interface FileNode {
  readonly kind: 'file'
  readonly ino: bigint
  bytes: Buffer
  sure: Buffer
  /** Since the last fsync. A truncation is a write without data. */
  pending: (Write | { readonly truncate: number })[]
}

interface DirectoryNode {
  readonly kind: 'directory'
  readonly ino: bigint
  entries: Map<string, Node>
  sure: Map<string, Node>
  pending: ((entries: Map<string, Node>) => void)[]
}

type Node = FileNode | DirectoryNode

interface Handle {
  readonly node: FileNode
  readonly path: string
  readonly append: boolean
  at: number
}

const failure = (code: string, call: string, path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path })

const overlay = (bytes: Buffer, write: Write): Buffer => {
  const out = Buffer.alloc(Math.max(bytes.length, write.at + write.data.length))
  bytes.copy(out)
  write.data.copy(out, write.at)
  return out
}

/** What is left of one unsynced write. */
const remains = (write: Write, random: () => number): Write | undefined => {
  const fate = random()
  if (fate < 0.25) return undefined
  if (fate < 0.5) return write
  if (fate < 0.75) return { at: write.at, data: write.data.subarray(0, Math.floor(random() * write.data.length)) }
  return { at: write.at, data: Buffer.alloc(write.data.length) }
}

const survivingBytes = (file: FileNode, random: () => number): Buffer => {
  let bytes = file.sure
  for (const change of file.pending) {
    if ('truncate' in change) {
      if (random() < 0.5) bytes = bytes.subarray(0, change.truncate)
      continue
    }
    const left = remains(change, random)
    if (left) bytes = overlay(bytes, left)
  }
  return bytes
}

const split = (path: string): string[] => path.split('/').filter((part) => part !== '')

let inodes = 1n
const newDirectory = (): DirectoryNode => ({
  kind: 'directory',
  ino: inodes++,
  entries: new Map(),
  sure: new Map(),
  pending: [],
})

/** The tree as the next process finds it, all of it certain. */
const rebuild = (root: DirectoryNode, random: (() => number) | undefined): DirectoryNode => {
  const seen = new Map<Node, Node>()
  const copy = (node: Node): Node => {
    const before = seen.get(node)
    if (before) return before
    if (node.kind === 'file') {
      const bytes = random ? survivingBytes(node, random) : node.bytes
      const file: FileNode = { kind: 'file', ino: node.ino, bytes, sure: bytes, pending: [] }
      seen.set(node, file)
      return file
    }
    const entries = random ? new Map(node.sure) : new Map(node.entries)
    if (random) for (const change of node.pending) if (random() < 0.5) change(entries)
    const directory: DirectoryNode = {
      kind: 'directory',
      ino: node.ino,
      entries: new Map(),
      sure: new Map(),
      pending: [],
    }
    seen.set(node, directory)
    for (const [name, child] of entries) directory.entries.set(name, copy(child))
    directory.sure = new Map(directory.entries)
    return directory
  }
  return copy(root) as DirectoryNode
}

class Model implements CrashFilesystem {
  readonly #root: DirectoryNode
  readonly #handles = new Map<number, Handle>()
  #nextFd = 3
  #crashAt = Number.POSITIVE_INFINITY
  #decide: (call: string, path: string) => string | undefined = () => undefined
  crashed = false
  calls = 0

  constructor(root: DirectoryNode) {
    this.#root = root
  }

  crashAfter(calls: number): void {
    this.#crashAt = this.calls + calls
  }

  fail(decide: (call: string, path: string) => string | undefined): void {
    this.#decide = decide
  }

  restarted(random: () => number): CrashFilesystem {
    return new Model(rebuild(this.#root, random))
  }

  reopened(): CrashFilesystem {
    return new Model(rebuild(this.#root, undefined))
  }

  bytesOf(path: string): Buffer | undefined {
    const node = this.#find(path)
    return node?.kind === 'file' ? node.bytes : undefined
  }

  plant(path: string, bytes: Uint8Array): void {
    const data = Buffer.from(bytes)
    const { directory, name } = this.#parent(path, 'plant')
    const file: FileNode = { kind: 'file', ino: inodes++, bytes: data, sure: data, pending: [] }
    directory.entries.set(name, file)
    directory.sure.set(name, file)
  }

  #call<T>(call: string, path: string, act: () => T): T {
    if (this.crashed) throw new Crashed(`${call} after the crash`)
    this.calls++
    const code = this.#decide(call, path)
    if (code) throw failure(code, call, path)
    const result = act()
    if (this.calls >= this.#crashAt) {
      this.crashed = true
      throw new Crashed(`crash after ${call} '${path}'`)
    }
    return result
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const part of split(path)) node = node?.kind === 'directory' ? node.entries.get(part) : undefined
    return node
  }

  #parent(path: string, call: string): { directory: DirectoryNode; name: string } {
    const parts = split(path)
    const name = parts.pop()!
    const directory = this.#find(parts.join('/'))
    if (directory?.kind !== 'directory') throw failure('ENOENT', call, path)
    return { directory, name }
  }

  #change(directory: DirectoryNode, change: (entries: Map<string, Node>) => void): void {
    change(directory.entries)
    directory.pending.push(change)
  }

  #handle(fd: number): Handle {
    const handle = this.#handles.get(fd)
    if (!handle) throw failure('EBADF', 'fd', String(fd))
    return handle
  }

  open(path: string, flags: number): number {
    return this.#call('open', path, () => {
      const { directory, name } = this.#parent(path, 'open')
      const found = directory.entries.get(name)
      if (found?.kind === 'directory') throw failure('EISDIR', 'open', path)
      if (!found && !(flags & constants.O_CREAT)) throw failure('ENOENT', 'open', path)
      if (found && flags & constants.O_EXCL) throw failure('EEXIST', 'open', path)
      const node: FileNode = found ?? {
        kind: 'file',
        ino: inodes++,
        bytes: Buffer.alloc(0),
        sure: Buffer.alloc(0),
        pending: [],
      }
      if (!found) this.#change(directory, (entries) => entries.set(name, node))
      if (flags & constants.O_TRUNC) this.#truncate(node, 0)
      this.#handles.set(this.#nextFd, { node, path, append: (flags & constants.O_APPEND) !== 0, at: 0 })
      return this.#nextFd++
    })
  }

  close(fd: number): void {
    this.#call('close', this.#handle(fd).path, () => this.#handles.delete(fd))
  }

  read(fd: number, target: Uint8Array, offset: number): number {
    const { node, path } = this.#handle(fd)
    return this.#call('read', path, () => {
      const part = node.bytes.subarray(offset, offset + target.length)
      target.set(part)
      return part.length
    })
  }

  write(fd: number, data: Uint8Array): void {
    const handle = this.#handle(fd)
    this.#call('write', handle.path, () => {
      const write = { at: handle.append ? handle.node.bytes.length : handle.at, data: Buffer.from(data) }
      handle.node.bytes = overlay(handle.node.bytes, write)
      handle.node.pending.push(write)
      handle.at = write.at + data.length
    })
  }

  fsync(fd: number): void {
    const { node, path } = this.#handle(fd)
    this.#call('fsync', path, () => {
      node.sure = node.bytes
      node.pending = []
    })
  }

  #truncate(node: FileNode, size: number): void {
    node.bytes = node.bytes.subarray(0, size)
    node.pending.push({ truncate: size })
  }

  truncate(fd: number, size: number): void {
    const { node, path } = this.#handle(fd)
    this.#call('truncate', path, () => this.#truncate(node, size))
  }

  #stat(node: Node): FileStat {
    const size = node.kind === 'file' ? node.bytes.length : 0
    return { kind: node.kind, dev: 1n, ino: node.ino, size, links: 1, mtimeMs: 0, birthNs: node.ino }
  }

  fstat(fd: number): FileStat {
    const { node, path } = this.#handle(fd)
    return this.#call('fstat', path, () => this.#stat(node))
  }

  poll(fd: number): { size: number; links: number; mtimeMs: number } {
    const { node, path } = this.#handle(fd)
    return this.#call('poll', path, () => ({ size: node.bytes.length, links: 1, mtimeMs: 0 }))
  }

  pollAt(path: string, inode: { readonly dev: bigint; readonly ino: bigint }): FileStat | undefined {
    const found = this.stat(path)
    return found?.dev === inode.dev && found.ino === inode.ino ? found : undefined
  }

  stat(path: string): FileStat | undefined {
    return this.#call('stat', path, () => {
      const node = this.#find(path)
      return node && this.#stat(node)
    })
  }

  lstat(path: string): FileStat | undefined {
    return this.stat(path)
  }

  realpath(path: string): string {
    return this.#call('realpath', path, () => path)
  }

  readlink(path: string): string {
    throw failure('EINVAL', 'readlink', path)
  }

  readdir(path: string): string[] {
    return this.#call('readdir', path, () => {
      const node = this.#find(path)
      if (node?.kind !== 'directory') throw failure('ENOENT', 'readdir', path)
      return [...node.entries.keys()]
    })
  }

  mkdir(path: string): void {
    this.#call('mkdir', path, () => {
      let directory = this.#root
      for (const part of split(path)) {
        const found = directory.entries.get(part)
        if (found?.kind === 'file') throw failure('ENOTDIR', 'mkdir', path)
        const next = found ?? newDirectory()
        if (!found) this.#change(directory, (entries) => entries.set(part, next))
        directory = next
      }
    })
  }

  rename(from: string, to: string): void {
    this.#call('rename', from, () => {
      const source = this.#parent(from, 'rename')
      const target = this.#parent(to, 'rename')
      const node = source.directory.entries.get(source.name)
      if (!node) throw failure('ENOENT', 'rename', from)
      if (source.directory !== target.directory) throw failure('EXDEV', 'rename', from)
      this.#change(source.directory, (entries) => {
        entries.delete(source.name)
        entries.set(target.name, node)
      })
    })
  }

  unlink(path: string): void {
    this.#call('unlink', path, () => {
      const { directory, name } = this.#parent(path, 'unlink')
      if (!directory.entries.has(name)) throw failure('ENOENT', 'unlink', path)
      this.#change(directory, (entries) => entries.delete(name))
    })
  }

  fsyncDirectory(path: string): void {
    this.#call('fsyncDirectory', path, () => {
      const node = this.#find(path)
      if (node?.kind !== 'directory') throw failure('ENOENT', 'fsyncDirectory', path)
      node.sure = new Map(node.entries)
      node.pending = []
    })
  }
}

export const createCrashFilesystem = (): CrashFilesystem => new Model(newDirectory())
