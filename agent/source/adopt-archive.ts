import type { FileStat } from '../../lib/io/filesystem.ts'
import { claimedSize, type Inflater, inflatedHead } from './archive.ts'
import type { Cursor, Cursors } from './cursors.ts'
import { inodeKey, leastCommitted } from './cursors.ts'
import { fingerprintOf, firstLine, hashOf } from './fingerprint.ts'
import { Generation, type Log, type World } from './generation.ts'
import { containerIdentity } from './identify.ts'
import type { Member } from './log-place.ts'
import { openLog } from './open-file.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'

/** What a compressed file was found to be; remembered by inode, so that it is looked into once. */
export interface Archive {
  /** Of a container's file, or of the known generation whose header it has. */
  readonly fingerprint: string | undefined
  readonly claimedBytes: number
}

export interface ArchiveDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly refusals: (source: string) => Refusals
  readonly inflater: Inflater
  readonly nowMs: () => number
  readonly wallMs: () => number
  /** Rotated files from before the first start are not wanted. */
  readonly skipUnknown: (source: string, stat: FileStat) => boolean
  /** It can be read now: gives it its identity and shows it. */
  readonly ready: (generation: Generation) => void
  /** What waits behind it need not wait any longer. */
  readonly unblock: (log: Log) => void
  readonly drop: (generation: Generation) => void
  readonly wake: () => void
}

export interface Archives {
  /** Which generation the archive holds, where that is known. */
  identify(log: Log, member: Member, stat: FileStat): Archive | undefined
  /** The generation to be read from it, or undefined where there is nothing left to read. */
  visit(log: Log, member: Member, stat: FileStat): Generation | undefined
  /** Starts the next one when the last one is read. Called once a round. */
  turn(): void
  readonly waiting: number
}

interface Job {
  readonly generation: Generation
  readonly file: string
}

/** After the state folder's disk refused. */
const retryMs = 30_000

export const createArchives = (deps: ArchiveDeps): Archives => {
  const { world, cursors, registry } = deps
  const { files, events } = world
  const queue: Job[] = []
  let current: Generation | undefined
  let notBeforeMs = 0

  const fingerprintIn = (log: Log, head: Uint8Array): string | undefined => {
    const { origin, chain } = log.place
    const byHeader = cursors
      .ofChain(chain)
      .find(
        (c) =>
          c.head.length > 0 && c.head.length <= head.length && hashOf(head.subarray(0, c.head.length)) === c.head.hash,
      )
    if (byHeader) return byHeader.fingerprint
    const line = firstLine(head, true)
    return origin.kind === 'container' && line ? fingerprintOf(containerIdentity(origin, ''), line) : undefined
  }

  const lookInto = (log: Log, member: Member, stat: FileStat): Archive | undefined => {
    const opened = openLog(files, member.file, log.place.rules)
    if (opened.kind === 'absent') return undefined
    if (opened.kind === 'refused') {
      deps.refusals(log.place.source).refuse(member.file, opened.reason)
      return undefined
    }
    try {
      const head = inflatedHead(files, opened.fd)
      const claimedBytes = claimedSize(files, opened.fd, stat.size)
      if (head) return { fingerprint: fingerprintIn(log, head), claimedBytes }
      if (claimedBytes > 0) deps.refusals(log.place.source).refuse(member.file, 'it is not a readable gzip file')
      return { fingerprint: undefined, claimedBytes: 0 }
    } finally {
      files.close(opened.fd)
    }
  }

  const identify = (log: Log, member: Member, stat: FileStat): Archive | undefined => {
    const key = `${inodeKey(stat)}:${stat.size}`
    const known = registry.archives.get(key)
    if (known) return known
    const archive = lookInto(log, member, stat)
    if (archive) registry.archives.set(key, archive)
    return archive
  }

  const enqueue = (generation: Generation, file: string): void => {
    generation.inflating = true
    generation.inflatingSinceMs = deps.nowMs()
    queue.push({ generation, file })
  }

  /** Its file was compressed while we held no handle on it. */
  const takeOver = (active: Generation, member: Member): Generation => {
    if (active.fd < 0 && !active.lost && !active.inflating && !active.finished && !active.isNamed())
      enqueue(active, member.file)
    return active
  }

  const isThrough = (log: Log, cursor: Cursor, archive: Archive): boolean =>
    leastCommitted(cursor, log.lanes, 0) >= Math.max(cursor.size, archive.claimedBytes)

  const visit = (log: Log, member: Member, stat: FileStat): Generation | undefined => {
    const mine = registry.byInode.get(inodeKey(stat))
    if (mine) return mine.log === log ? mine : undefined
    const archive = identify(log, member, stat)
    if (!archive || archive.claimedBytes === 0) return undefined
    const cursor = archive.fingerprint === undefined ? undefined : cursors.get(archive.fingerprint)
    const active = archive.fingerprint === undefined ? undefined : registry.byFingerprint.get(archive.fingerprint)
    if (cursor) cursor.presentMs = deps.wallMs()
    if (active) return active.log === log ? takeOver(active, member) : undefined
    if (cursor ? isThrough(log, cursor, archive) : deps.skipUnknown(log.place.source, stat)) return undefined
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
    if (cursor) registry.byFingerprint.set(cursor.fingerprint, generation)
    registry.byInode.set(inodeKey(stat), generation)
    log.generations.push(generation)
    enqueue(generation, member.file)
    return generation
  }

  const abandon = (generation: Generation, file: string, reason: string): void => {
    deps.refusals(generation.source).refuse(file, reason)
    generation.inflating = false
    if (generation.shown) generation.lose('unreadable')
    else deps.drop(generation)
    deps.unblock(generation.log)
  }

  const postpone = (job: Job, error: Error): void => {
    events.discoveryFailed(job.generation.source, job.file, error)
    queue.unshift(job)
    notBeforeMs = deps.nowMs() + retryMs
    job.generation.inflatingSinceMs = Number.NEGATIVE_INFINITY
    deps.unblock(job.generation.log)
  }

  const run = async (job: Job): Promise<void> => {
    const { generation, file } = job
    const opened = openLog(files, file, generation.log.place.rules)
    if (opened.kind !== 'opened') {
      current = undefined
      abandon(
        generation,
        file,
        opened.kind === 'refused' ? opened.reason : 'it was removed before it could be inflated',
      )
      return
    }
    const result = await deps.inflater.inflate(opened.fd)
    if (result.kind === 'failed') {
      current = undefined
      postpone(job, result.error)
    } else {
      generation.house(result.fd, result.size)
      if (result.damage !== undefined) {
        events.discoveryFailed(generation.source, file, new Error(`${file} ends early: ${result.damage}`))
        events.bytesLost(generation.source, generation.path, generation.origin, result.lostBytes, 'unreadable')
      }
      deps.ready(generation)
    }
    deps.wake()
  }

  const turn = (): void => {
    if (current && (current.inflating || current.fd >= 0)) return
    current = undefined
    if (deps.nowMs() < notBeforeMs) return
    const job = queue.shift()
    if (!job) return
    current = job.generation
    void run(job)
  }

  return {
    identify,
    visit,
    turn,
    get waiting() {
      return queue.length + (current?.inflating ? 1 : 0)
    },
  }
}
