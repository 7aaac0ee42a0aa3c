/**
 * One sleeper, many callers: `wait()` resolves once after each burst of `wake()` calls. A wake that comes while nobody waits
 * is kept (one of them), so a loop that looks at its work and then waits never misses any. What ends the loop wakes it too.
 */
export interface Waker {
  wake(): void
  wait(): Promise<void>
}

export const createWaker = (): Waker => {
  let pending = false
  let release: (() => void) | undefined
  const wake = (): void => {
    pending = true
    release?.()
  }
  const wait = async (): Promise<void> => {
    if (!pending) {
      const { promise, resolve } = Promise.withResolvers<void>()
      release = resolve
      await promise
      release = undefined
    }
    pending = false
  }
  return { wake, wait }
}
