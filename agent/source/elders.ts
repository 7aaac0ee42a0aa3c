import type { FileListener } from '../event.ts'
import { sameInode } from './cursors.ts'
import type { Generation, Log } from './generation.ts'

const sizeOf = (elder: Generation): number | undefined => {
  const { files } = elder.world
  if (elder.fd >= 0) return files.poll(elder.fd).size
  const stat = files.stat(elder.file)
  return stat && sameInode(stat, elder) ? stat.size : undefined
}

const lookAgain = (elder: Generation, listener: FileListener, nowMs: number): void => {
  const size = sizeOf(elder)
  if (size === undefined || size <= elder.size || (elder.fd < 0 && !elder.reopen()) || !elder.sameBytes()) return
  elder.grow(size, nowMs)
  listener.changed(elder)
}

/**
 * Called before a file is shown. Lanes read it once the older ones are read to the ends that are known of them, and those are as old as
 * the last look: what was written to an old file since then, before the runtime let go of it, would come after the beginning of the new one.
 */
export const lookAtElders = ({ generations }: Log, newer: Generation, listener: FileListener): void => {
  for (const elder of generations.slice(0, generations.indexOf(newer))) {
    if (!elder.shown || elder.state !== 'growing' || elder.trouble?.waiting) continue
    try {
      lookAgain(elder, listener, elder.world.nowMs())
    } catch (error) {
      elder.hinder(error as Error, 'look')
    }
  }
}
