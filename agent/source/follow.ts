import type { FileListener } from '../event.ts'
import type { Adopter } from './adopt.ts'
import { sameInode } from './cursors.ts'
import type { Generation, Log } from './generation.ts'
import { growthOf, isFinal, pathLookDelayMs, type Seen } from './rotation.ts'

export interface FollowDeps {
  readonly adopter: Adopter
  readonly listener: FileListener
  /** Looks at the log again; at most once a round for each log. */
  readonly relist: (log: Log) => void
  readonly rotateWaitMs: number
  readonly deletedKeepMs: number
}

/** Closed and final files are looked at so often. */
const slowLookMs = 2_000

/** One look at one file: observe, decide, do. */
export type Follow = (generation: Generation, nowMs: number) => void

export const createFollow = (deps: FollowDeps): Follow => {
  const { adopter, listener, relist } = deps

  const look = (generation: Generation): Seen | undefined => {
    const { files } = generation.world
    if (generation.fd >= 0) return files.poll(generation.fd)
    const stat = files.stat(generation.file)
    return stat && sameInode(stat, generation) ? stat : undefined
  }

  const finalize = (generation: Generation, nowMs: number): void => {
    if (!adopter.identify(generation, true)) {
      adopter.drop(generation) // Empty: there is nothing to be read, ever.
      return
    }
    generation.state = 'final'
    generation.finalMs = nowMs
    listener.changed(generation)
  }

  /** Neither a handle nor a name leads to the file. */
  const missing = (generation: Generation, nowMs: number): void => {
    relist(generation.log)
    if (generation.inflating || look(generation)) return
    generation.name = 'deleted'
    generation.finalMs = nowMs
    if (!generation.shown) adopter.drop(generation)
    else if (generation.committed < generation.size) generation.lose('deleted_before_read')
    generation.state = 'final'
    if (generation.shown) listener.changed(generation)
  }

  const grow = (generation: Generation, size: number, nowMs: number): void => {
    generation.size = size
    generation.lastGrowthMs = nowMs
    generation.quietLooks = 0
    generation.remember()
    if (generation.shown) listener.changed(generation)
    else adopter.identify(generation, false)
  }

  const lookAtPath = (generation: Generation, nowMs: number): void => {
    if (nowMs < generation.nextPathLookMs) return
    generation.nextPathLookMs = nowMs + pathLookDelayMs(nowMs - generation.lastGrowthMs)
    // While its handle is open, its inode is nobody else's.
    if (!generation.world.files.leadsTo(generation.log.place.live, generation)) relist(generation.log)
  }

  const noteDeletion = (generation: Generation, seen: Seen, nowMs: number): void => {
    if (seen.links > 0 || generation.vanishing) return
    generation.vanishing = true
    if (generation.name === 'live' || generation.name === 'superseded') adopter.rename(generation, 'deleted')
    if (generation.leftMs === 0) generation.leftMs = nowMs
    if (generation.shown) listener.changed(generation)
  }

  const successorKnown = (generation: Generation): boolean => {
    const { generations } = generation.log
    const next = generations[generations.indexOf(generation) + 1]
    return next?.cursor !== undefined
  }

  const endIfQuiet = (generation: Generation, nowMs: number): void => {
    if (generation.name === 'live') return
    const ms = nowMs - Math.max(generation.lastGrowthMs, generation.leftMs)
    const quiet = {
      name: generation.name,
      looks: generation.quietLooks,
      ms,
      successorKnown: successorKnown(generation),
    }
    if (isFinal(quiet, deps.rotateWaitMs)) finalize(generation, nowMs)
  }

  const followGrowing = (generation: Generation, nowMs: number): void => {
    if (generation.fd < 0) {
      if (nowMs < generation.nextLookMs) return
      generation.nextLookMs = nowMs + slowLookMs
    }
    const seen = look(generation)
    if (!seen) {
      missing(generation, nowMs)
      return
    }
    if (generation.fd < 0 && seen.size !== generation.size && !generation.reopen()) return
    const growth = growthOf(generation.size, seen, () => generation.sameBytes())
    if (growth === 'rewritten') {
      adopter.succeed(generation, seen.size)
      return
    }
    if (growth === 'grown') grow(generation, seen.size, nowMs)
    else generation.quietLooks++
    noteDeletion(generation, seen, nowMs)
    if (generation.name === 'live' && generation.fd >= 0) lookAtPath(generation, nowMs)
    endIfQuiet(generation, nowMs)
  }

  const followFinal = (generation: Generation, nowMs: number): void => {
    if (generation.finished || generation.lost || nowMs < generation.nextLookMs) return
    generation.nextLookMs = nowMs + slowLookMs
    const seen = look(generation)
    if (!seen) missing(generation, nowMs)
    else if (seen.size < generation.size) generation.lose('truncated')
    else noteDeletion(generation, seen, nowMs)
    if (generation.vanishing && nowMs - generation.finalMs >= deps.deletedKeepMs) generation.lose('deleted_before_read')
    if (generation.lost) listener.changed(generation)
  }

  return (generation, nowMs) => {
    if (generation.inflating) {
      adopter.show(generation.log) // Others may have waited long enough for it.
      return
    }
    if (generation.housed) return
    if (generation.state === 'final') followFinal(generation, nowMs)
    else followGrowing(generation, nowMs)
  }
}
