import type { AgentEvents } from '../event.ts'
import type { Admission } from './admission.ts'
import type { Adopter } from './adopt.ts'
import type { Log } from './generation.ts'
import type { LogPlace } from './log-place.ts'

/**
 * A look lists a folder and then opens what it listed; what is compressed or renamed in between is at none of its names, or has left its
 * name to a newer file. What is newer would be read before it, and pieces of its last record be taken for another's: so the folder is
 * listed again, until it is what was looked at. Kubelet rotates every ten seconds; whoever rotates ten times while a folder is listed and
 * looked at is not waited for any longer.
 */
const looks = 10

/** So many logs are looked at before their folders are listed again, each once: there may be thousands of them in one. */
const together = 500

export interface VisitDeps {
  readonly adopter: Adopter
  readonly admission: Admission
  readonly events: Pick<AgentEvents, 'discoveryFailed'>
  readonly again: (places: readonly LogPlace[]) => readonly LogPlace[]
}

/** Looked at, with something that lanes are to be told of once its folder is known to be what was listed. */
interface Seen {
  readonly place: LogPlace
  readonly log: Log
}

const hasSameMembers = (a: LogPlace, b: LogPlace): boolean =>
  a.members.length === b.members.length && a.members.every(({ file }, i) => file === b.members[i]?.file)

export const createVisits = ({
  adopter,
  admission,
  events,
  again,
}: VisitDeps): ((places: Iterable<LogPlace>) => void) => {
  /** One log's trouble is not its neighbours'. */
  const guarded = <T>(place: LogPlace, act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      events.discoveryFailed(place.source, place.live, error as Error)
      return undefined
    }
  }

  const lookAt = (place: LogPlace): Seen | undefined =>
    guarded(place, () => {
      const log = adopter.visit(place)
      if (log) return { place, log }
      admission.took(place.chain)
      return undefined
    })

  const show = ({ place, log }: Seen): void =>
    guarded(place, () => {
      adopter.show(log)
      admission.took(place.chain)
    })

  /** Shows what is as it was listed. The others, as they are now. */
  const showThose = (seen: readonly Seen[]): LogPlace[] => {
    const now = new Map(again(seen.map(({ place }) => place)).map((place) => [place.chain, place]))
    return seen.flatMap((one) => {
      const at = now.get(one.place.chain) ?? { ...one.place, members: [] }
      if (!hasSameMembers(one.place, at)) return [at]
      show(one)
      return []
    })
  }

  const settle = (first: readonly Seen[]): void => {
    let seen = first
    for (let left = looks; left > 1 && seen.length > 0; left--)
      seen = showThose(seen).flatMap((place) => lookAt(place) ?? [])
    for (const one of seen) show(one)
  }

  return (places) => {
    let seen: Seen[] = []
    for (const place of places) {
      if (!guarded(place, () => admission.admits(place))) continue
      const one = lookAt(place)
      if (one) seen.push(one)
      if (seen.length < together) continue
      settle(seen)
      seen = []
    }
    settle(seen)
  }
}
