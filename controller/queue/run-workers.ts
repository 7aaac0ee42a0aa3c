import type { WorkQueue } from './work-queue.ts'

export interface Work {
  /** How many keys may be looked at at a time. */
  readonly workers: number
  /** Throws where the key is to be tried again. */
  readonly look: (key: string) => Promise<void>
  readonly failed: (key: string, error: Error) => void
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/**
 * Looks at each key of the queue until the signal shuts it down, and resolves when every worker has finished what it had in hand.
 * A key that fails comes again, later each time; one that does not starts afresh (pkg/controller/daemon processNextWorkItem).
 */
export const runWorkers = async (
  queue: WorkQueue,
  { workers, look, failed }: Work,
  signal: AbortSignal,
): Promise<void> => {
  const turn = async (key: string): Promise<void> => {
    try {
      await look(key)
      queue.forget(key)
    } catch (error) {
      // What was cut short by the end is no failure.
      if (signal.aborted) return
      failed(key, asError(error))
      queue.addRateLimited(key)
    } finally {
      queue.done(key)
    }
  }

  const worker = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await turn(key)
  }

  if (signal.aborted) queue.shutDown()
  signal.addEventListener('abort', queue.shutDown, { once: true })
  try {
    await Promise.all(Array.from({ length: workers }, worker))
  } finally {
    signal.removeEventListener('abort', queue.shutDown)
  }
}
