import type { Clock } from '../../lib/io/clock.ts'

export interface ModelClock extends Clock {
  /** Moves time on, wakes the sleepers whose time has come in order, and lets them run. */
  advance(ms: number): Promise<void>
  readonly sleepers: number
}

interface Sleeper {
  readonly dueMs: number
  readonly wake: () => void
}

/** Promise chains of a woken loop are a few links long; a turn of the event loop runs them all. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const createModelClock = (startMs = Date.UTC(2026, 10, 20, 10)): ModelClock => {
  let passedMs = 0
  let sleepers: Sleeper[] = []

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper: Sleeper = { dueMs: passedMs + Math.max(0, ms), wake: resolve }
    sleepers.push(sleeper)
    signal?.addEventListener('abort', () => {
      sleepers = sleepers.filter((s) => s !== sleeper)
      resolve()
    })
    return promise
  }

  const next = (untilMs: number): Sleeper | undefined =>
    sleepers.filter((s) => s.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]

  const advance = async (ms: number): Promise<void> => {
    const untilMs = passedMs + ms
    for (let sleeper = next(untilMs); sleeper; sleeper = next(untilMs)) {
      passedMs = Math.max(passedMs, sleeper.dueMs)
      sleepers = sleepers.filter((s) => s !== sleeper)
      sleeper.wake()
      await settle()
    }
    passedMs = untilMs
    await settle()
  }

  return {
    now: () => startMs + passedMs,
    monotonic: () => passedMs,
    sleep,
    after: (ms, call) => {
      const sleeper: Sleeper = { dueMs: passedMs + Math.max(0, ms), wake: call }
      sleepers.push(sleeper)
      return () => {
        sleepers = sleepers.filter((s) => s !== sleeper)
      }
    },
    advance,
    get sleepers() {
      return sleepers.length
    },
  }
}
