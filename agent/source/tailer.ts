import { createWaker } from '../../lib/io/waker.ts'
import type { FileListener } from '../event.ts'
import { createAdmission } from './admission.ts'
import { type Adopter, createAdopter } from './adopt.ts'
import { createInflater } from './archive.ts'
import { createBusyLogs } from './busy-logs.ts'
import { createSaver } from './checkpoint-saver.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createCursors, inodeKey, toCursor } from './cursors.ts'
import { passDamage } from './damage.ts'
import { surplusOf } from './deleted-files.ts'
import { createContainersDiscovery } from './discover-containers.ts'
import { createFilesDiscovery } from './discover-files.ts'
import { createFarewell } from './farewell.ts'
import { createFollower } from './follow.ts'
import type { Generation, Log } from './generation.ts'
import { createHandlePool } from './handle-pool.ts'
import type { Discovery, LogPlace } from './log-place.ts'
import type { Source, Tailer, TailerDeps, TailerOptions } from './options.ts'
import { createPace } from './pace.ts'
import { createPositions } from './positions.ts'
import { createRefusals } from './refusals.ts'
import { createRegistry, sweepRegistry } from './registry.ts'
import { createRelist } from './relist.ts'
import { createTagOf } from './tag-of.ts'
import { statsOf } from './tailer-stats.ts'
import { createUnlisted } from './unlisted.ts'
import { createVisits } from './visit-log.ts'
import { createWatches } from './watches.ts'
import type { World } from './world.ts'

export { type Tailer, tailerDefaults } from './options.ts'

const toAll = (listeners: readonly FileListener[]): FileListener => ({
  appeared: (file) => {
    for (const one of listeners) one.appeared(file)
  },
  changed: (file) => {
    for (const one of listeners) one.changed(file)
  },
})

/** Folders that cannot be watched, or are not there yet, are listed this often whatever the interval: nothing else tells of new names. */
const blindRescanMs = 10_000
/** Of tens of thousands of files a look at everything takes seconds: the pause after it is so many times as long. */
const scanPause = 9
const debounceMs = 50 // Events of one kubelet action (link gone, link new) come as a burst.

