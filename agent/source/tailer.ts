import { createWaker } from '../../lib/io/waker.ts'
import type { FileListener } from '../event.ts'
import { type Adopter, createAdopter } from './adopt.ts'
import { createInflater } from './archive.ts'
import { createBusyLogs } from './busy-logs.ts'
import { createSaver } from './checkpoint-saver.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createCursors, inodeKey, toCursor } from './cursors.ts'
import { heldBytes, surplusOf, unsettledBytes } from './deleted-files.ts'
import { createContainersDiscovery } from './discover-containers.ts'
import { createFilesDiscovery } from './discover-files.ts'
import { createFarewell } from './farewell.ts'
import { createFollower } from './follow.ts'
import type { Generation, Log } from './generation.ts'
import { createHandlePool } from './handle-pool.ts'
import { lagOf } from './lag.ts'
import type { Discovery, LogPlace } from './log-place.ts'
import type { Source, Tailer, TailerDeps, TailerOptions, TailerStats } from './options.ts'
import { createPace } from './pace.ts'
import { createPositions } from './positions.ts'
import { createRefusals } from './refusals.ts'
import { createRegistry, sweepRegistry } from './registry.ts'
import { createTagOf } from './tag-of.ts'
import { visitLog } from './visit-log.ts'
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
    sources,
    lanes: options.lanes,
    closing,
  })
  const waker = createWaker()
  const busy = createBusyLogs()
  const known = new Set<string>()
  let [starting, moved, closed] = [true, false, false]
  let nextScanMs = 0

  const discoveryOf = (source: Source): Discovery =>
    source.kind === 'containers'
      ? createContainersDiscovery(source, files, events)
      : createFilesDiscovery(source, files, events)
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
    wake: () => waker.wake(),
    lanesOf,
    nonce: deps.nonce,
    nowMs: now,
    wallMs: () => clock.now(),
  })

  const visitAll = (places: readonly LogPlace[]): void => {
    for (const place of places) {
      try {
        visitLog(adopter, discoveries.get(place.source)!, place)
      } catch (error) {
        events.discoveryFailed(place.source, place.live, error as Error) // One log's trouble is not its neighbours'.
      }
    }
  }

  const relisted = new Set<string>()
  const relist = ({ place }: Log): void => {
    if (relisted.has(place.chain)) return
    const places = discoveries.get(place.source)!.again(place)
    relisted.add(place.chain)
    for (const found of places) relisted.add(found.chain)
    visitAll(places.some((found) => found.chain === place.chain) ? places : [{ ...place, members: [] }, ...places])
  }

  const follower = createFollower({
    adopter,
    listener,
    relist,
    rotateWaitMs: options.rotateWaitMs,
    deletedKeepMs: options.deletedKeepMs,
    once: options.once,
  })

  const scan = (): void => {
    const found = new Set<string>()
    registry.looks++
    for (const [name, discovery] of discoveries) {
      refusals.get(name)!.turn()
      const places = discovery.scan()
      for (const place of places) found.add(place.chain)
      visitAll(places)
    }
    sweepRegistry(registry, found)
  }

  const glance = (): void => {
    for (const discovery of discoveries.values()) visitAll(discovery.glance())
  }

  /** Names that were taken from a file and are yet to be given to the next: looked for in every round. */
  const lookForSuccessors = (): void => {
    for (const [chain, log] of registry.awaited) {
      const last = log.generations.at(-1)
      if (last?.name === 'live' || last?.name === 'superseded' || registry.logs.get(chain) !== log)
        registry.awaited.delete(chain)
      else if (files.stat(log.place.live)) relist(log)
    }
  }

  const followAll = (generations: Iterable<Generation>): void => {
    relisted.clear()
    lookForSuccessors()
    const nowMs = now()
    for (const generation of generations) busy.during(generation, nowMs, () => follower.look(generation, nowMs))
  }

  const followBusy = (): void => {
    followAll(busy.generations(now()))
    saveNewlyKnown()
  }

  const scanEveryMs = (): number => (watches.stand ? options.rescanMs : Math.min(options.rescanMs, blindRescanMs))

  const poll = (): void => {
    if (closed) return
    const due = now() >= nextScanMs
    if (due && !options.once) {
      scan()
      watches.refresh()
      nextScanMs = now() + scanEveryMs()
      saver.settleLost()
    } else if (moved && !options.once) glance()
    moved = false
    adopter.archives.turn()
    followAll(registry.byInode.values())
    for (const generation of surplusOf(registry.byInode.values(), options.deletedKeepBytes)) follower.letGo(generation)
    saveNewlyKnown()
  }

  /** Rotated files beside a plain one are read only where the checkpoint knows the log, so its first cursor is saved before lanes read from it. */
  const saveNewlyKnown = (): void => {
    if (cursors.takeNewChains().some((chain) => registry.logs.get(chain)?.place.adopt === 'newer')) saver.save()
  }

  const wake = (): void => {
    moved = true
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
      if (generation.housed) waker.wake() // The next archive's turn has come: a crash may have left hundreds.
    }
    if (generation.committed < size) return
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

  const stats = (): TailerStats => {
    const shown = generations().map((generation) => ({
      source: generation.source,
      origin: generation.origin,
      path: generation.path,
      fingerprint: generation.fingerprint,
      state: generation.state,
      vanishing: generation.vanishing,
      size: generation.size,
      committed: generation.committed,
      read: generation.readEnd,
    }))
    return {
      files: shown,
      openHandles: world.pool.open,
      unreadable: [...registry.byInode.values()].filter((generation) => generation.trouble).length,
      deletedHeldBytes: heldBytes(registry.byInode.values()),
      deletedUnsettledBytes: unsettledBytes(registry.byInode.values()),
      entries: cursors.size,
      archivesWaiting: adopter.archives.waiting,
      lagBytes: lagOf(generations(), options.lanes),
      checkpointSavedMs: saver.savedMs,
    }
  }

  const pace = createPace({
    clock,
    waker,
    pollMs: options.pollMs,
    poll,
    followBusy,
    someBusy: () => busy.some(now()),
    moved: () => moved,
  })

  const close = async (): Promise<void> => {
    closed = true
    await watches.close()
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
    saveCheckpoint: () => saver.save(),
    stats,
    drained: () =>
      adopter.archives.waiting === 0 &&
      [...registry.byInode.values(), ...generations()].every((generation) => generation.finished),
    close,
  }
}
