import type { Adopter } from './adopt.ts'
import type { Discovery, LogPlace } from './log-place.ts'

/**
 * A look lists a folder and then opens what it listed; what is compressed or renamed in between is at none of its names. What is
 * newer would be read before it, and pieces of its last record be taken for another's: so the folder is listed again.
 */
const looks = 3

export const visitLog = (adopter: Adopter, discovery: Discovery, place: LogPlace): void => {
  let at: LogPlace | undefined = place
  for (let left = looks; at && !adopter.visit(at, left <= 1); left--)
    at =
      left <= 1 ? undefined : (discovery.again(at).find(({ chain }) => chain === place.chain) ?? { ...at, members: [] })
}
