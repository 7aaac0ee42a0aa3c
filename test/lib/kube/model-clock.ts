import assert from 'node:assert/strict'
import type { Clock } from '../../../lib/io/clock.ts'

export interface ModelClock extends Clock {
  /** Moves the time, waking sleepers in their order, each before the next. */
  advance(ms: number): Promise<void>
  /** Resolves when somebody sleeps for exactly `ms` (until then real time passes: the loop under test waits for a socket). */
  sleeper(ms: number): Promise<void>
  /** Lengths of the sleeps that are under way. */
  readonly sleeping: readonly number[]
}

interface Sleeper {
  readonly ms: number
  readonly atMs: number
  readonly wake: () => void
}

/** Time that stands still until the test moves it. */
export const createModelClock = (startMs = 1_700_000_000_000): ModelClock => {
  let elapsedMs = 0
  const sleepers = new Set<Sleeper>()
  const watchers = new Set<() => void>()

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper: Sleeper = {
      ms,
      atMs: elapsedMs + ms,
      wake: () => {
        sleepers.delete(sleeper)
        resolve()
      },
    }
    sleepers.add(sleeper)
    signal?.addEventListener('abort', sleeper.wake, { once: true })
    for (const watcher of watchers) watcher()
    return promise
  }

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    sleep,
    after: () => assert.fail('nobody in lib/kube calls back'),
    advance: async (ms) => {
      const targetMs = elapsedMs + ms
      for (;;) {
        const next = [...sleepers].filter((one) => one.atMs <= targetMs).sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        elapsedMs = next.atMs
        next.wake()
        await new Promise(setImmediate)
      }
      elapsedMs = targetMs
    },
    sleeper: (ms) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`nobody sleeps for ${ms} ms, but for ${[...sleepers].map((one) => one.ms).join(', ')}`))
        }, 5000)
        const look = (): void => {
          if (![...sleepers].some((one) => one.ms === ms)) return
          watchers.delete(look)
          clearTimeout(deadline)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    get sleeping() {
      return [...sleepers].map((one) => one.ms)
    },
  }
}
