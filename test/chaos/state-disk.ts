import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'

/** A small disk of its own for the agent's state folder, which can be filled. */
export interface StateDisk {
  readonly folder: string
  /** undefined: it is a disk of its own; else why it is none. */
  readonly skipped: string | undefined
  fill(): void
  empty(): void
  removeState(): void
  /** The state folder as it is, to be looked at later. */
  copyTo(folder: string): void
  unmount(): void
}

const DISK_SIZE = '192m'
const BLOCK = Buffer.alloc(1024 * 1024)

const mount = (folder: string): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs'
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'picket-chaos', folder])
  return status === 0 ? undefined : `no tmpfs can be mounted (${String(stderr).trim()})`
}

/** Whole blocks, then bytes, until not one more goes in. */
const writeUntilFull = (path: string): void => {
  const fd = fs.openSync(path, 'a')
  let size = BLOCK.length
  while (size > 0) {
    try {
      fs.writeSync(fd, BLOCK, 0, size)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      size >>= 1
    }
  }
  fs.closeSync(fd)
}

export const createStateDisk = (folder: string): StateDisk => {
  fs.mkdirSync(folder)
  const skipped = mount(folder)
  const filler = join(folder, 'filler')
  const state = join(folder, 'state')
  return {
    folder: state,
    skipped,
    fill: () => {
      if (!skipped) writeUntilFull(filler)
    },
    empty: () => fs.rmSync(filler, { force: true }),
    removeState: () => fs.rmSync(state, { recursive: true, force: true }),
    copyTo: (copy) => fs.cpSync(state, copy, { recursive: true }),
    unmount: () => {
      if (!skipped) spawnSync('umount', ['-l', folder])
    },
  }
}
