import type { Generation, Log } from './generation.ts'

/**
 * Puts generations into the order of their names, `present`: oldest first. One without a name (it is deleted, or being compressed
 * this moment) stays behind the one that it was behind. Those that were in front of all are older than all that have a name.
 */
export const sortByName = ({ generations }: Log, present: ReadonlyMap<Generation, number>): void => {
  const places = new Map<Generation, number>()
  let before = -1
  for (const generation of generations) {
    before = present.get(generation) ?? before
    places.set(generation, before)
  }
  generations.sort((a, b) => places.get(a)! - places.get(b)!)
}
