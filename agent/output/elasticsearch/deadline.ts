/** Ends one request, before or after the head of its answer, when its time is up or its caller gives up. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Time was up. */
  readonly late: boolean
  /** The answer's body; destroyed with the request. HttpConnection stops listening to `signal` once it has the head. */
  watch(stream: { destroy(): void }): void
  clear(): void
}

export const startDeadline = (limitMs: number, caller: AbortSignal): Deadline => {
  const abort = new AbortController()
  let late = false
  let watched: { destroy(): void } | undefined
  const stop = (): void => {
    abort.abort()
    watched?.destroy()
  }
  const timer = setTimeout(() => {
    late = true
    stop()
  }, limitMs)
  caller.addEventListener('abort', stop, { once: true })
  return {
    signal: abort.signal,
    get late() {
      return late
    },
    watch: (stream) => {
      watched = stream
    },
    clear: () => {
      clearTimeout(timer)
      caller.removeEventListener('abort', stop)
    },
  }
}
