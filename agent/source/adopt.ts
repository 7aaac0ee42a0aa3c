import type { FileStat } from '../../lib/io/filesystem.ts'
import type { AgentEvents, FileListener } from '../event.ts'
import { type Archives, createArchives } from './adopt-archive.ts'
import type { Inflater } from './archive.ts'
import { createChooser } from './choose-members.ts'
import { type Cursors, inodeKey, isUnclosed, sameInode } from './cursors.ts'
import { countShorter, endsBefore } from './damage.ts'
import { hasNothingToShow, identifyLate, lookAtElders } from './elders.ts'
import type { Farewell } from './farewell.ts'
import { Generation, type Log } from './generation.ts'
import { identify, isSameContent } from './identify.ts'
import type { LogPlace, Member } from './log-place.ts'
import { sortByName } from './name-order.ts'
import { openLog } from './open-file.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'
import { type Name, nameOf } from './rotation.ts'
import { afterLastNewline, type StartRules } from './start-offset.ts'
import { createSuccession } from './succession.ts'
import type { World } from './world.ts'

export interface AdoptDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly listener: FileListener
  readonly refusals: (source: string) => Refusals
  readonly rules: StartRules
  readonly inflater: Inflater
  readonly farewell: Farewell
  readonly lanesOf: (tag: string) => readonly string[]
  readonly nonce: () => string
  readonly nowMs: () => number
  readonly wallMs: () => number
}

/** Takes the places that discovery found and makes generations of their files; tells lanes of those that have an identity. */
export interface Adopter {
  /** The log, where something of it is to be shown (`show`) if its folder is still what was listed. */
  visit(place: LogPlace): Log | undefined
  /** Tries to give a file its identity; `final`: nothing will follow. True when it has one. */
  identify(generation: Generation, final: boolean): boolean
  /** The file was truncated in place: the rest of it is another generation. */
  succeed(generation: Generation, size: number): void
  rename(generation: Generation, name: Name): void
  drop(generation: Generation): void
  /** Tells lanes of what they may read now. */
  show(log: Log): void
  readonly archives: Archives
}

