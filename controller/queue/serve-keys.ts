import type { WorkQueue } from './work-queue.ts'

/** All that waits in the event loop has its turn: timers, sockets. */
const othersToo = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/**
 * Works on the keys of a queue, one after the other, until it is shut down. A turn in which nothing is to be asked never leaves the
 * microtasks; after each the others have theirs: turns of hundreds of DaemonSets on thousands of nodes take longer than a lease does.
 */
export const serveKeys = async (queue: WorkQueue, work: (key: string) => Promise<void> | void): Promise<void> => {
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    await work(key)
    queue.done(key)
    await othersToo()
  }
}
