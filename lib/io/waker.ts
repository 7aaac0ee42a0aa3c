/**
 * One sleeper, many callers: `wait()` resolves once after each burst of `wake()` calls. A wake that comes while nobody waits
 * is kept (one of them), so a loop that looks at its work and then waits never misses any.
 */
export interface Waker {
  wake(): void
  wait(signal?: AbortSignal): Promise<void>
}

export const createWaker = (): Waker => {
  let pending = false
  let release: (() => void) | undefined
  const wake = (): void => {
    pending = true
    release?.()
  }
  const wait = async (signal?: AbortSignal): Promise<void> => {
    if (!pending && !signal?.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      release = resolve
      signal?.addEventListener('abort', resolve as () => void, { once: true })
      await promise
      signal?.removeEventListener('abort', resolve as () => void)
      release = undefined
    }
    pending = false
  }
  return { wake, wait }
}