export const createAdopter = (deps: AdoptDeps): Adopter => {
  const { world, cursors, registry, listener, rules, nowMs, wallMs } = deps
  const events: AgentEvents = world.events

  const drop = (generation: Generation): void => {
    world.pool.close(generation)
    if (generation.cursor) registry.sight(generation.cursor)
    const { generations } = generation.log
    const at = generations.indexOf(generation)
    if (at >= 0) generations.splice(at, 1)
    const key = inodeKey(generation)
    if (registry.byInode.get(key) === generation) registry.byInode.delete(key)
    const { fingerprint } = generation
    if (registry.byFingerprint.get(fingerprint) === generation) registry.byFingerprint.delete(fingerprint)
  }

  /** Tells lanes of what has an identity, in order: nothing before an older file that is still being inflated. */
  const show = (log: Log): void => {
    let seen = new Set<Generation>()
    for (const generation of [...log.generations]) {
      if (generation.inflating && generation.waiting) return
      if (generation.inflating || generation.shown) continue
      if (!generation.cursor) {
        if (!identifyLate(generation, identifyOne)) continue
        seen = new Set() // It began when they were looked at already.
      }
      lookAtElders(log, generation, seen, listener)
      generation.shown = true
      events.fileFound(generation, generation.committed)
      listener.appeared(generation)
    }
  }

  const isOld = (stat: FileStat): boolean =>
    rules.ignoreOlderMs !== undefined && stat.mtimeMs < wallMs() - rules.ignoreOlderMs

  const begin = (generation: Generation, place: LogPlace, stat: FileStat): void => {
    if (!isOld(stat) && !rules.fromEnd(place.source)) return
    generation.initialOffset = afterLastNewline(generation)
    generation.readEnd = generation.initialOffset
  }

  const tell = (generation: Generation): void => {
    const key = inodeKey(generation)
    registry.byInode.set(key, generation)
    if (generation.cursor) registry.byFingerprint.set(generation.fingerprint, generation)
  }

  const identifyOne = (generation: Generation, final: boolean): boolean => {
    if (generation.cursor) return true
    const active = (fingerprint: string): Generation | undefined => registry.byFingerprint.get(fingerprint)
    const who = identify(generation, final, { cursors, active, nonce: deps.nonce, nowMs: wallMs })
    if (who.kind === 'unknown') return false
    if (who.kind === 'twin') {
      if (who.certain) registry.twins.set(inodeKey(generation), generation.size)
      drop(generation)
      return false
    }
    const { cursor } = who
    if (who.kind === 'new') cursors.add(cursor, who.byChance)
    else if (inodeKey(cursor) !== inodeKey(generation)) cursors.move(cursor, generation)
    generation.cursor = cursor
    if (who.kind === 'resumed') countShorter(generation, cursor, cursors)
    registry.unread.delete(cursor)
    registry.sight(cursor)
    // Bytes before a lane's position were read in another life.
    generation.readEnd = Math.min(generation.size, Math.max(generation.initialOffset, ...Object.values(cursor.lanes)))
    registry.byFingerprint.set(generation.fingerprint, generation)
    generation.remember()
    return true
  }

  const rename = (generation: Generation, name: Name): void => {
    if (generation.name === name) return
    if (generation.name === 'live') {
      generation.leftMs = nowMs()
      generation.quietLooks = 0
      registry.awaited.set(generation.chain, generation.log)
    }
    if (name === 'rotated') events.fileRotated(generation.source, generation.path)
    generation.name = name
  }

  /** An archive has been inflated: who is it, and does it hold what the checkpoint says? */
  const ready = (generation: Generation): void => {
    const { cursor } = generation
    generation.finalMs = nowMs()
    if (generation.shown) listener.changed(generation)
    else if (cursor && !endsBefore(generation, cursor) && !isSameContent(generation, cursor)) drop(generation)
    else if (cursor) {
      generation.readEnd = Math.min(generation.size, Math.max(0, ...Object.values(cursor.lanes)))
      generation.remember()
    } else {
      generation.rewritten = generation.origin.kind === 'plain' // Its inode is the archive's, not the log's.
      if (!identifyOne(generation, true)) drop(generation)
    }
    show(generation.log)
  }

  const archives = createArchives({
    ...deps,
    ready,
    drop,
    unblock: (log) => show(log),
    skipUnknown: (source, stat) => rules.fromEnd(source) || isOld(stat),
  })

  const choose = createChooser({ ...deps, archives, starting: rules.starting })

  const settle = (generation: Generation, whole: boolean): void => {
    if (identifyOne(generation, whole) || !whole) return
    if (registry.byInode.get(inodeKey(generation)) === generation) drop(generation)
  }

  /** 'moved': the name leads to another file than it did a moment ago, and what it led to has another name by now. */
  const open = (log: Log, member: Member, stat: FileStat): Generation | 'moved' | undefined => {
    const { place } = log
    const opened = openLog(world.files, member.file, place.rules)
    if (opened.kind === 'absent') return 'moved'
    if (opened.kind === 'refused') {
      deps.refusals(place.source).refuse(member.file, opened.reason)
      return undefined
    }
    if (!sameInode(opened.stat, stat)) {
      world.files.close(opened.fd)
      return 'moved'
    }
    const generation = new Generation(world, log, opened.stat, member.file, nowMs())
    try {
      takeUp(generation, member, opened)
    } catch (error) {
      drop(generation) // The next look opens it anew.
      throw error
    }
    return registry.byInode.get(inodeKey(generation)) === generation ? generation : undefined
  }

  const takeUp = (generation: Generation, member: Member, opened: { fd: number; stat: FileStat }): void => {
    const { log } = generation
    const { place } = log
    world.pool.take(generation, opened.fd)
    generation.name = member.live ? (place.superseded ? 'superseded' : 'live') : 'rotated'
    if (generation.name !== 'live') generation.leftMs = nowMs()
    if (rules.once) {
      generation.state = 'final'
      generation.finalMs = nowMs()
    }
    begin(generation, place, opened.stat)
    log.generations.push(generation)
    tell(generation)
    settle(generation, rules.once)
  }

  /** Read to its end, and looked into by this process since it was last written to. */
  const openUnsettled = (log: Log, member: Member, stat: FileStat): Generation | 'moved' | undefined => {
    const generation = open(log, member, stat)
    if (generation === 'moved' || !generation?.cursor || generation.committed < generation.size) return generation
    if (isUnclosed(generation.cursor, rules.closing)) return generation
    const { cursor, size, mtimeMs } = generation
    registry.settled.set(inodeKey(generation), { cursor, size, mtimeMs })
    drop(generation)
    return undefined
  }

  const isSettled = (key: string, stat: FileStat): boolean => {
    const settled = registry.settled.get(key)
    if (!settled || settled.size !== stat.size || settled.mtimeMs !== stat.mtimeMs) return false
    registry.sight(settled.cursor)
    return true
  }

  /** The generation that the member is, where it is one that is being read or is to be. */
  const visitMember = (log: Log, member: Member, stat: FileStat): Generation | 'moved' | undefined => {
    if (member.archive) return archives.visit(log, member, stat)
    const key = inodeKey(stat)
    if (registry.twins.get(key) === stat.size) return undefined
    const known = registry.byInode.get(key)
    if (known) {
      if (known.cursor) registry.sight(known.cursor)
      if (known.log !== log) return undefined
      known.file = member.file
      rename(known, member.live ? (log.place.superseded ? 'superseded' : 'live') : 'rotated')
      return known
    }
    // The file that is written to is followed however much of it is read.
    const followed = member.live && !log.place.superseded && !rules.once
    if (followed) return open(log, member, stat)
    return isSettled(key, stat) ? undefined : openUnsettled(log, member, stat)
  }

  /** What is behind a name that cannot be read now may be known: then it is neither missing nor forgotten. */
  const visitOrRefuse = (log: Log, member: Member, stat: FileStat): Generation | 'moved' | undefined => {
    try {
      const generation = visitMember(log, member, stat)
      if (!generation) noteUnread(log, member, stat)
      return generation
    } catch (error) {
      deps.refusals(log.place.source).refuse(member.file, `it cannot be read (${(error as Error).message})`)
      noteUnread(log, member, stat)
      return undefined
    }
  }

  /** The newest of those that were in it: what others had there was truncated away, and is not there with it. */
  const noteUnread = (log: Log, member: Member, stat: FileStat): void => {
    const cursor = cursors.withInode(inodeKey(stat)).find(({ chain }) => chain === log.place.chain)
    if (!cursor || registry.byFingerprint.has(cursor.fingerprint)) return
    registry.sight(cursor)
    cursor.file = member.file
    registry.unread.add(cursor)
  }

  /** Names of generations whose file is at none of the log's names any more. */
  const nameTheLost = (log: Log, present: ReadonlyMap<Generation, number>, liveTaken: boolean): void => {
    for (const generation of log.generations) {
      if (present.has(generation) || generation.name === 'rotated' || generation.inflating) continue
      const links = generation.fd >= 0 ? world.files.poll(generation.fd).links : 1
      rename(generation, nameOf(liveTaken ? 'other' : 'nothing', links, false))
    }
  }

  const visit = (place: LogPlace): Log | undefined => {
    const lanes = registry.logs.get(place.chain)?.lanes ?? deps.lanesOf(place.tag)
    if (lanes.length === 0) return undefined
    const log: Log = registry.logs.get(place.chain) ?? { place, lanes, generations: [] }
    registry.logs.set(place.chain, log)
    log.place = place
    const present = new Map<Generation, number>()
    let liveTaken = false
    const { candidates, complete: found } = choose(log)
    let complete = found
    for (const { member, stat } of candidates) {
      const generation = visitOrRefuse(log, member, stat)
      if (member.live) liveTaken = true
      if (generation === 'moved') complete = false
      else if (generation) present.set(generation, present.size)
    }
    if (!rules.once) nameTheLost(log, present, liveTaken)
    sortByName(log, present)
    return complete && hasNothingToShow(log) ? undefined : log
  }

  const identifyAndShow = (generation: Generation, final: boolean): boolean => {
    const known = identifyOne(generation, final)
    if (known) show(generation.log)
    return known
  }

  const succeed = createSuccession({ world, cursors, registry, listener, nowMs, identify: identifyAndShow, drop })

  return { visit, identify: identifyAndShow, succeed, rename, drop, show, archives }
}
