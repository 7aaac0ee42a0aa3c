import type { Admission } from './admission.ts'
import type { Archives } from './adopt-archive.ts'
import type { Saver } from './checkpoint-saver.ts'
import type { Cursors } from './cursors.ts'
import { heldBytes, unsettledBytes } from './deleted-files.ts'
import type { Generation } from './generation.ts'
import { lagOf } from './lag.ts'
import type { FileStats, TailerStats } from './options.ts'
import type { Registry } from './registry.ts'
import type { World } from './world.ts'

interface Parts {
  readonly world: World
  readonly registry: Registry
  readonly cursors: Cursors
  readonly archives: Archives
  readonly admission: Admission
  readonly saver: Saver
  readonly lanes: readonly string[]
}

const shown = (generation: Generation): FileStats => ({
  source: generation.source,
  origin: generation.origin,
  path: generation.path,
  fingerprint: generation.fingerprint,
  state: generation.state,
  vanishing: generation.vanishing,
  size: generation.size,
  committed: generation.committed,
  read: generation.readEnd,
})

/** The tailer's whole truth at this moment. What goes over all files is worked out where it is asked for: there may be thousands, and scrapes come often. */
export const statsOf = ({ world, registry, cursors, archives, admission, saver, lanes }: Parts): TailerStats => ({
  tracked: registry.byFingerprint.size,
  get files() {
    return Array.from(registry.byFingerprint.values(), shown)
  },
  openHandles: world.pool.open,
  get unreadable() {
    let unreadable = 0
    for (const { trouble } of registry.byInode.values()) if (trouble) unreadable++
    return unreadable
  },
  logsWaiting: admission.waiting,
  get deletedHeldBytes() {
    return heldBytes(registry.byInode.values())
  },
  get deletedUnsettledBytes() {
    return unsettledBytes(registry.byInode.values())
  },
  entries: cursors.size,
  archivesWaiting: archives.waiting,
  get lagBytes() {
    return lagOf(registry.byFingerprint.values(), lanes)
  },
  checkpointSavedMs: saver.savedMs,
})
