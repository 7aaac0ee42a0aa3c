import type { FileStat } from '../../lib/io/filesystem.ts'
import type { LossCause } from '../event.ts'
import type { Inflated, Inflater } from './archive.ts'
import { createArchiveTurn } from './archive-turn.ts'
import type { Cursor, Cursors } from './cursors.ts'
import { inodeKey, leastCommitted, mostCommitted } from './cursors.ts'
import { knownBytesOf, loseBehind } from './damage.ts'
import type { Farewell } from './farewell.ts'
import { Generation, type Log } from './generation.ts'
import type { Holder } from './handle-pool.ts'
import { type Archive, archiveKey, correctClaim, createArchiveIdentifier } from './identify-archive.ts'
import type { Member } from './log-place.ts'
import { isOwed } from './loss.ts'
import { type Opened, openLog } from './open-file.ts'
import { patientTries, retryDelayMs } from './read-trouble.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'
import type { StartRules } from './start-offset.ts'
import type { World } from './world.ts'

export interface ArchiveDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly refusals: (source: string) => Refusals
  readonly inflater: Inflater
  readonly farewell: Farewell
  readonly nowMs: () => number
  readonly wallMs: () => number
  readonly rules: Pick<StartRules, 'once'>
  /** Rotated files from before the first start are not wanted. */
  readonly skipUnknown: (source: string, stat: FileStat) => boolean
  /** It can be read now: gives it its identity and shows it. */
  readonly ready: (generation: Generation) => void
  /** What waits behind it need not wait any longer. */
  readonly unblock: (log: Log) => void
  readonly drop: (generation: Generation) => void
}

export interface Archives {
  /** Which generation the archive holds, where that is known. */
  identify(log: Log, member: Member, stat: FileStat): Archive | undefined
  /** The generation to be read from it, or undefined where there is nothing left to read. */
  visit(log: Log, member: Member, stat: FileStat): Generation | undefined
  /** Closes the handle on a deleted file, of which an archive is there to be read instead; false where there is none. */
  replace(generation: Generation): boolean
  /** Starts the next one when the last one is read. Called once a round. */
  turn(): void
  readonly waiting: number
  /** Lets go of those that wait. */
  close(): void
}

interface JobHandle extends Holder {
  inUse: boolean
}

interface Job {
  readonly generation: Generation
  /** Of the archive: what is deleted while it waits for its turn could be read, and so must be. */
  readonly handle: JobHandle
  /** Its name when its turn came last. */
  readonly file: string
  /** The archive itself could not be read so often. */
  readonly failures: number
  readonly notBeforeMs: number
  readonly sinceMs: number
}

/** After the state folder's disk refused. Newer files of the log wait meanwhile, as for any archive: pieces of a record go on in them. */
const retryMs = 5_000

/** What ends early and was not written to for so long is damaged. */
const unfinishedMs = 60_000

