import type { Filesystem } from '../../lib/io/filesystem.ts'

/**
 * How much is lost by closing a handle: nothing; nothing unless its file is deleted meanwhile, of which the one that is written to
 * is in no danger as long as its container is; the file.
 */
export type Worth = 'idle' | 'live' | 'unread' | 'only'

/** Something that holds a descriptor and can do without it for a while. */
export interface Holder {
  fd: number
  /** When its file was written to last, ms. */
  readonly mtimeMs: number
  worth(): Worth
}

/**
 * Bounds the open handles. Over the bound the least recently used idle ones are closed; then the least recently used on live files; then
 * those on the youngest rotated files: runtimes delete the oldest first, which are also read first. Only handles on deleted files may exceed the bound (their time and their bytes are bounded instead: deleted-files.ts).
 */
export interface HandlePool {
  readonly open: number
  take(holder: Holder, fd: number): void
  use(holder: Holder): void
  close(holder: Holder): void
}

const ranks: Readonly<Record<Worth, number>> = { idle: 0, live: 1, unread: 2, only: 3 }

/** When there is one handle too many, this part of them is closed: to find out which are worth least is dear. */
const portion = 16

export const createHandlePool = (files: Pick<Filesystem, 'close'>, limit: number): HandlePool => {
  /** With the turn of its last use: each read has one, and moving it to the end of a Set would rehash that all the time. */
  const holders = new Map<Holder, number>()
  let turn = 0
  const close = (holder: Holder): void => {
    if (!holders.delete(holder)) return
    const { fd } = holder
    holder.fd = -1
    files.close(fd)
  }
  /** Those whose handles may be closed, the one that is worth least first. */
  const rank = (except: Holder): Holder[] =>
    Array.from(holders, ([holder, used]) => {
      const worth = holder.worth()
      return { holder, rank: ranks[worth], order: worth === 'unread' ? -holder.mtimeMs : used }
    })
      .filter((one) => one.rank < ranks.only && one.holder !== except)
      .sort((a, b) => a.rank - b.rank || a.order - b.order)
      .map(({ holder }) => holder)
  return {
    get open() {
      return holders.size
    },
    take: (holder, fd) => {
      holder.fd = fd
      holders.set(holder, turn++)
      if (holders.size <= limit) return
      for (const victim of rank(holder).slice(0, Math.max(1, Math.floor(limit / portion)))) close(victim)
    },
    use: (holder) => {
      if (holders.has(holder)) holders.set(holder, turn++)
    },
    close,
  }
}
