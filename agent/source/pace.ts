import type { Clock } from '../../lib/io/clock.ts'
import type { Waker } from '../../lib/io/waker.ts'
import { busyLookMs } from './busy-logs.ts'

export interface PaceDeps {
  readonly clock: Clock
  readonly waker: Waker
  readonly pollMs: number
  /** A look at everything. */
  readonly poll: () => void
  /** A look at busy logs only. */
  readonly followBusy: () => void
  readonly someBusy: () => boolean
  /** Something came to a watched folder or left it. */
  readonly moved: () => boolean
}

/**
 * With thousands of files a look takes long, and others' rotations wake it all the time: the pause after it is at least so many times as
 * long, for what looks find is to be read as well.
 */
const pauseTimes = 3
const shortestPauseMs = 10

/** When the tailer looks: at everything every `pollMs`, at busy logs in between, and at once when it is woken. */
export interface Pace {
  run(signal: AbortSignal): Promise<void>
  readonly running: boolean
  /** When it last looked, monotonic ms: what the health check goes by. */
  lastMs(): number
}

export const createPace = (deps: PaceDeps): Pace => {
  const { clock, waker } = deps
  let lookedMs = clock.monotonic()
  let [nextPollMs, pauseEndMs] = [0, 0]
  let running = false

  const look = (busyOnly: boolean): void => {
    const beganMs = clock.monotonic()
    if (busyOnly) deps.followBusy()
    else deps.poll()
    lookedMs = clock.monotonic()
    pauseEndMs = lookedMs + (lookedMs - beganMs) * pauseTimes
    if (!busyOnly) nextPollMs = lookedMs + deps.pollMs
  }

  /** True where the time passed, and nothing else woke it. */
  const rest = async (ms: number): Promise<boolean> => {
    let passed = false
    const cancel = clock.after(ms, () => {
      passed = true
      waker.wake()
    })
    await waker.wait()
    cancel()
    return passed
  }

  const pause = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const ms = pauseEndMs - clock.monotonic()
      if (ms < shortestPauseMs || signal.aborted) return
      await rest(ms)
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', waker.wake, { once: true })
    running = true
    for (let busyOnly = false; !signal.aborted; ) {
      look(busyOnly)
      const dueMs = Math.max(0, nextPollMs - clock.monotonic())
      busyOnly = deps.someBusy() && dueMs > busyLookMs
      const passed = await rest(busyOnly ? busyLookMs : dueMs)
      await pause(signal)
      // Whatever else woke it wants a look at everything.
      busyOnly &&= passed && !deps.moved()
    }
    running = false
  }

  return {
    run,
    lastMs: () => lookedMs,
    get running() {
      return running
    },
  }
}
