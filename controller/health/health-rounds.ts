import type { Clock } from '../../lib/io/clock.ts'
import type { ScrapeTarget } from './agent-address.ts'
import type { AgentWatch } from './agent-watch.ts'

export interface HealthRoundsDeps {
  readonly clock: Clock
  readonly watch: AgentWatch
  /** Of rollouts that are under way: looked at every time. */
  readonly urgent: () => readonly ScrapeTarget[]
  /** All agents, for whether they ship anything: looked at now and then. */
  readonly all: () => readonly ScrapeTarget[]
  /** Something may have been found out. */
  readonly looked: () => void
}

const EVERY_MS = 15_000
const ALL_EVERY_MS = 5 * 60_000

/** Ends when aborted. The few that a rollout is decided by are never kept waiting by the round over all. */
export const runHealthRounds = async (deps: HealthRoundsDeps, signal: AbortSignal): Promise<void> => {
  const round = async (everyMs: number, targets: () => readonly ScrapeTarget[]): Promise<void> => {
    while (!signal.aborted) {
      const now = targets()
      await deps.watch.look(now, signal)
      if (now.length > 0 && !signal.aborted) deps.looked()
      await deps.clock.sleep(everyMs, signal)
    }
  }
  await Promise.all([round(EVERY_MS, deps.urgent), round(ALL_EVERY_MS, deps.all)])
}
