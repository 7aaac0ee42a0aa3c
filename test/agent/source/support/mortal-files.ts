import { type Filesystem, realFilesystem } from '../../../../lib/io/filesystem.ts'

/** The real disk as a process sees it that is killed (SIGKILL) after any call: the call takes effect, and none comes after it. */
export interface MortalFiles extends Filesystem {
  readonly dead: boolean
  dieAfter(calls: number): void
  /** What the kernel does when the process is gone. */
  bury(): void
}

export class Killed extends Error {}

export const createMortalFiles = (): MortalFiles => {
  const descriptors = new Set<number>()
  let left = Number.POSITIVE_INFINITY
  let dead = false
  const live = <A extends unknown[], R>(call: (...args: A) => R, then: (result: R, ...args: A) => void = () => {}) => {
    return (...args: A): R => {
      if (dead) throw new Killed('killed')
      const result = call(...args)
      then(result, ...args)
      if (--left <= 0) {
        dead = true
        throw new Killed('killed')
      }
      return result
    }
  }
  const f = realFilesystem
  return {
    get dead() {
      return dead
    },
    dieAfter: (calls) => {
      left = calls
    },
    bury: () => {
      dead = true
      for (const fd of descriptors) f.close(fd)
      descriptors.clear()
    },
    open: live(f.open, (fd) => descriptors.add(fd)),
    close: live(f.close, (_, fd) => descriptors.delete(fd)),
    read: live(f.read),
    write: live(f.write),
    fsync: live(f.fsync),
    fstat: live(f.fstat),
    poll: live(f.poll),
    pollAt: live(f.pollAt),
    stat: live(f.stat),
    lstat: live(f.lstat),
    realpath: live(f.realpath),
    readlink: live(f.readlink),
    readdir: live(f.readdir),
    mkdir: live(f.mkdir),
    rename: live(f.rename),
    unlink: live(f.unlink),
    truncate: live(f.truncate),
    fsyncDirectory: live(f.fsyncDirectory),
  }
}
