import type { FileStat } from '../../lib/io/filesystem.ts'
import { claimedSize, inflatedHead } from './archive.ts'
import { type Cursors, inodeKey } from './cursors.ts'
import { fingerprintOf, firstLine, hashOf } from './fingerprint.ts'
import type { Log } from './generation.ts'
import { containerIdentity } from './identify.ts'
import type { Member } from './log-place.ts'
import { openLog } from './open-file.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'
import type { World } from './world.ts'

/** What a compressed file was found to be; remembered by inode, so that it is looked into once. */
export interface Archive {
  /** Of a container's file, or of the known generation whose header it has. */
  readonly fingerprint: string | undefined
  readonly claimedBytes: number
}

/** In registry.archives. */
export const archiveKey = (stat: FileStat): string => `${inodeKey(stat)}:${stat.size}`

/** A damaged archive may claim anything; what it was found to hold is kept, so that it is not inflated anew at every look. */
export const correctClaim = ({ archives }: Registry, stat: FileStat, claimedBytes: number): void => {
  const archive = archives.get(archiveKey(stat))
  if (archive) archives.set(archiveKey(stat), { ...archive, claimedBytes })
}

/** Hashes of its first bytes, each made once: a log may have hundreds of known files, nearly all with headers of one length. */
export const hashesOf = (head: Uint8Array): ((length: number) => string) => {
  const known = new Map<number, string>()
  return (length) => {
    const hash = known.get(length) ?? hashOf(head.subarray(0, length))
    known.set(length, hash)
    return hash
  }
}

export interface ArchiveIdentifierDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly refusals: (source: string) => Refusals
}

/** Which generation an archive holds, where that is known; undefined where it cannot be looked into. */
export type IdentifyArchive = (log: Log, member: Member, stat: FileStat) => Archive | undefined

export const createArchiveIdentifier = (deps: ArchiveIdentifierDeps): IdentifyArchive => {
  const { world, cursors, registry } = deps
  const { files } = world

  const fingerprintIn = (log: Log, head: Uint8Array): string | undefined => {
    const { origin, chain } = log.place
    const beginning = hashesOf(head)
    const byHeader = cursors
      .ofChain(chain)
      .find((c) => c.head.length > 0 && c.head.length <= head.length && beginning(c.head.length) === c.head.hash)
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
    } catch (error) {
      deps.refusals(log.place.source).refuse(member.file, `it cannot be read (${(error as Error).message})`)
      return undefined
    } finally {
      files.close(opened.fd)
    }
  }

  const identify: IdentifyArchive = (log, member, stat) => {
    const key = archiveKey(stat)
    const known = registry.archives.get(key)
    if (known) return known
    const archive = lookInto(log, member, stat)
    if (archive) registry.archives.set(key, archive)
    return archive
  }

  return identify
}