export const createTailer = (options: TailerOptions, deps: TailerDeps): Tailer => {
  const { files, clock, events } = deps
  const cursors = createCursors()
  const now = (): number => clock.monotonic()
  const registry = createRegistry(now)
  const world: World = {
    files,
    events,
    pool: createHandlePool(files, options.maxOpenFiles),
    nowMs: now,
    archiveWaitMs: options.archiveWaitMs,
    archiveLine: { movedMs: 0 },
    nextArchive: () => clock.after(0, nextArchive),
  }
  const store = createCheckpointStore(options.stateDir, files, events)
  const sources = new Set(options.sources.map((source) => source.name))
  const listeners: FileListener[] = []
  const listener = toAll(listeners)
  const lanesOf = (tag: string): readonly string[] => options.lanes.filter((lane) => deps.wants?.(lane, tag) ?? true)
  const { closing } = options
  const tagOf = createTagOf(options.sources)
  const farewell = createFarewell({ world, cursors, registry, listener, closing, tagOf, lanesOf })
  const saver = createSaver(store, cursors, registry, world, clock, farewell, {
    forgetMs: options.forgetMs,
    rescanMs: options.rescanMs,
    sources,
    lanes: options.lanes,
    closing,
  })
  const admission = createAdmission(world, cursors, registry, options.maxFollowedFiles)
  const waker = createWaker()
  const busy = createBusyLogs()
  const known = new Set<string>()
  /** By watched folder that something came to or left since the last look, the names that its watch told of. */
  const told = new Map<string, Set<string>>()
  let [starting, closed] = [true, false]
  let [nextScanMs, nextRoomMs] = [0, 0]

  const unlisted = createUnlisted(files)
  const discoveryOf = (source: Source): Discovery =>
    source.kind === 'containers'
      ? createContainersDiscovery(source, unlisted.files, events)
      : createFilesDiscovery(source, unlisted.files, events)
  const discoveries = new Map(options.sources.map((source) => [source.name, discoveryOf(source)]))
  const refusals = new Map(options.sources.map((source) => [source.name, createRefusals(source.name, events)]))

  const adopter: Adopter = createAdopter({
    world,
    cursors,
    registry,
    listener,
    refusals: (source) => refusals.get(source)!,
    rules: {
      fromEnd: (source) => starting && options.readFrom === 'end' && !known.has(source),
      starting: () => starting,
      ignoreOlderMs: options.ignoreOlderMs,
      closing,
      once: options.once,
    },
    farewell,
    inflater: createInflater(files, options.stateDir, options.maxArchiveBytes),
    lanesOf,
    nonce: deps.nonce,
    nowMs: now,
    wallMs: () => clock.now(),
  })

  const again = (places: readonly LogPlace[]): LogPlace[] =>
    [...Map.groupBy(places, ({ source }) => source)].flatMap(([name, some]) => discoveries.get(name)!.again(some))

  const visitAll = createVisits({ adopter, admission, events, again })

  const relist = createRelist({ again, visit: visitAll })

  const follower = createFollower({
    adopter,
    listener,
    relist,
    rotateWaitMs: options.rotateWaitMs,
    deletedKeepMs: options.deletedKeepMs,
    once: options.once,
  })

  function* noting(places: Iterable<LogPlace>, found: Set<string>): Generator<LogPlace> {
    for (const place of places) {
      found.add(place.chain)
      yield place
    }
  }

  const scan = (): void => {
    const found = new Set<string>()
    registry.looks++
    for (const [name, discovery] of discoveries) {
      refusals.get(name)!.turn()
      visitAll(noting(discovery.scan(), found))
    }
    unlisted.settle(cursors, registry)
    sweepRegistry(registry, found)
    admission.end()
  }

  const glance = (): void => {
    for (const discovery of discoveries.values()) {
      const { places, missed } = discovery.glance([...(told.get(discovery.watched ?? '') ?? [])])
      visitAll(places)
      if (missed) nextScanMs = 0
    }
  }

  /** Names that were taken from a file and are yet to be given to the next: looked for in every round. */
  const lookForSuccessors = (): void => {
    const there: Log[] = []
    for (const [chain, log] of registry.awaited) {
      const last = log.generations.at(-1)
      if (last?.name === 'live' || last?.name === 'superseded' || registry.logs.get(chain) !== log)
        registry.awaited.delete(chain)
      else if (files.stat(log.place.live)) there.push(log)
    }
    relist.now(there)
  }

  const followAll = (generations: Iterable<Generation>): void => {
    relist.begin()
    lookForSuccessors()
    const nowMs = now()
    for (const generation of generations) busy.during(generation, nowMs, () => follower.look(generation, nowMs))
    relist.end()
  }

  const followBusy = (): void => {
    followAll(busy.generations(now()))
    saveNewlyKnown()
  }

  const scanEveryMs = (): number => (watches.stand ? options.rescanMs : Math.min(options.rescanMs, blindRescanMs))

  const nextArchive = (): void => {
    if (!closed) adopter.archives.turn()
  }

  const poll = (): void => {
    if (closed) return
    const beganMs = now()
    if (beganMs >= nextRoomMs && (admission.room || (!options.once && beganMs >= nextScanMs))) {
      scan()
      if (!options.once) watches.refresh()
      nextScanMs = now() + scanEveryMs()
      nextRoomMs = now() + (now() - beganMs) * scanPause
      saver.settleLost()
    } else if (told.size > 0 && !options.once) glance()
    told.clear()
    adopter.archives.turn()
    followAll(registry.byInode.values())
    for (const generation of surplusOf(registry.byInode.values(), options.deletedKeepBytes)) follower.letGo(generation)
    saveNewlyKnown()
  }

  /** Rotated files beside a plain one are read only where the checkpoint knows the log, so its first cursor is saved before lanes read from it. */
  const saveNewlyKnown = (): void => {
    if (cursors.takeNewChains().some((chain) => registry.logs.get(chain)?.place.adopt === 'newer')) saver.save()
  }

  const wake = (path: string, name: string | undefined): void => {
    const names = told.get(path) ?? new Set()
    told.set(path, name === undefined ? names : names.add(name))
    clock.after(debounceMs, waker.wake)
  }

  const watched = new Map(
    [...discoveries].flatMap(([name, one]) => (one.watched ? [[one.watched, name] as const] : [])),
  )
  const watches = createWatches([...watched.keys()], files, wake, (path, error) =>
    events.discoveryFailed(watched.get(path)!, path, error),
  )

  const start = (): void => {
    files.mkdir(options.stateDir)
    for (const entry of store.load()) cursors.add(toCursor(entry))
    cursors.takeChanged()
    cursors.takeNewChains()
    for (const cursor of cursors.all()) known.add(cursor.source)
    do scan()
    while (!saver.settleLost() && options.once) // There is no later look.
    nextScanMs = now() + options.rescanMs
    saveNewlyKnown()
    starting = false
    adopter.archives.turn()
    if (!options.once) watches.refresh()
  }

  /** The last lane is through; when the last byte is committed, the file's inode may be met again as a stranger. */
  const through = (generation: Generation): void => {
    const { log, size } = generation
    const at = log.generations.indexOf(generation)
    if (at >= 0) {
      log.generations.splice(at, 1)
      if (generation.fd >= 0) generation.mtimeMs = files.fstat(generation.fd).mtimeMs
      world.pool.close(generation)
      if (generation.cursor) generation.cursor.size = size
      events.fileFinished(generation)
      if (generation.housed) world.nextArchive()
    }
    if (generation.committed < size) return
    passDamage(generation, cursors)
    if (generation.cursor) registry.sight(generation.cursor) // Perhaps it has waited for its turn for minutes, and no look has asked.
    if (registry.byFingerprint.get(generation.fingerprint) === generation)
      registry.byFingerprint.delete(generation.fingerprint)
    const key = inodeKey(generation)
    if (registry.byInode.get(key) === generation) registry.byInode.delete(key)
    const { cursor, mtimeMs } = generation
    // The next look finds it under its rotated name, and need not open it to see that it is read.
    if (cursor) registry.settled.set(key, { cursor, size, mtimeMs })
  }

  const generations = (): Generation[] => [...registry.byFingerprint.values()]

  const parts = { world, registry, cursors, archives: adopter.archives, admission, saver, lanes: options.lanes }

  const pace = createPace({
    clock,
    waker,
    pollMs: options.pollMs,
    poll,
    followBusy,
    someBusy: () => busy.some(now()),
    moved: () => told.size > 0,
  })

  const close = async (): Promise<void> => {
    closed = true
    watches.close()
    adopter.archives.close()
    for (const generation of registry.byInode.values()) world.pool.close(generation)
  }

  return {
    listen: (one) => {
      listeners.push(one)
      for (const generation of generations()) if (generation.shown) one.appeared(generation)
    },
    start,
    poll,
    run: pace.run,
    progress: { pending: () => pace.running, lastMs: pace.lastMs },
    positions: createPositions(cursors, closing, through),
    origins: () => registry.logs.values().map((log) => log.place.origin),
    saveCheckpoint: () => saver.save(),
    stats: () => statsOf(parts),
    drained: () =>
      adopter.archives.waiting === 0 &&
      admission.waiting === 0 &&
      [...registry.byInode.values(), ...generations()].every((generation) => generation.finished),
    close,
  }
}
