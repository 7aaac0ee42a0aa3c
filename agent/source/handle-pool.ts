import type { Filesystem } from '../../lib/io/filesystem.ts'

/** How much is lost by closing a handle: nothing; nothing unless its file is deleted meanwhile; the file. */
export type Worth = 'idle' | 'unread' | 'only'

/** Something that holds a descriptor and can do without it for a while. */
export interface Holder {
  fd: number
  worth(): Worth
}

/**
 * Bounds the open handles. Over the bound the least recently used idle one is closed, else the least recently used of those
 * that can be opened again by name. Only handles on deleted files may exceed the bound (their time and their bytes are bounded instead: deleted-files.ts).
 */
export interface HandlePool {
  readonly open: number
  take(holder: Holder, fd: number): void
  use(holder: Holder): void
  close(holder: Holder): void
}

export const createHandlePool = (files: Pick<Filesystem, 'close'>, limit: number): HandlePool => {
  /** The least recently used first. */
  const holders = new Set<Holder>()
  const close = (holder: Holder): void => {
    if (!holders.delete(holder)) return
    const { fd } = holder
    holder.fd = -1
    files.close(fd)
  }
  const leastWorth = (except: Holder): Holder | undefined => {
    let unread: Holder | undefined
    for (const holder of holders) {
      if (holder === except) continue
      const worth = holder.worth()
      if (worth === 'idle') return holder
      if (worth === 'unread') unread ??= holder
    }
    return unread
  }
  return {
    get open() {
      return holders.size
    },
    take: (holder, fd) => {
      holder.fd = fd
      holders.add(holder)
      if (holders.size <= limit) return
      const victim = leastWorth(holder)
      if (victim) close(victim)
    },
    use: (holder) => {
      if (holders.delete(holder)) holders.add(holder)
    },
    close,
  }
}
