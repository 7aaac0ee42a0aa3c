import type { Clock } from '../../lib/io/clock.ts'
import type { ScrapeTarget } from './agent-address.ts'
import type { DataHealth } from './data-health.ts'
import { judgeHealth, type LooksAt, missed, NOT_LOOKED, seen } from './judge-health.ts'
import { readAgentCounts } from './read-output-counts.ts'
import type { Scrape } from './scrape.ts'

/** Remembers the last two looks at each agent. */
export interface AgentWatch {
  /** Looks at each once, at a few of them at a time. Never throws: what cannot be read is a finding. */
  look(targets: readonly ScrapeTarget[], signal: AbortSignal): Promise<void>
  /** By uid of the pod. */
  health(): ReadonlyMap<string, DataHealth>
}

const AT_ONCE = 16
/** Longer than the slow round's interval, or its looks would be forgotten before the next. */
const FORGOTTEN_AFTER_MS = 30 * 60_000

interface Known {
  readonly looks: LooksAt
  readonly atMs: number
}

const textOf = (error: unknown): string =>
  error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name) : String(error)

export const createAgentWatch = (scrape: Scrape, clock: Clock): AgentWatch => {
  const known = new Map<string, Known>()

  const lookAt = async ({ uid, url }: ScrapeTarget, signal: AbortSignal): Promise<void> => {
    const looks = known.get(uid)?.looks ?? NOT_LOOKED
    try {
      const counts = readAgentCounts(await scrape(url, signal))
      const atMs = clock.now()
      known.set(uid, { looks: seen(looks, { atMs, counts }), atMs })
    } catch (error) {
      if (!signal.aborted) known.set(uid, { looks: missed(looks, textOf(error)), atMs: clock.now() })
    }
  }

  const forget = (): void => {
    const endMs = clock.now() - FORGOTTEN_AFTER_MS
    for (const [uid, { atMs }] of known) if (atMs < endMs) known.delete(uid)
  }

  return {
    look: async (targets, signal) => {
      const rest = targets.values()
      const worker = async (): Promise<void> => {
        for (const target of rest) if (!signal.aborted) await lookAt(target, signal)
      }
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, targets.length) }, worker))
      forget()
    },
    health: () => new Map([...known].map(([uid, { looks }]) => [uid, judgeHealth(looks)])),
  }
}
