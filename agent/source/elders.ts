import type { FileListener } from '../event.ts'
import { sameInode } from './cursors.ts'
import type { Generation, Log } from './generation.ts'

const sizeOf = (elder: Generation): number | undefined => {
  const { files } = elder.world
  if (elder.fd >= 0) return files.poll(elder.fd).size
  const stat = files.stat(elder.file)
  return stat && sameInode(stat, elder) ? stat.size : undefined
}

/** Takes its size as it is now; false where it has not grown. */
const growAgain = (elder: Generation): boolean => {
  const size = sizeOf(elder)
  if (size === undefined || size <= elder.size || (elder.fd < 0 && !elder.reopen()) || !elder.sameBytes()) return false
  elder.grow(size, elder.world.nowMs())
  return true
}

/**
 * Called before a file is shown. Lanes read it once the older ones are read to the ends that are known of them, and those are as old as
 * the last look: what was written to an old file since then, before the runtime let go of it, would come after the beginning of the new one.
 * `seen`: those that were looked at since that began.
 */
export const lookAtElders = (
  { generations }: Log,
  newer: Generation,
  seen: Set<Generation>,
  listener: FileListener,
): void => {
  for (const elder of generations.slice(0, generations.indexOf(newer))) {
    if (seen.has(elder) || !elder.shown || elder.state !== 'growing' || elder.trouble?.waiting) continue
    seen.add(elder)
    try {
      if (growAgain(elder)) listener.changed(elder)
    } catch (error) {
      elder.hinder(error as Error, 'look')
    }
  }
}

/** Its first line may have been completed since it was looked at last; what is newer must not come before it. */
export const identifyLate = (
  generation: Generation,
  identify: (generation: Generation, final: boolean) => boolean,
): boolean => {
  if (generation.state === 'final' || generation === generation.log.generations.at(-1)) return false
  try {
    return growAgain(generation) && identify(generation, false)
  } catch (error) {
    generation.hinder(error as Error, 'look')
    return false
  }
}

/** Whether a look at the log would show nothing: all is shown, or the next waits for an archive. The last has no complete line as long as nobody knows it. */
export const hasNothingToShow = ({ generations }: Log): boolean => {
  for (const generation of generations) {
    if (generation.inflating && generation.waiting) return true
    if (generation.inflating || generation.shown) continue
    if (generation.cursor || generation !== generations.at(-1)) return false
  }
  return true
}
