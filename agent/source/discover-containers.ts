import { basename, dirname, normalize, resolve } from 'node:path'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { AgentEvents, ContainerOrigin } from '../event.ts'
import { type ContainerFolder, containerFolder } from './container-folder.ts'
import { compareLogNames, parseLinkName, parseLogName, parsePodFolder, parsePodsPath } from './container-path.ts'
import type { Discovery, LogPlace, Member } from './log-place.ts'
import { isBelow, type OpenRules, realRoots } from './open-file.ts'
import type { ContainersSource } from './options.ts'
import { pathIn } from './path-in.ts'
import { createPresence } from './presence.ts'
import { createRefusals } from './refusals.ts'
import { createSelection } from './selection.ts'
import { siblingMembers } from './sibling-members.ts'
import { groupSiblings } from './sibling-name.ts'
import { containerTag } from './tag-of.ts'

/** `<id>/<id>-json.log`: Docker's folder of one container, where nothing of another lies (daemon/logger/jsonfilelog). */
const isDockers = (path: string): boolean => basename(path) === `${basename(dirname(path))}-json.log`

type Places = () => LogPlace[]

interface Found {
  /** In a pod's folder, which a look at everything lists anyway. */
  readonly listed: boolean
  readonly places: Places
}

const maker = 'the kubelet makes /var/log/containers on a Kubernetes node, and fills it'

/**
 * Finds containers' logs: by the links in `path`, and in the pods' folders that the links lead to, so that a container which
 * came and went between two looks is found as well: its folder stays until the pod is deleted.
 */
