import type { Clock } from '../../../lib/io/clock.ts'

/** First rest of a host that failed, doubled at each further failure. */
const restMs = 5_000
const maxRestMs = 60_000

interface Entry<C> {
  readonly url: URL
  /** Made at first use: what it needs from the disk may not be there yet, and that is a request's failure, not the start's. */
  connection: C | undefined
  failures: number
  restUntilMs: number
}

/**
 * Hosts in turn; one that failed is left out for a while and then tried again with a real request. Where all rest, the one
 * whose rest ends first is used: an agent with one host never stops trying.
 *
 * It has the four members that Transport asks of a pool. The client's own pools are not used because they bring undici
 * into the bundle (5 MiB resident) and answer the same question with a ping in between.
 */
export interface Hosts<C> {
  readonly size: number
  readonly connections: readonly C[]
  getConnection(): C
  markAlive(connection: C): void
  markDead(connection: C): void
  /** A host other than this one that is not resting. */
  hasOther(connection: C): boolean
}

export const createHosts = <C>(
  urls: readonly URL[],
  connect: (url: URL) => C,
  /** Whether a connection must be made anew (TLS material changed on disk). */
  stale: (connection: C) => boolean,
  clock: Clock,
): Hosts<C> => {
  const entries: Entry<C>[] = urls.map((url) => ({ url, connection: undefined, failures: 0, restUntilMs: 0 }))
  let turn = -1
  const find = (connection: C): Entry<C> | undefined => entries.find((entry) => entry.connection === connection)
  const rested = (entry: Entry<C>): boolean => entry.restUntilMs <= clock.monotonic()
  const next = (): Entry<C> => {
    for (let step = 1; step <= entries.length; step++) {
      const entry = entries[(turn + step) % entries.length]!
      if (!rested(entry)) continue
      turn = (turn + step) % entries.length
      return entry
    }
    return entries.reduce((soonest, entry) => (entry.restUntilMs < soonest.restUntilMs ? entry : soonest))
  }
  return {
    size: entries.length,
    get connections() {
      return entries.flatMap((entry) => entry.connection ?? [])
    },
    getConnection: () => {
      const entry = next()
      if (entry.connection && stale(entry.connection)) entry.connection = undefined
      entry.connection ??= connect(entry.url)
      return entry.connection
    },
    markAlive: (connection) => {
      const entry = find(connection)
      if (!entry || entry.failures === 0) return
      entry.failures = 0
      entry.restUntilMs = 0
    },
    markDead: (connection) => {
      const entry = find(connection)
      if (!entry) return
      entry.restUntilMs = clock.monotonic() + Math.min(maxRestMs, restMs * 2 ** Math.min(entry.failures, 10))
      entry.failures++
    },
    hasOther: (connection) => entries.some((entry) => entry.connection !== connection && rested(entry)),
  }
}
