import type { Log } from './generation.ts'
import type { LogPlace } from './log-place.ts'

/**
 * Looks again at logs whose files moved, each at most once a round. Thousands may be rotated together in one folder: so that it is not
 * listed for each of them, they wait until everything was looked at in the round.
 */
export interface Relist {
  /** A round begins. */
  begin(): void
  now(logs: Iterable<Log>): void
  /** `go`: what goes on when it was looked at. */
  later(log: Log, go?: () => void): void
  /** The round ends: looks at those that wait. */
  end(): void
}

export interface RelistDeps {
  readonly again: (places: readonly LogPlace[]) => readonly LogPlace[]
  readonly visit: (places: Iterable<LogPlace>) => void
}

export const createRelist = ({ again, visit }: RelistDeps): Relist => {
  const done = new Set<string>()
  const moving = new Set<Log>()
  let goOn: (() => void)[] = []

  const now = (logs: Iterable<Log>): void => {
    const due = Array.from(logs, ({ place }) => place).filter(({ chain }) => !done.has(chain))
    const found = new Map<string, LogPlace>(due.map((place) => [place.chain, { ...place, members: [] }]))
    for (const place of again(due)) found.set(place.chain, place)
    for (const chain of found.keys()) done.add(chain)
    visit(found.values())
  }

  return {
    begin: () => done.clear(),
    now,
    later: (log, go) => {
      moving.add(log)
      if (go) goOn.push(go)
    },
    end: () => {
      now(moving)
      moving.clear()
      const waiting = goOn
      goOn = []
      for (const go of waiting) go()
    },
  }
}
