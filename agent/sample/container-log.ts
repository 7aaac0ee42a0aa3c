import fs from 'node:fs'
import path from 'node:path'
import { realFilesystem } from '../../lib/io/filesystem.ts'
import { hexOf, uuidOf } from './random.ts'
import { rotate } from './rotate.ts'

export interface ContainerName {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

export interface ContainerLogOptions {
  /** The folder that has `pods` and `containers`, as /var/log of a node. Absolute. */
  readonly dir: string
  readonly rotateBytes: number
  /** Files of one log that are kept, the current one among them. */
  readonly keep: number
}

/** One container's log files in kubelet's layout; the same ones again after a restart of the sample. */
export interface ContainerLog {
  /** One whole record, in a single write. */
  append(record: Buffer, nowMs: number): void
  /** The container ends and is started again: `<n+1>.log`, a new container id, new links. */
  restart(): void
  close(): void
}

export const podFolder = (dir: string, name: ContainerName): string => {
  const uid = uuidOf(`${name.namespace}/${name.pod}`)
  return path.join(dir, 'pods', `${name.namespace}_${name.pod}_${uid}`, name.container)
}

const linkPath = (dir: string, name: ContainerName, restart: number): string => {
  const id = hexOf(`${name.namespace}/${name.pod}/${name.container}/${restart}`, 64)
  return path.join(dir, 'containers', `${name.pod}_${name.namespace}_${name.container}-${id}.log`)
}

/** A log whose writer was killed in the middle of a line goes on with a line of its own. */
const endLine = (fd: number): void => {
  const size = fs.fstatSync(fd).size
  const last = Buffer.alloc(1)
  if (size > 0 && fs.readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10) fs.writeSync(fd, '\n')
}

const openLog = (file: string): number => {
  const { O_RDWR, O_APPEND, O_CREAT } = fs.constants
  const fd = fs.openSync(file, O_RDWR | O_APPEND | O_CREAT, 0o640)
  endLine(fd)
  return fd
}

/** Rotated files count, too: between a rename and the new file there may have been a kill. */
const latestRestart = (folder: string): number =>
  Math.max(0, ...fs.readdirSync(folder).map((name) => Number(/^(\d+)\.log/.exec(name)?.[1] ?? 0)))

export const openContainerLog = (name: ContainerName, options: ContainerLogOptions): ContainerLog => {
  const { dir } = options
  const folder = podFolder(dir, name)
  const logOf = (restart: number): string => path.join(folder, `${restart}.log`)
  realFilesystem.mkdir(folder)
  realFilesystem.mkdir(path.join(dir, 'containers'))
  let restart = latestRestart(folder)
  let fd = openLog(logOf(restart))

  const link = (): void => {
    const at = linkPath(dir, name, restart)
    if (!fs.lstatSync(at, { throwIfNoEntry: false })) fs.symlinkSync(logOf(restart), at)
  }
  /** Of dead containers kubelet keeps one (maximum-dead-containers-per-container): the files and link of older ones go. */
  const forgetOld = (): void => {
    for (let old = restart - 2; old >= 0 && fs.lstatSync(linkPath(dir, name, old), { throwIfNoEntry: false }); old--) {
      fs.rmSync(linkPath(dir, name, old), { force: true })
      for (const file of fs.readdirSync(folder))
        if (file.startsWith(`${old}.log`)) fs.rmSync(path.join(folder, file), { force: true })
    }
  }
  link()

  return {
    append: (record, nowMs) => {
      fs.writeSync(fd, record)
      if (fs.fstatSync(fd).size < options.rotateBytes || !rotate(logOf(restart), nowMs, options.keep)) return
      fs.closeSync(fd)
      fd = openLog(logOf(restart))
    },
    restart: () => {
      fs.closeSync(fd)
      restart++
      fd = openLog(logOf(restart))
      link()
      forgetOld()
    },
    close: () => fs.closeSync(fd),
  }
}