export const createArchives = (deps: ArchiveDeps): Archives => {
  const { world, cursors, registry } = deps
  const { files, events } = world
  const queue: Job[] = []
  /** Where archives were seen last: logrotate renames them too. Thousands may wait, and be met by each look, and one be renamed during its turn. */
  const names = new WeakMap<Generation, string>()
  const line = createArchiveTurn(world)
  let notBeforeMs = 0

  const identify = createArchiveIdentifier(deps)

  /** Why it cannot be opened, or undefined: its handle is open. */
  const hold = ({ handle, generation, file }: Job): Exclude<Opened, { kind: 'opened' }> | undefined => {
    if (handle.fd >= 0) return undefined
    const opened = openLog(files, file, generation.log.place.rules)
    if (opened.kind !== 'opened') return opened
    world.pool.take(handle, opened.fd)
    return undefined
  }

  const enqueue = (generation: Generation, file: string): void => {
    generation.inflating = true
    generation.inflatingSinceMs = deps.nowMs()
    names.set(generation, file)
    // Not closed for others while it is inflated: that reads by the descriptor's number, which would soon be another file's.
    const isOnly = (): boolean => handle.inUse || files.poll(handle.fd).links === 0
    const { mtimeMs } = generation
    const handle: JobHandle = { fd: -1, inUse: false, mtimeMs, worth: () => (isOnly() ? 'only' : 'unread') }
    const job = { generation, handle, file, failures: 0, notBeforeMs: 0, sinceMs: deps.nowMs() }
    queue.push(job)
    try {
      hold(job)
    } catch {
      // It is tried again when its turn comes, and then told.
    }
  }

  const followJob = (generation: Generation, member: Member): Generation => {
    names.set(generation, member.file)
    return generation
  }

  /** Its file was compressed while we held no handle on it. */
  const takeOver = (active: Generation, member: Member): Generation => {
    active.archive = member.file
    if (active.fd < 0 && !active.lost && !active.inflating && !active.finished && !active.isNamed())
      enqueue(active, member.file)
    return followJob(active, member)
  }

  const replace = (generation: Generation): boolean => {
    const { archive } = generation
    if (archive === undefined || !files.stat(archive)) return false
    world.pool.close(generation)
    enqueue(generation, archive)
    return true
  }

  const isThrough = (log: Log, cursor: Cursor, archive: Archive): boolean =>
    leastCommitted(cursor, log.lanes, 0) >= Math.max(cursor.size, archive.claimedBytes)

  const visit = (log: Log, member: Member, stat: FileStat): Generation | undefined => {
    const mine = registry.byInode.get(inodeKey(stat))
    if (mine?.cursor) registry.sight(mine.cursor)
    if (mine) {
      registry.archives.get(archiveKey(stat)) // Asked for, so that it is not forgotten meanwhile.
      return mine.log === log ? followJob(mine, member) : undefined
    }
    const archive = identify(log, member, stat)
    if (!archive || archive.claimedBytes === 0) return undefined
    const cursor = archive.fingerprint === undefined ? undefined : cursors.get(archive.fingerprint)
    const active = archive.fingerprint === undefined ? undefined : registry.byFingerprint.get(archive.fingerprint)
    if (cursor) registry.sight(cursor)
    if (active) return active.log === log ? takeOver(active, member) : undefined
    if (cursor && isThrough(log, cursor, archive)) {
      deps.farewell(cursor, 'unreadable') // Nothing of it is left to be read; it may yet have to be closed.
      return undefined
    }
    if (!cursor && deps.skipUnknown(log.place.source, stat)) return undefined
    return begin(log, member, stat, cursor, archive)
  }

  const begin = (
    log: Log,
    member: Member,
    stat: FileStat,
    cursor: Cursor | undefined,
    archive: Archive,
  ): Generation => {
    const generation = new Generation(world, log, stat, member.file, deps.nowMs())
    generation.name = 'rotated'
    generation.state = 'final'
    generation.size = archive.claimedBytes
    generation.cursor = cursor
    if (cursor) {
      generation.readEnd = Math.min(generation.size, mostCommitted(cursor))
      registry.byFingerprint.set(cursor.fingerprint, generation)
    }
    registry.byInode.set(inodeKey(stat), generation)
    log.generations.push(generation)
    enqueue(generation, member.file)
    return generation
  }

  const abandon = (generation: Generation, file: string, reason: string, cause: LossCause): void => {
    deps.refusals(generation.source).refuse(file, reason)
    generation.inflating = false
    // One that is there, and unreadable, is met again by the next look.
    if (generation.shown || (cause === 'deleted_before_read' && isOwed(generation))) generation.lose(cause)
    else {
      countUnknown(generation, cause)
      deps.drop(generation)
    }
    deps.unblock(generation.log)
  }

  /** What the checkpoint knows is counted when that is given up; of what nobody has read a byte of, its size is all that is known. */
  const countUnknown = ({ source, path, origin, size, cursor }: Generation, cause: LossCause): void => {
    if (!cursor) events.bytesLost(source, path, origin, size, cause)
  }

  const postpone = (job: Job, error: Error): void => {
    events.discoveryFailed(job.generation.source, job.file, error)
    queue.unshift(job)
    line.refused()
    notBeforeMs = deps.nowMs() + retryMs
  }

  /** Behind the others, after a delay that grows. What is at none of its names may have been renamed since the last look: newer files wait for it. */
  const defer = (job: Job, error: Error, isAway = false): void => {
    const { generation, file, handle } = job
    const failures = job.failures + 1
    // A handle may have gone stale (a network disk): where there is a name, the next try opens it anew.
    if (files.stat(file)) world.pool.close(handle)
    const waitMs = retryDelayMs(failures)
    events.readFailed(generation.source, file, generation.origin, error, failures, waitMs)
    queue.push({ ...job, failures, notBeforeMs: deps.nowMs() + waitMs })
    if (isAway) return
    generation.inflatingSinceMs = Number.NEGATIVE_INFINITY
    deps.unblock(generation.log)
  }

  const take = (job: Job, result: Inflated & { readonly kind: 'ready' }): void => {
    const { generation, file, handle } = job
    const knownBytes = knownBytesOf(generation)
    const fullBytes = result.damage === undefined ? result.size : Math.max(result.size + result.lostBytes, knownBytes)
    if (result.damage !== undefined) correctClaim(registry, files.fstat(handle.fd), fullBytes)
    world.pool.close(handle)
    line.inflated(deps.nowMs())
    generation.house(result.fd, result.size)
    if (job.failures > 0 && result.damage === undefined)
      events.readResumed(generation.source, file, deps.nowMs() - job.sinceMs)
    if (result.damage !== undefined) {
      events.discoveryFailed(generation.source, file, new Error(`${file} ends early: ${result.damage}`))
      loseBehind(generation, fullBytes)
    }
    deps.ready(generation)
  }

  /** gzip writes it in place, beside what it compresses: one that was written to a moment ago may yet be whole. */
  const mayGrow = ({ handle, failures }: Job): boolean => {
    if (deps.rules.once && failures + 1 >= patientTries) return false
    return Math.abs(deps.wallMs() - files.fstat(handle.fd).mtimeMs) < unfinishedMs
  }

  const inflate = async (job: Job): Promise<void> => {
    const { generation, handle, file, failures } = job
    const obstacle = hold(job)
    if (obstacle) {
      const reason = obstacle.kind === 'refused' ? obstacle.reason : 'it was removed before it could be inflated'
      if (failures + 1 < patientTries) defer(job, new Error(reason), obstacle.kind === 'absent')
      else abandon(generation, file, reason, obstacle.kind === 'absent' ? 'deleted_before_read' : 'unreadable')
    } else {
      const result = await deps.inflater.inflate(handle.fd, failures + 1 >= patientTries)
      if (result.kind === 'failed') postpone(job, result.error)
      else if (result.kind === 'unread') defer(job, result.error)
      else if (result.cut && mayGrow(job)) {
        files.close(result.fd)
        defer(job, new Error(`it ends early: ${result.damage}`))
      } else take(job, result)
    }
  }

  const run = async (job: Job): Promise<void> => {
    try {
      job.handle.inUse = true
      await inflate(job)
    } catch (error) {
      const { generation, file, handle } = job
      world.pool.close(handle)
      events.discoveryFailed(generation.source, file, error as Error)
      if (generation.shown) generation.lose('unreadable')
      else deps.drop(generation) // Met again by the next look at everything.
    }
    job.handle.inUse = false
    line.end()
    world.nextArchive()
  }

  /** A newer one would not be shown before the older ones, and nobody's turn comes until what was inflated last is read. */
  const isOldest = ({ generation }: Job): boolean => {
    const older = generation.log.generations.find((one) => one.inflating && one.waiting)
    return older === undefined || older === generation || !generation.waiting
  }

  const turn = (): void => {
    const nowMs = deps.nowMs()
    if (!line.look(nowMs) || nowMs < notBeforeMs) return
    const at = queue.findIndex((job) => job.notBeforeMs <= nowMs && line.admits(job.generation) && isOldest(job))
    const [job] = at < 0 ? [] : queue.splice(at, 1)
    if (!job) return
    line.begin(job.generation)
    void run({ ...job, file: names.get(job.generation) ?? job.file })
  }

  return {
    identify,
    visit,
    replace,
    turn,
    get waiting() {
      return queue.length + (line.inflating ? 1 : 0)
    },
    close: () => {
      for (const { handle } of queue) world.pool.close(handle)
    },
  }
}
