import type { FileStat } from '../../lib/io/filesystem.ts'
import type { Archives } from './adopt-archive.ts'
import { type Candidate, moveToCopy } from './copytruncate.ts'
import { type Cursors, inodeKey } from './cursors.ts'
import type { Log } from './generation.ts'
import type { LogPlace, Member } from './log-place.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'
import { firstToAdopt } from './rotation.ts'
import type { World } from './world.ts'

export interface ChooseDeps {
  readonly world: World
  readonly cursors: Cursors
  readonly registry: Registry
  readonly archives: Archives
  readonly refusals: (source: string) => Refusals
  readonly starting: () => boolean
}

/** `complete` is false where a file is not at its name any more: it has another by now, or none. */
export interface Chosen {
  readonly candidates: readonly Candidate[]
  readonly complete: boolean
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/** Chooses which of a log's files are to be read or are being read, oldest first. */
export const createChooser = (deps: ChooseDeps): ((log: Log) => Chosen) => {
  const { world, cursors, registry, archives } = deps

  const statOf = (place: LogPlace, member: Member): FileStat | undefined => {
    try {
      const stat = world.files.stat(member.file)
      // Node cannot spell such a name, so that what was listed is not found; silence would be a lie.
      if (!stat && member.file.includes('\ufffd'))
        deps.refusals(place.source).refuse(member.file, 'its name is not UTF-8')
      if (stat && stat.kind !== 'file') {
        const what = stat.kind === 'directory' ? 'a directory' : 'a fifo, socket or device'
        deps.refusals(place.source).refuse(member.file, `it is ${what}`)
        return undefined
      }
      return stat
    } catch (error) {
      deps.refusals(place.source).refuse(member.file, `it cannot be looked at (${codeOf(error)})`)
      return undefined
    }
  }

  const unseenSince = (place: LogPlace): number => {
    const known = cursors.ofChain(place.chain)
    return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known.map((cursor) => cursor.seenMs))
  }

  const isKnown = (log: Log, member: Member, stat: FileStat): boolean => {
    const key = inodeKey(stat)
    if (registry.byInode.has(key)) return true
    if (!member.archive) return cursors.withInode(key).length > 0
    const { fingerprint } = archives.identify(log, member, stat) ?? {}
    return (
      fingerprint !== undefined && (cursors.get(fingerprint) !== undefined || registry.byFingerprint.has(fingerprint))
    )
  }

  const chooseFrom = (log: Log, found: Candidate[]): Candidate[] => {
    const { place } = log
    if (place.adopt === 'all') return found
    if (deps.starting())
      moveToCopy(world, log, cursors, found, (fingerprint) => registry.byFingerprint.has(fingerprint))
    const since = unseenSince(place)
    if (since === Number.POSITIVE_INFINITY && !registry.logs.get(place.chain)?.generations.length)
      return found.filter(({ member }) => member.live)
    const known = found.map(({ member, stat }) => isKnown(log, member, stat))
    const unseen = found.map(({ stat }) => stat.mtimeMs > since)
    const first = firstToAdopt(known, unseen)
    return found.filter(({ member }, i) => member.live || known[i] || i >= first)
  }

  return (log) => {
    const { place } = log
    const found: Candidate[] = []
    let complete = true
    for (const member of place.members) {
      const stat = statOf(place, member)
      if (stat) found.push({ member, stat })
      else complete = false
    }
    return { candidates: chooseFrom(log, found), complete }
  }
}
