import type { Clock } from '../../lib/io/clock.ts'
import { type Beacon, createWedgeDetector, type WedgedStage } from './wedge-detector.ts'

/** The state of starting: what still stands between the process and its work. */
export interface Readiness {
  /** The stage is not ready for this reason; a later call replaces the reason. */
  waiting(stage: string, reason: string): void
  ready(stage: string): void
}

export interface Health extends Readiness {
  /** From now on this stage must move while it has work. */
  watch(beacon: Beacon): void
  wedged(): WedgedStage[]
  /** Reasons by stage; empty when the agent is ready. */
  unready(): Readonly<Record<string, string>>
  /** Looks at the beacons until the signal ends it, so that a probe finds a history to judge by. */
  run(signal: AbortSignal): Promise<void>
}

const LOOK_EVERY_MS = 5_000

/**
 * `stages` are not ready until they say so. `stallMs`: how long a stage with work may make no progress. A stalled event loop
 * needs no beacon: it does not answer at all, and the probe's time-out says so.
 */
export const createHealth = (stages: readonly string[], stallMs: number, clock: Clock): Health => {
  const reasons = new Map<string, string>(stages.map((stage) => [stage, 'has not started']))
  const detector = createWedgeDetector(stallMs)
  return {
    watch: detector.watch,
    waiting: (stage, reason) => void reasons.set(stage, reason),
    ready: (stage) => void reasons.delete(stage),
    unready: () => Object.fromEntries(reasons),
    wedged: () => detector.observe(clock.monotonic()),
    run: async (signal) => {
      while (!signal.aborted) {
        detector.observe(clock.monotonic())
        await clock.sleep(LOOK_EVERY_MS, signal)
      }
    },
  }
}
