import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FileNote } from './messages.ts'

/** One generation of a container's log on disk. */
export interface LogFile {
  path: string
  state: 'live' | 'rotated' | 'compressed'
  readonly createdMs: number
  /** When the original went, in favour of the compressed copy. */
  compressedMs: number | undefined
  bytes: number
  /** Its last record ends in the next file: who lacks this one takes that end for a record of its own. */
  goesOn: boolean
  /** First and last sequence number of each stream. */
  readonly streams: Record<string, [number, number]>
}

/** One container's folder and link, treated as kubelet and the container runtime treat them. */
export interface LogFolder {
  readonly live: LogFile
  /** Those that are no longer written to and are still there, oldest first. */
  readonly rotated: readonly LogFile[]
  append(bytes: Uint8Array): void
  /**
   * Kubelet's part of a rotation: compress what was rotated before, rename. What is written until reopen() goes to the renamed file.
   * Returns the time in its name, ms.
   */
  rename(): number
  /** The runtime's part of it. */
  reopen(): void
  /** The container runs anew: `<n+1>.log` and another link. */
  restart(): void
  remove(file: LogFile): void
  /** The pod is gone: its files (all that are left), its folder, its link. */
  removeAll(): void
  close(): void
}

export interface LogFolderOptions {
  readonly root: string
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly container: string
  readonly note: (note: FileNote) => void
}

/** 20261121-061500, as kubelet's container log manager names them (pkg/kubelet/logs/container_log_manager.go). */
const suffixOf = (ms: number): string => {
  const [day, time] = new Date(ms).toISOString().split(/[T.]/)
  return `${day!.replaceAll('-', '')}-${time!.replaceAll(':', '')}`
}

export const createLogFolder = (options: LogFolderOptions): LogFolder => {
  const { root, namespace, pod, uid, container } = options
  const folder = join(root, 'pods', `${namespace}_${pod}_${uid}`, container)
  const links = join(root, 'containers')
  fs.mkdirSync(folder, { recursive: true })
  let restarts = 0
  let fd = -1
  let link = ''
  let rotated: LogFile[] = []
  let live: LogFile

  const note = (what: string, { path, bytes, streams }: LogFile): void =>
    options.note({ atMs: Date.now(), what, file: path, bytes, streams: structuredClone(streams) })

  const begin = (): void => {
    const path = join(folder, `${restarts}.log`)
    fd = fs.openSync(path, 'a', 0o640)
    live = { path, state: 'live', createdMs: Date.now(), compressedMs: undefined, bytes: 0, goesOn: false, streams: {} }
  }
  const start = (): void => {
    begin()
    const id = `${uid}${container}${restarts}`
      .replaceAll(/[^0-9a-f]/g, '')
      .padEnd(64, '0')
      .slice(0, 64)
    if (link) fs.rmSync(link)
    link = join(links, `${pod}_${namespace}_${container}-${id.slice(0, 60)}${String(restarts).padStart(4, '0')}.log`)
    fs.symlinkSync(live.path, link)
  }
  start()

  /** compressLog of the same file: a temporary name, a rename, and only then is the original removed. */
  const compress = (file: LogFile): void => {
    const compressed = gzipSync(fs.readFileSync(file.path), { level: 1 })
    fs.writeFileSync(`${file.path}.tmp`, compressed)
    fs.renameSync(`${file.path}.tmp`, `${file.path}.gz`)
    fs.rmSync(file.path)
    file.path += '.gz'
    file.state = 'compressed'
    file.compressedMs = Date.now()
    note('compressed', file)
  }

  const rename = (): number => {
    for (const file of rotated) if (file.state === 'rotated' && !/\d\.log$/.test(file.path)) compress(file)
    const nowMs = Date.now()
    const path = `${live.path}.${suffixOf(nowMs)}`
    if (fs.existsSync(path) || fs.existsSync(`${path}.gz`)) throw new Error(`two rotations in one second: ${path}`)
    fs.renameSync(live.path, path)
    live.path = path
    note('renamed', live)
    return nowMs
  }

  const retire = (): void => {
    fs.closeSync(fd)
    live.state = 'rotated'
    rotated.push(live)
    note('left', live)
  }

  const remove = (file: LogFile): void => {
    fs.rmSync(file.path)
    rotated = rotated.filter((one) => one !== file)
    note('deleted', file)
  }

  return {
    get live() {
      return live
    },
    get rotated() {
      return rotated
    },
    append: (bytes) => {
      fs.writeSync(fd, bytes)
      live.bytes += bytes.length
    },
    rename,
    reopen: () => {
      retire()
      begin()
    },
    restart: () => {
      retire()
      restarts++
      start()
    },
    remove,
    removeAll: () => {
      for (const file of rotated) remove(file)
      fs.rmSync(link, { force: true })
      fs.rmSync(dirname(folder), { recursive: true, force: true })
    },
    close: retire,
  }
}
