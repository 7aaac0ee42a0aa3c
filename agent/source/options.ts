import type { Clock } from '../../lib/io/clock.ts'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { AgentEvents, FileListener, Origin, Positions } from '../event.ts'
import type { NamePatterns, Self } from './selection.ts'

/** Compiled options: every default is in place, times in ms, sizes in bytes. */

export interface ContainersSource {
  readonly kind: 'containers'
  readonly name: string
  /** The folder of links, /var/log/containers. */
  readonly path: string
  /** The folder of the pods' folders; undefined: learnt from the links' targets, and `pods` beside `path`. */
  readonly podsPath: string | undefined
  /** Where the logs may lie, links resolved. */
  readonly allowedRoots: readonly string[]
  readonly include: NamePatterns
  readonly exclude: NamePatterns
  /** The agent's own container, whose log is not read: it would feed itself. */
  readonly excludeSelf: Self | undefined
}

export interface FilesSource {
  readonly kind: 'files'
  readonly name: string
  /** Absolute globs (picomatch). */
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  readonly tag: string
  /** Where a link may lead; undefined: below the folder of its own glob that has no wildcard. */
  readonly allowedRoots: readonly string[] | undefined
}

export type Source = ContainersSource | FilesSource

export interface TailerOptions {
  readonly sources: readonly Source[]
  /** Names of the outputs. A file is through when each that wants it has finished it. */
  readonly lanes: readonly string[]
  /** Those of them that write closing documents: they are shown a file until its document has its verdict. */
  readonly closing: readonly string[]
  readonly stateDir: string
  /** Where files begin that are there when a source is read for the first time; later ones are read from their beginning. */
  readonly readFrom: 'beginning' | 'end'
  /** A file that nobody wrote to for so long when it is found is read only from there on. undefined: every age is read. */
  readonly ignoreOlderMs: number | undefined
  readonly rescanMs: number
  readonly pollMs: number
  /** A file that lost its name is given so long without growth before its size counts as the last word. */
  readonly rotateWaitMs: number
  /** A deleted file that an output does not take keeps its disk space so long; then the rest is given up, and counted. */
  readonly deletedKeepMs: number
  /** Deleted files keep so much disk space, all together; beyond it the oldest are given up, and counted. */
  readonly deletedKeepBytes: number
  readonly maxOpenFiles: number
  /** So many files are followed at the same time; further logs wait on the disk. */
  readonly maxFollowedFiles: number
  /** A compressed file is inflated up to here (into the state folder, one at a time). */
  readonly maxArchiveBytes: number
  /** Newer files of a log wait so long for an older compressed one. */
  readonly archiveWaitMs: number
  /** Positions of a file that is gone unread are forgotten (and counted as lost) after so long; of one that was read, after two looks that missed it. */
  readonly forgetMs: number
  /** Read what is there at start, each file up to its size at start, and nothing else. */
  readonly once: boolean
}

export const tailerDefaults = {
  closing: [],
  readFrom: 'beginning',
  ignoreOlderMs: undefined,
  rescanMs: 10_000,
  pollMs: 1_000,
  rotateWaitMs: 5_000,
  deletedKeepMs: 300_000,
  deletedKeepBytes: 1024 * 1024 * 1024,
  maxOpenFiles: 4_096,
  maxFollowedFiles: 5_000,
  maxArchiveBytes: 1024 * 1024 * 1024,
  archiveWaitMs: 60_000,
  forgetMs: 600_000,
  once: false,
} as const satisfies Omit<TailerOptions, 'sources' | 'lanes' | 'stateDir'>

export interface TailerDeps {
  readonly files: Filesystem
  readonly clock: Clock
  readonly events: AgentEvents
  /** Whether a lane takes files with this tag; those that no lane takes are not opened. Undefined: each takes all. */
  readonly wants?: (lane: string, tag: string) => boolean
  /** Base64url text of so many random bytes: tells generations apart that nothing else does. */
  readonly nonce: () => string
}

export interface FileStats {
  readonly source: string
  readonly origin: Origin
  readonly path: string
  readonly fingerprint: string
  readonly state: 'growing' | 'final'
  readonly vanishing: boolean
  readonly size: number
  /** The slowest lane's. */
  readonly committed: number
  /** End of the furthest read by any lane. */
  readonly read: number
}

export interface TailerStats {
  /** How many `files` there are. */
  readonly tracked: number
  readonly files: readonly FileStats[]
  readonly openHandles: number
  /** Files that cannot be read for now. */
  readonly unreadable: number
  /** Logs that wait until fewer files are followed. */
  readonly logsWaiting: number
  /** Disk space of deleted files that are held open. */
  readonly deletedHeldBytes: number
  /** Bytes of deleted files that some lane has yet to commit: they are nowhere else. */
  readonly deletedUnsettledBytes: number
  /** Entries of the checkpoint. */
  readonly entries: number
  /** Compressed files that wait for their turn or for space. */
  readonly archivesWaiting: number
  /** Bytes that each lane has yet to commit, over all files that it wants. */
  readonly lagBytes: ReadonlyMap<string, number>
  readonly checkpointSavedMs: number | undefined
}

export interface Tailer {
  /** Shown at once what is known already, then whatever comes. */
  listen(listener: FileListener): void
  /** Loads the checkpoint, finds the files, watches the folders. Throws StateTooNew. */
  start(): void
  /** One round: look at what is open and, when it is due or something moved, for what is new. */
  poll(): void
  /** Polls until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /** For the health check: it looks at the files from its start to its end, and when it last did. */
  readonly progress: { pending(): boolean; lastMs(): number }
  readonly positions: Positions
  /** Whose the logs are that it found at the last look at everything, or still reads from. */
  readonly origins: () => Iterable<Origin>
  /** Durable when it returns true; false when the disk refused (counted; try again). Cheap when nothing changed. */
  saveCheckpoint(): boolean
  stats(): TailerStats
  /** Every file that was known at start is final and finished by every lane, and committed. */
  drained(): boolean
  /** Stops watching and closes the handles; positions can still be committed and saved. */
  close(): Promise<void>
}
