import { readFileSync } from 'node:fs'
import type { Clock } from '../lib/io/clock.ts'
import type { AgentOptions } from './config/agent-options.ts'
import { type ScrapeTarget, scrapeTarget } from './health/agent-address.ts'
import { type AgentWatch, createAgentWatch } from './health/agent-watch.ts'
import { runHealthRounds } from './health/health-rounds.ts'
import { createScrape } from './health/scrape.ts'
import type { Rollouts } from './roll-out.ts'
import type { ClusterCache } from './watch/cluster-cache.ts'

const TIMEOUT_MS = 3000
const MAX_BYTES = 4 << 20

/** Reads nobody's metrics before its rounds are run. */
export const createAgentReader = ({ tokenFile, caFile, verify }: AgentOptions, clock: Clock): AgentWatch => {
  const scrape = createScrape(clock, {
    token: () => (tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim()),
    ca: caFile === undefined ? undefined : readFileSync(caFile),
    verify,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  })
  return createAgentWatch(scrape, clock)
}

const allTargets = (cache: ClusterCache): readonly ScrapeTarget[] =>
  [...cache.daemonSetStore.values()].flatMap((daemonSet) =>
    cache
      .podsFor(daemonSet)
      .filter(({ owner, phase }) => owner?.uid === daemonSet.uid && phase === 'Running')
      .flatMap((pod) => scrapeTarget(daemonSet, pod) ?? []),
  )

export interface ReadingDeps {
  readonly clock: Clock
  readonly watch: AgentWatch
  readonly cache: ClusterCache
  readonly rollouts: Rollouts
  /** A rollout may decide anew. */
  readonly wake: (key: string) => void
}

/** Rounds over the agents until the signal. */
export const readAgents = ({ clock, watch, cache, rollouts, wake }: ReadingDeps, signal: AbortSignal): Promise<void> =>
  runHealthRounds(
    {
      clock,
      watch,
      urgent: rollouts.urgent,
      all: () => allTargets(cache),
      looked: () => rollouts.watching().forEach(wake),
    },
    signal,
  )
