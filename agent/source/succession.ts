import type { FileStat } from '../../lib/io/filesystem.ts'
import type { FileListener } from '../event.ts'
import { type Candidate, createCopyFinder } from './copytruncate.ts'
import { type Cursors, inodeKey } from './cursors.ts'
import { Generation } from './generation.ts'
import { isOwed } from './loss.ts'
import { openLog } from './open-file.ts'
import { patientTries } from './read-trouble.ts'
import type { Registry } from './registry.ts'
import type { World } from './world.ts'

export interface SuccessionDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly listener: FileListener
  readonly nowMs: () => number
  readonly identify: (generation: Generation, final: boolean) => boolean
  readonly drop: (generation: Generation) => void
}

/** A file was truncated in place: its rest is another generation. */
export const createSuccession = (deps: SuccessionDeps): ((generation: Generation, size: number) => void) => {
  const { world, cursors, registry, listener, nowMs, drop } = deps
  const findCopy = createCopyFinder(world)

  /** A candidate that cannot be read may be the copy: it is waited for, and not for ever, because the file itself goes on. */
  const copyOf = (generation: Generation): Candidate | undefined => {
    try {
      return findCopy(generation)
    } catch (error) {
      if ((generation.trouble?.attempts ?? 0) < patientTries) throw error
      return undefined
    }
  }

  /** The rest of a truncated file is read from the copy that was made of it. */
  const moveInto = (generation: Generation, copy: Candidate): boolean => {
    const { cursor } = generation
    const opened = openLog(world.files, copy.member.file, generation.log.place.rules)
    if (opened.kind !== 'opened') return false
    world.pool.close(generation)
    registry.byInode.delete(inodeKey(generation))
    generation.dev = opened.stat.dev
    generation.ino = opened.stat.ino
    generation.birthNs = opened.stat.birthNs
    generation.file = copy.member.file
    generation.size = opened.stat.size
    generation.mtimeMs = opened.stat.mtimeMs
    world.pool.take(generation, opened.fd)
    attempt(generation, () => generation.remember())
    if (cursor) cursors.move(cursor, opened.stat)
    registry.byInode.set(inodeKey(generation), generation)
    generation.name = 'rotated'
    generation.leftMs = nowMs()
    generation.quietLooks = 0
    return true
  }

  /** The books must be right also where a read fails: it is made up for later. */
  const attempt = (generation: Generation, act: () => void): void => {
    try {
      act()
    } catch (error) {
      generation.hinder(error as Error, 'look')
    }
  }

  /** One that is not even identified stays as it is: the next look at everything finds it. */
  const begin = (next: Generation): void => {
    if (!next.reopen()) {
      drop(next)
      return
    }
    attempt(next, () => deps.identify(next, false))
  }

  return (generation, size) => {
    const { log, dev, ino, birthNs, file, name } = generation
    const stat: FileStat = { kind: 'file', dev, ino, birthNs, size, links: 1, mtimeMs: 0 }
    const next = new Generation(world, log, stat, file, nowMs())
    next.rewritten = true
    next.name = name
    // Where lanes are yet to be told of it, they are in its turn: dropped, what was counted here would be counted again as forgotten.
    const owed = isOwed(generation)
    const copy = owed ? copyOf(generation) : undefined
    generation.finalMs = nowMs()
    if (!copy || !moveInto(generation, copy)) generation.lose('truncated')
    log.generations.splice(log.generations.indexOf(generation) + 1, 0, next)
    registry.byInode.set(inodeKey(next), next)
    world.events.fileRotated(log.place.source, log.place.path)
    if (generation.shown) listener.changed(generation)
    else if (!owed) drop(generation)
    begin(next)
  }
}
