import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** One container's log in kubelet's layout below `root`: root/pods/<ns>_<pod>_<uid>/<container>/<n>.log and root/containers/<link>. */
export interface CriWriter {
  readonly file: string
  /** Writes one record with an own sequence number; `pieces` > 1 splits it in P lines and an F. Returns its text. */
  line(text?: string, pieces?: number): string
  raw(bytes: Uint8Array | string): void
  /** As the kubelet does: rename, compress what was rotated before, keep so many, begin a new file. */
  rotate(keep?: number): void
  /** The container starts anew: `<n+1>.log`, another container id, a new link. */
  restart(): void
  /** Every text written so far. */
  readonly written: string[]
  close(): void
}

const uidOf = (name: string): string => {
  const h = createHash('sha256').update(name).digest('hex')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`
}

let clock = 0n
/** Nanosecond stamps that never repeat. */
const stamp = (): string => {
  clock += 1n
  const ns = BigInt(Date.now()) * 1_000_000n + (clock % 1_000_000n)
  return `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`
}

export const createCriWriter = (
  root: string,
  namespace: string,
  pod: string,
  container: string,
  uid = uidOf(`${namespace}/${pod}`),
): CriWriter => {
  const folder = join(root, 'pods', `${namespace}_${pod}_${uid}`, container)
  const links = join(root, 'containers')
  fs.mkdirSync(folder, { recursive: true })
  fs.mkdirSync(links, { recursive: true })
  const written: string[] = []
  let restarts = 0
  let sequence = 0
  let link = ''
  const file = (): string => join(folder, `${restarts}.log`)
  let fd = -1
  const begin = (): void => {
    fd = fs.openSync(file(), 'a', 0o640)
  }
  const startContainer = (): void => {
    if (link) fs.rmSync(link, { force: true })
    const id = createHash('sha256').update(`${uid}/${container}/${restarts}`).digest('hex')
    begin()
    link = join(links, `${pod}_${namespace}_${container}-${id}.log`)
    fs.symlinkSync(file(), link)
  }
  startContainer()

  const line = (text = `line ${sequence} of ${namespace}/${pod}/${container}`, pieces = 1): string => {
    sequence++
    const size = Math.ceil(text.length / pieces)
    for (let i = 0; i < pieces; i++) {
      const piece = text.slice(i * size, i === pieces - 1 ? undefined : (i + 1) * size)
      fs.writeSync(fd, `${stamp()} stdout ${i === pieces - 1 ? 'F' : 'P'} ${piece}\n`)
    }
    written.push(text)
    return text
  }
  const compressOlder = (keep: number): void => {
    const rotated = fs
      .readdirSync(folder)
      .filter((n) => n.startsWith(`${restarts}.log.`) && !n.endsWith('.tmp'))
      .sort()
    for (const name of rotated.filter((n) => !n.endsWith('.gz'))) {
      const path = join(folder, name)
      fs.writeFileSync(`${path}.tmp`, gzipSync(fs.readFileSync(path)))
      fs.renameSync(`${path}.tmp`, `${path}.gz`)
      fs.unlinkSync(path)
    }
    const all = fs
      .readdirSync(folder)
      .filter((n) => n.startsWith(`${restarts}.log.`))
      .sort()
    for (const name of all.slice(0, Math.max(0, all.length - keep))) fs.unlinkSync(join(folder, name))
  }
  let lastSuffix = ''
  const suffix = (): string => {
    for (let ms = Date.now(); ; ms++) {
      const s = new Date(ms).toISOString().replace(/[-:]/g, '').replace('T', '-').replace('Z', '')
      if (s > lastSuffix) {
        lastSuffix = s
        return s
      }
    }
  }
  const rotate = (keep = 4): void => {
    compressOlder(keep)
    fs.renameSync(file(), `${file()}.${suffix()}`)
    fs.closeSync(fd)
    begin()
  }
  return {
    get file() {
      return file()
    },
    line,
    raw: (bytes) => void fs.writeSync(fd, bytes as string),
    rotate,
    restart: () => {
      fs.closeSync(fd)
      restarts++
      startContainer()
    },
    written,
    close: () => fs.closeSync(fd),
  }
}
