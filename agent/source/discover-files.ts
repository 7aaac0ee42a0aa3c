import { basename, dirname, join } from 'node:path'
import picomatch from 'picomatch'
import type { FileStat, Filesystem } from '../../lib/io/filesystem.ts'
import type { AgentEvents } from '../event.ts'
import type { Discovery, LogPlace } from './log-place.ts'
import { realRoots } from './open-file.ts'
import type { FilesSource } from './options.ts'
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
  let listed = new Map<string, Folder>()

  const list = (folder: string): Folder => {
    const known = listed.get(folder)
    if (known) return known
    let names: string[] = []
    try {
      names = files.readdir(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') events.discoveryFailed(source.name, folder, error as Error)
    }
    const found = { names, present: new Set(names), siblings: groupSiblings(names) }
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
    }
    return found
  }

  const family = (path: string): string[] => {
    const { present, siblings } = list(dirname(path))
    const name = basename(path)
    return [...(siblings.get(name) ?? []), ...(present.has(name) ? [name] : [])]
  }

  const placeOf = (path: string, roots: readonly string[]): LogPlace => ({
    source: source.name,
    chain: `${source.name}:${path}`,
    origin: { kind: 'plain' },
    tag: source.tag,
    path,
    live: path,
    members: siblingMembers(path, family(path)).filter((member) => member.live || !excluded(member.file)),
    adopt: 'newer',
    superseded: false,
    rules: { roots: realRoots(files, source.allowedRoots ?? roots), refuseHardLinks: false },
  })

  const pathsOf = (glob: Glob): string[] => {
    if (!glob.isGlob) return list(dirname(glob.base)).present.has(basename(glob.base)) ? [glob.base] : []
    return walk(glob).filter((path) => !isCompressedName(path))
  }

  const scan = (): LogPlace[] => {
    listed = new Map()
    const byPath = new Map<string, LogPlace>()
    for (const glob of globs) {
      const root = glob.isGlob ? glob.base : dirname(glob.base)
      for (const path of pathsOf(glob).sort()) {
        if (!byPath.has(path) && !excluded(path)) byPath.set(path, placeOf(path, [root]))
      }
    }
    return [...byPath.values()]
  }

  const again = (place: LogPlace): LogPlace[] => {
    listed = new Map()
    return [{ ...place, members: placeOf(place.path, []).members }]
  }

  return { watched: undefined, scan, again, glance: () => [] }
}
