/** A stage whose loop must move on while it has work. */
export interface Beacon {
  readonly name: string
  /**
   * true while the stage has work that only itself can move. Waiting for somebody else is not pending: a backoff, a request
   * that has its own time-out, a queue that is full on purpose. An outage of the store must not restart the agent.
   */
  pending(): boolean
  /** Monotonic ms of its last progress; any value will do as long as progress changes it. */
  lastProgressMs(): number
}

export interface WedgedStage {
  readonly name: string
  readonly stalledMs: number
}

/** Looks at beacons from time to time and tells which have had work and made no progress for too long. */
export interface WedgeDetector {
  watch(beacon: Beacon): void
  observe(nowMs: number): WedgedStage[]
}

interface Watched {
  readonly beacon: Beacon
  progressMs: number
  /** Since when it has been pending without progress, as far as was seen; undefined while all is well. */
  sinceMs: number | undefined
}

// After a gap between two looks (SIGSTOP, a frozen cgroup) nobody had a chance to move: only so much of it is held against a stage.
const LONGEST_GAP_MS = 10_000

export const createWedgeDetector = (stallMs: number): WedgeDetector => {
  const watched: Watched[] = []
  let lookedMs: number | undefined

  const look = (w: Watched, nowMs: number, pardonMs: number): WedgedStage | undefined => {
    const progressMs = w.beacon.lastProgressMs()
    if (!w.beacon.pending() || progressMs !== w.progressMs) w.sinceMs = undefined
    w.progressMs = progressMs
    if (!w.beacon.pending()) return undefined
    w.sinceMs = w.sinceMs === undefined ? nowMs : w.sinceMs + pardonMs
    const stalledMs = nowMs - w.sinceMs
    return stalledMs > stallMs ? { name: w.beacon.name, stalledMs } : undefined
  }

  const observe = (nowMs: number): WedgedStage[] => {
    const pardonMs = Math.max(0, nowMs - (lookedMs ?? nowMs) - LONGEST_GAP_MS)
    lookedMs = nowMs
    return watched.map((w) => look(w, nowMs, pardonMs)).filter((stage) => stage !== undefined)
  }
  return {
    watch: (beacon) => void watched.push({ beacon, progressMs: Number.NaN, sinceMs: undefined }),
    observe,
  }
}