export const createContainersDiscovery = (
  source: ContainersSource,
  files: Filesystem,
  events: AgentEvents,
): Discovery => {
  const base = normalize(source.path)
  const selected = createSelection(source.include, source.exclude, source.excludeSelf)
  const refusals = createRefusals(source.name, events)
  const presence = createPresence(source.name, events)
  /** Names in `path` by chain of the log that they lead to. Of thousands of containers no more is kept than their names. */
  let links = new Map<string, string>()
  /** Names in `path` that were looked at, and what those lead to that no pod's folder lists. Before: a going may be told after the listing that lacks it. */
  let [names, namesBefore] = [new Map<string, Places | undefined>(), new Map<string, Places | undefined>()]
  /** Folders of pods' folders: real path by the name that leads there. */
  const podRoots = new Map<string, string>()
  /** Of this scan: rotated files by the name that they were rotated from. */
  const listings = new Map<string, Map<string, string[]>>()
  let rules: OpenRules = { roots: [], refuseHardLinks: true }

  /** `known`: what to go by where the folder is there and cannot be listed. */
  const list = (path: string, known: Iterable<string> = []): string[] => {
    try {
      return files.readdir(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Folders come and go, and strangers' files lie between them.
      if (code === 'ENOENT' || code === 'ENOTDIR') return []
      events.discoveryFailed(source.name, path, error as Error)
      return [...known]
    }
  }

  const chainOf = (folder: string, restart: number): string => `${source.name}:${folder}/${restart}`

  const rootOf = (root: string): string | undefined => {
    const known = podRoots.get(root)
    if (known !== undefined) return known
    const [real] = realRoots(files, [root])
    if (real === undefined || !rules.roots?.some((allowed) => real === allowed || real.startsWith(`${allowed}/`)))
      return undefined
    podRoots.set(root, real)
    return real
  }

  /** Where the log is a link, as with Docker, its rotated files are beside what it leads to. */
  const rotatedElsewhere = (live: string): Member[] => {
    try {
      if (files.lstat(live)?.kind !== 'link') return []
      const target = files.realpath(live)
      // What lies elsewhere is refused once, by the name of the live file.
      return isBelow(target, rules.roots ?? []) ? siblingMembers(target, rotatedOf(target)) : []
    } catch {
      return [] // It leads nowhere, which opening it says.
    }
  }

  const placesOfFolder = (folder: ContainerFolder): LogPlace[] => {
    if (!selected(folder)) return []
    const byRestart = Map.groupBy(
      list(folder.path).flatMap((name) => {
        const parsed = parseLogName(name)
        return parsed ? [{ ...parsed, file: pathIn(folder.path, name) }] : []
      }),
      (name) => name.restart,
    )
    const restarts = [...byRestart.keys()].sort((a, b) => a - b)
    return restarts.map((restart) => {
      const chain = chainOf(folder.path, restart)
      const link = links.get(chain)
      const containerId = link === undefined ? undefined : parseLinkName(link)?.containerId
      const live = pathIn(folder.path, `${restart}.log`)
      const { path: _, ...who } = folder
      const origin: ContainerOrigin = { kind: 'container', ...who, restart, containerId }
      const named: Member[] = byRestart
        .get(restart)!
        .sort(compareLogNames)
        .map((name) => ({ file: name.file, live: name.rotatedAt === '', archive: name.archive }))
      const members = [...(named.some((member) => member.live) ? rotatedElsewhere(live) : []), ...named]
      return {
        source: source.name,
        chain,
        origin,
        tag: containerTag(folder),
        path: link === undefined ? live : pathIn(base, link),
        live,
        members,
        adopt: 'all',
        superseded: restart !== restarts.at(-1),
        rules,
      }
    })
  }

  /** Names that may be rotated files of `live`; a folder is listed and sorted out once a scan, however many logs are in it. */
  const rotatedOf = (live: string): readonly string[] => {
    const folder = dirname(live)
    const grouped = listings.get(folder) ?? groupSiblings(list(folder))
    listings.set(folder, grouped)
    return grouped.get(basename(live)) ?? []
  }

  const follow = (path: string): string | undefined => {
    try {
      return files.realpath(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') refusals.refuse(path, `it cannot be followed (${code})`)
      return undefined
    }
  }

  /** A log that no pods' folder holds: a regular file among the links, or a link to somewhere else (docker without CRI). */
  const placeOfName = (path: string): LogPlace[] => {
    const name = parseLinkName(basename(path))
    if (!name || !selected(name)) return []
    const origin: ContainerOrigin = { kind: 'container', ...name, podUid: undefined, restart: undefined }
    const target = follow(path)
    if (target === undefined) return []
    const siblings = siblingMembers(target, rotatedOf(target))
    const members: Member[] = [...siblings, { file: path, live: true, archive: false }]
    const chain = `${source.name}:${path}`
    const shape = { adopt: isDockers(target) ? 'all' : 'newer', superseded: false, rules } as const
    return [{ source: source.name, chain, origin, tag: containerTag(name), path, live: path, members, ...shape }]
  }

  const look = (name: string): Found | undefined => {
    const path = pathIn(base, name)
    const link = parseLinkName(name)
    if (!link) {
      if (name.endsWith('.log')) refusals.refuse(path, 'its name is not <pod>_<namespace>_<container>-<id>.log')
      return undefined
    }
    const { kind } = files.lstat(path) ?? { kind: 'absent' }
    const alone: Found = { listed: false, places: () => placeOfName(path) }
    if (kind === 'file') return alone
    if (kind !== 'link') {
      if (kind !== 'absent')
        refusals.refuse(path, `it is ${kind === 'directory' ? 'a directory' : 'a fifo, socket or device'}`)
      return undefined
    }
    const target = resolve(source.path, files.readlink(path))
    const parsed = parsePodsPath(target)
    if (!parsed) return alone
    const root = rootOf(parsed.root)
    if (root === undefined) {
      refusals.refuse(path, `it leads to ${target}, which is below none of: ${source.allowedRoots.join(', ')}`)
      return undefined
    }
    const folder = pathIn(pathIn(root, basename(dirname(dirname(target)))), parsed.container)
    links.set(chainOf(folder, parsed.name.restart), name)
    const found = containerFolder(folder)
    return found && { listed: true, places: () => placesOfFolder(found) }
  }

  const tryLook = (name: string): Found | undefined => {
    try {
      return look(name)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') refusals.refuse(pathIn(base, name), `it cannot be followed (${code})`)
      return undefined
    }
  }

  /** What is behind names that were not there before; those that are gone are forgotten. */
  const readNames = (afresh: boolean): Places[] => {
    namesBefore = names
    if (afresh) links = new Map()
    names = new Map()
    const added: Places[] = []
    for (const name of list(source.path, namesBefore.keys())) {
      const seen = namesBefore.has(name)
      const found = seen && !afresh ? undefined : tryLook(name)
      if (found) names.set(name, found.listed ? undefined : found.places)
      else if (seen && !afresh) names.set(name, namesBefore.get(name))
      if (found && !seen) added.push(found.places)
    }
    return added
  }

  const tryPlaces = (found: Places): LogPlace[] => {
    try {
      return found()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') events.discoveryFailed(source.name, source.path, error as Error)
      return []
    }
  }

  /** One after the other: all the places of a node with thousands of containers are tens of MB. */
  function* places(found: Iterable<Places>): Generator<LogPlace> {
    const seen = new Set<string>()
    for (const one of found)
      for (const place of tryPlaces(one)) {
        if (seen.has(place.chain)) continue
        seen.add(place.chain)
        yield place
      }
  }

  const prepare = (): void => {
    rules = { roots: realRoots(files, source.allowedRoots), refuseHardLinks: true }
    podRoots.clear()
    listings.clear()
    rootOf(source.podsPath ?? pathIn(dirname(base), 'pods'))
  }

  function* foldersInRoots(): Generator<Places> {
    for (const root of new Set(podRoots.values()))
      for (const pod of list(root)) {
        if (parsePodFolder(pod) === undefined) continue
        for (const container of list(pathIn(root, pod))) {
          const folder = containerFolder(pathIn(pathIn(root, pod), container))
          if (folder) yield () => placesOfFolder(folder)
        }
      }
  }

  const isFolder = (): boolean => {
    try {
      return files.stat(source.path)?.kind === 'directory'
    } catch {
      return true // It cannot be looked at, which listing it says.
    }
  }

  function* everywhere(): Generator<Places> {
    yield* foldersInRoots()
    // Every folder that a link leads to is below a root, so that the roots have them all.
    for (const found of names.values()) if (found) yield found
  }

  const scan = (): Iterable<LogPlace> => {
    refusals.turn()
    prepare()
    presence.saw(source.path, isFolder() ? { kind: 'there' } : { kind: 'no folder', folder: source.path, maker })
    readNames(true)
    return places(everywhere())
  }

  const cameAndWent = (name: string): boolean => {
    const link = parseLinkName(name)
    return link !== undefined && selected(link) && !files.lstat(pathIn(base, name))
  }

  const inFolder = (path: string): LogPlace[] => {
    const folder = containerFolder(path)
    return folder ? tryPlaces(() => placesOfFolder(folder)) : []
  }

  const again = (places: readonly LogPlace[]): LogPlace[] => {
    listings.clear()
    const folders = new Set(places.map(({ live }) => dirname(live)))
    const alone = folders.delete(source.path) ? places.filter(({ live }) => dirname(live) === source.path) : []
    return [...alone.flatMap(({ path }) => tryPlaces(() => placeOfName(path))), ...[...folders].flatMap(inFolder)]
  }

  return {
    watched: source.path,
    scan,
    again,
    glance: (told) => {
      const strange = told.filter((name) => !names.has(name) && !namesBefore.has(name))
      return { places: [...places(readNames(false))], missed: strange.some(cameAndWent) }
    },
  }
}
