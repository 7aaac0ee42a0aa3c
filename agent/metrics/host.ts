import fs from 'node:fs'
import { join } from 'node:path'
import { openAdjtimex, type Timex } from './adjtimex.ts'
import type { Roots } from './options.ts'

/** The files in which the kernel describes the node, under configurable roots. Errors are Node's ErrnoException. */
export interface Host {
  readonly roots: Roots
  /** The text of <procfs>/<path>. */
  proc(path: string): string
  sys(path: string): string
  /** A file of the node's root file system: os-release, a text file of metrics. */
  root(path: string): string
  /** <procfs>/1/net/<path>: the node's network, whatever network namespace this process is in; where that is closed to it, its own. */
  net(path: string): string
  /** Names in a folder of sysfs. */
  listSys(path: string): string[]
  /** ms since the epoch. */
  nowMs(): number
  /** The kernel's own account of its clock; undefined where this Node cannot ask for it. */
  adjtimex(): (() => Timex) | undefined
  /** undefined where nothing is there, or it cannot be read for a reason that means the same (EINVAL, ENODEV, EOPNOTSUPP of sysfs). */
  maybe<T>(read: () => T): T | undefined
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EINVAL', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP', 'ENXIO'])

let scratch = Buffer.allocUnsafeSlow(64 * 1024)

/** Files of /proc say no size: read until nothing comes. A pipe in a file's place would be waited for until somebody writes to it. */
const readText = (path: string): string => {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    let length = 0
    for (;;) {
      const got = fs.readSync(fd, scratch, length, scratch.length - length, null)
      if (got === 0) return scratch.toString('utf8', 0, length)
      length += got
      if (length === scratch.length) scratch = Buffer.concat([scratch, Buffer.allocUnsafe(length)])
    }
  } finally {
    fs.closeSync(fd)
  }
}

export const createHost = (roots: Roots): Host => {
  const { procfs, sysfs, rootfs } = roots
  const maybe = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
      throw error
    }
  }
  const netFolder = fs.existsSync(join(procfs, '1/net/dev')) ? '1/net' : 'net'
  return {
    roots,
    proc: (path) => readText(`${procfs}/${path}`),
    sys: (path) => readText(`${sysfs}/${path}`),
    root: (path) => readText(join(rootfs, path)),
    net: (path) => readText(`${procfs}/${netFolder}/${path}`),
    listSys: (path) => fs.readdirSync(`${sysfs}/${path}`),
    nowMs: Date.now,
    adjtimex: openAdjtimex,
    maybe,
  }
}
