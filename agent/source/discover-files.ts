import { basename, dirname, join } from 'node:path'
import picomatch from 'picomatch'
import type { FileStat, Filesystem } from '../../lib/io/filesystem.ts'
import type { AgentEvents } from '../event.ts'
import type { Discovery, LogPlace, Member } from './log-place.ts'
import { realRoots } from './open-file.ts'
import type { FilesSource } from './options.ts'
import { createPresence, type Found } from './presence.ts'
import { siblingMembers } from './sibling-members.ts'
import { groupSiblings, isCompressedName } from './sibling-name.ts'

interface Glob {
  readonly base: string
  readonly isGlob: boolean
  /** Folders below `base` that a match can lie in; Infinity with `**`. */
  readonly depth: number
  readonly matches: (path: string) => boolean
}

const toGlob = (pattern: string): Glob => {
  const { base, isGlob, glob } = picomatch.scan(pattern)
  const depth = !isGlob ? 0 : glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length - 1
  return { base: isGlob ? base : pattern, isGlob, depth, matches: picomatch(pattern) }
}

/** A folder's names; grouped once, for it may hold thousands of logs. */
interface Folder {
  readonly isThere: boolean
  readonly names: readonly string[]
  readonly present: ReadonlySet<string>
  readonly siblings: ReadonlyMap<string, readonly string[]>
}

/** A `**` over a big tree is a mistake that must not stop the node's logs. */
const walkLimit = 20_000

/** Finds plain files by glob. Linked folders are not entered. */
export const createFilesDiscovery = (source: FilesSource, files: Filesystem, events: AgentEvents): Discovery => {
  const globs = source.paths.map(toGlob)
  const excluded = source.exclude.length > 0 ? picomatch([...source.exclude]) : () => false
  const presence = createPresence(source.name, events)
  let listed = new Map<string, Folder>()

  const list = (folder: string): Folder => {
    const known = listed.get(folder)
    if (known) return known
    let names: string[] = []
    let isThere = true
    try {
      names = files.readdir(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      isThere = code !== 'ENOENT' && code !== 'ENOTDIR'
      if (isThere) events.discoveryFailed(source.name, folder, error as Error)
    }
    const found = { isThere, names, present: new Set(names), siblings: groupSiblings(names) }
    listed.set(folder, found)
    return found
  }

  const kindOf = (path: string): FileStat['kind'] | undefined => {
    try {
      return files.lstat(path)?.kind
    } catch {
      return undefined // Not ours to look at; if it is to be read, opening it says why not.
    }
  }

  const walk = (glob: Glob): string[] => {
    const found: string[] = []
    const folders = [{ path: glob.base, depth: 0 }]
    let seen = 0
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const name of list(folder.path).names) {
        const path = join(folder.path, name)
        if (++seen > walkLimit) {
          events.discoveryFailed(
            source.name,
            glob.base,
            new Error(`more than ${walkLimit} names below ${glob.base}; the rest is not looked at`),
          )
          return found
        }
        const matches = glob.matches(path)
        if (!matches && folder.depth >= glob.depth) continue
        const isFolder = kindOf(path) === 'directory'
        if (matches && !isFolder) found.push(path)
        if (isFolder && folder.depth < glob.depth) folders.push({ path, depth: folder.depth + 1 })
      }
      found.push(...absentIn(folder.path).filter(glob.matches))
    }
    return found
  }

  /**
   * Logs of which only rotated files are there: logrotate's `nocreate`, or a writer that has yet to make the next one. What of
   * them was not read is read under the log's own name.
   */
  const absentIn = (folder: string): string[] => {
    const { present, siblings } = list(folder)
    return [...siblings.keys()].filter((name) => !present.has(name)).map((name) => join(folder, name))
  }

  const family = (path: string): string[] => {
    const { present, siblings } = list(dirname(path))
    const name = basename(path)
    return [...(siblings.get(name) ?? []), ...(present.has(name) ? [name] : [])]
  }

  const membersOf = (path: string): Member[] =>
    siblingMembers(path, family(path)).filter((member) => member.live || !excluded(member.file))

  const placeOf = (path: string, roots: readonly string[]): LogPlace => ({
    source: source.name,
    chain: `${source.name}:${path}`,
    origin: { kind: 'plain' },
    tag: source.tag,
    path,
    live: path,
    members: membersOf(path),
    adopt: 'newer',
    superseded: false,
    rules: { roots: realRoots(files, source.allowedRoots ?? roots), refuseHardLinks: false },
  })

  const pathsOf = (glob: Glob): string[] => {
    if (glob.isGlob) return walk(glob).filter((path) => !isCompressedName(path))
    return family(glob.base).length > 0 ? [glob.base] : []
  }

  const foundOf = (glob: Glob, paths: readonly string[]): Found => {
    const folder = glob.isGlob ? glob.base : dirname(glob.base)
    if (!list(folder).isThere) return { kind: 'no folder', folder }
    return { kind: paths.length > 0 ? 'there' : 'no match' }
  }

  const scan = (): LogPlace[] => {
    listed = new Map()
    const byPath = new Map<string, LogPlace>()
    for (const [i, glob] of globs.entries()) {
      const root = glob.isGlob ? glob.base : dirname(glob.base)
      const paths = pathsOf(glob)
      presence.saw(source.paths[i]!, foundOf(glob, paths))
      for (const path of paths.sort()) {
        if (!byPath.has(path) && !excluded(path)) byPath.set(path, placeOf(path, [root]))
      }
    }
    return [...byPath.values()]
  }

  const again = (places: readonly LogPlace[]): LogPlace[] => {
    listed = new Map()
    return places.map((place) => ({ ...place, members: membersOf(place.path) }))
  }

  return { watched: undefined, scan, again, glance: () => ({ places: [], missed: false }) }
}
