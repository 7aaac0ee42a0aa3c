import type { Adopter } from './adopt.ts'
import type { Discovery, LogPlace } from './log-place.ts'

/**
 * A look lists a folder and then opens what it listed; what is compressed or renamed in between is at none of its names, or has left its
 * name to a newer file. What is newer would be read before it, and pieces of its last record be taken for another's: so the folder is
 * listed again, until it is what was looked at. Kubelet rotates every ten seconds; whoever rotates ten times while a folder is listed and
 * looked at is not waited for any longer.
 */
const looks = 10

const hasSameMembers = (a: LogPlace, b: LogPlace): boolean =>
  a.members.length === b.members.length && a.members.every(({ file }, i) => file === b.members[i]?.file)

export const visitLog = (adopter: Adopter, discovery: Discovery, place: LogPlace): void => {
  const list = (at: LogPlace): LogPlace =>
    discovery.again(at).find(({ chain }) => chain === place.chain) ?? { ...at, members: [] }
  let at = place
  for (let left = looks; left > 1; left--) {
    let now: LogPlace | undefined
    const isStill = (): boolean => {
      now = list(at)
      return hasSameMembers(at, now)
    }
    if (adopter.visit(at, isStill)) return
    at = now ?? list(at)
  }
  adopter.visit(at, () => true)
}
