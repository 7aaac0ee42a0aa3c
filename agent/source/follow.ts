import type { Polled } from '../../lib/io/filesystem.ts'
import type { FileListener } from '../event.ts'
import type { Adopter } from './adopt.ts'
import { sameInode } from './cursors.ts'
import type { Generation } from './generation.ts'
import { isOwed, lossOf } from './loss.ts'
import { patientTries } from './read-trouble.ts'
import type { Relist } from './relist.ts'
import { growthOf, isFinal, looksToMiss, pathLookDelayMs, type Seen } from './rotation.ts'

export interface FollowDeps {
  readonly adopter: Adopter
  readonly listener: FileListener
  readonly relist: Pick<Relist, 'now' | 'later'>
  readonly rotateWaitMs: number
  readonly deletedKeepMs: number
  readonly once: boolean
}

/** Closed and final files are looked at so often. */
const slowLookMs = 2_000

export interface Follower {
  /** One look at one file: observe, decide, do. */
  look(generation: Generation, nowMs: number): void
  /** A deleted file's time is over, or its disk space is needed: what it holds is read from its archive where there is one, and else is lost. */
  letGo(generation: Generation): void
}

export const createFollower = (deps: FollowDeps): Follower => {
  const { adopter, listener, relist } = deps

  const look = (generation: Generation): Polled | undefined => {
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
    if (generation.shown) listener.changed(generation)
  }

  /** A file's trouble is told, and it is tried again. */
  const guarded = (generation: Generation, act: () => void): void => {
    try {
      act()
    } catch (error) {
      if (!generation.trouble?.waiting) generation.hinder(error as Error, 'look')
    }
  }

  /** Neither a handle nor a name leads to the file: it is looked for. */
  const missing = (generation: Generation, nowMs: number): void =>
    relist.later(generation.log, () => guarded(generation, () => lookedFor(generation, nowMs)))

  const lookedFor = (generation: Generation, nowMs: number): void => {
    if (generation.inflating || generation.lost) return
    if (look(generation)) {
      generation.misses = 0
      if (generation.shown) listener.changed(generation) // A lane may have come in vain.
      return
    }
    if (++generation.misses < looksToMiss) return
    generation.name = 'deleted'
    generation.finalMs = nowMs
    generation.state = 'final'
    if (!generation.shown || generation.committed < generation.size) giveUp(generation)
    else listener.changed(generation)
  }

  /** Where lanes were not told of it yet (an older archive is still to be inflated), they are in their turn: the loss has its place, too. */
  const giveUp = (generation: Generation): void => {
    if (!isOwed(generation)) {
      if (!generation.cursor) generation.lose(lossOf(generation)) // Its first line was never complete: no lane will ask for it.
      adopter.drop(generation)
      return
    }
    generation.lose(lossOf(generation))
    if (generation.shown) listener.changed(generation)
  }

  const letGo = (generation: Generation): void => {
    if (generation.archive === undefined) relist.now([generation.log]) // Compressed a moment ago, perhaps.
    if (!adopter.archives.replace(generation)) giveUp(generation)
  }

  const grow = (generation: Generation, size: number, nowMs: number): void => {
    generation.grow(size, nowMs)
    if (generation.shown) listener.changed(generation)
    else adopter.identify(generation, false)
  }

  const isPathDue = ({ name, fd, pathLookedMs, lastGrowthMs }: Generation, nowMs: number): boolean =>
    name === 'live' && fd >= 0 && nowMs >= pathLookedMs + pathLookDelayMs(nowMs - lastGrowthMs)

  /** By its path, which tells both what became of the file and whether it is still the live one. While its handle is open, its inode is nobody else's. */
  const lookAtPath = (generation: Generation, nowMs: number): Polled | undefined => {
    generation.pathLookedMs = nowMs
    return generation.world.files.pollAt(generation.log.place.live, generation)
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

  /** A lane came in vain, and its name leads to it again. */
  const comeBack = (generation: Generation): void => {
    generation.misses = 0
    if (generation.awayMs === undefined) return
    generation.awayMs = undefined
    if (generation.shown) listener.changed(generation)
  }

  /** False where it was rewritten: the rest is another generation. */
  const takeIn = (generation: Generation, seen: Polled, nowMs: number): boolean => {
    const touched = generation.fd >= 0 && seen.mtimeMs !== generation.mtimeMs
    const growth = growthOf(generation.size, seen, touched, () => generation.sameBytes())
    generation.mtimeMs = seen.mtimeMs
    if (growth === 'rewritten') adopter.succeed(generation, seen.size)
    else if (growth === 'grown') grow(generation, seen.size, nowMs)
    else generation.quietLooks++
    return growth !== 'rewritten'
  }

  const followGrowing = (generation: Generation, nowMs: number): void => {
    if (generation.fd < 0) {
      if (nowMs < generation.nextLookMs) return
      generation.nextLookMs = nowMs + slowLookMs
    }
    const byPath = isPathDue(generation, nowMs)
    const named = byPath ? lookAtPath(generation, nowMs) : undefined
    const seen = named ?? look(generation)
    if (!seen) {
      missing(generation, nowMs)
      return
    }
    comeBack(generation)
    if (generation.fd < 0 && seen.size !== generation.size && !generation.reopen()) return
    if (!takeIn(generation, seen, nowMs)) return
    noteDeletion(generation, seen, nowMs)
    if (byPath && !named && generation.name === 'live') relist.later(generation.log)
    endIfQuiet(generation, nowMs)
  }

  const followFinal = (generation: Generation, nowMs: number): void => {
    if (generation.finished || generation.lost || nowMs < generation.nextLookMs) return
    generation.nextLookMs = nowMs + slowLookMs
    const seen = look(generation)
    if (seen) comeBack(generation)
    if (!seen) missing(generation, nowMs)
    else if (seen.size < generation.size) generation.lose('truncated')
    else noteDeletion(generation, seen, nowMs)
    if (generation.lost) listener.changed(generation)
    else if (generation.vanishing && nowMs - generation.finalMs >= deps.deletedKeepMs) letGo(generation)
  }

  /** While it is not to be read: whether it is still there, and how long it is waited for. */
  const watchOver = (generation: Generation, nowMs: number): void => {
    if (deps.once && generation.trouble!.attempts >= patientTries) giveUp(generation)
    if (generation.housed || generation.lost) return
    const seen = look(generation)
    if (seen) noteDeletion(generation, seen, nowMs)
    else if (nowMs >= generation.nextLookMs) {
      generation.nextLookMs = nowMs + slowLookMs
      missing(generation, nowMs)
    }
    if (generation.vanishing && nowMs - generation.leftMs >= deps.deletedKeepMs) letGo(generation)
  }

  /** The time of another try has come: lanes read, and what was not found out about it is. */
  const tryAgain = (generation: Generation): void => {
    generation.trouble!.waiting = false
    generation.nextLookMs = 0
    if (generation.shown) listener.changed(generation)
    else if (!generation.cursor) adopter.identify(generation, generation.state === 'final')
  }

  /** It could be looked at; where something is left to read, that tells. */
  const isOverAt = ({ trouble, shown, readEnd, size }: Generation): boolean =>
    trouble?.at === 'look' && !trouble.waiting && !(shown && readEnd < size)

  const followOne = (generation: Generation, nowMs: number): void => {
    const { trouble } = generation
    if (trouble?.waiting && nowMs < trouble.nextTryMs) {
      watchOver(generation, nowMs)
      return
    }
    if (trouble?.waiting) tryAgain(generation)
    if (generation.housed) return
    if (generation.state === 'final') followFinal(generation, nowMs)
    else followGrowing(generation, nowMs)
    if (isOverAt(generation)) generation.overcome()
  }

  const lookAt = (generation: Generation, nowMs: number): void => {
    if (generation.inflating) {
      if (!generation.waiting) adopter.show(generation.log) // Others have waited long enough for it.
      if (generation.shown && !generation.waiting) listener.changed(generation)
      return
    }
    guarded(generation, () => followOne(generation, nowMs))
  }

  return { look: lookAt, letGo }
}
