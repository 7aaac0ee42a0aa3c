import type { Clock } from '../../lib/io/clock.ts'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { makeDurableFolder } from '../../lib/io/make-durable-folder.ts'
import type { AgentEvents } from '../event.ts'
import { type NetworkKind, networkKind } from './file-system-kind.ts'
import { readFormat, refuseNewer, STATE_VERSION, writeFormat } from './format-file.ts'
import { type Holder, readHolder, writeHolder } from './holder.ts'
import { type Lock, type TryLock, trySqliteLock } from './lock.ts'
import { StateError, stateErrorOf } from './state-error.ts'
import { type StatePaths, statePaths } from './state-paths.ts'

/** The agent's memory between runs, and the right to it: one agent per folder at a time. */
export interface StateFolder {
  readonly paths: StatePaths
  /** Gives the folder to the next; to be called last. */
  close(): void
}

export interface StateFolderOptions {
  readonly path: string
  /** Who we are, for those who wait for us. */
  readonly self: Omit<Holder, 'since'>
  /** How often the wait for another holder is told. */
  readonly tellEveryMs?: number
}

export interface StateFolderDeps {
  readonly filesystem: Filesystem
  readonly clock: Clock
  readonly events: Pick<AgentEvents, 'stateDamaged'>
  /** Another agent has the folder; called at once and then every few seconds. `holder` undefined: it has not said who it is. */
  readonly onWaiting: (holder: Holder | undefined, waitedMs: number) => void
  readonly tryLock?: TryLock
  readonly networkKind?: NetworkKind
}

const TRY_EVERY_MS = 250
const TELL_EVERY_MS = 5000

const prepare = (paths: StatePaths, deps: StateFolderDeps): void => {
  const { filesystem } = deps
  refuseNewer(readFormat(filesystem, paths), paths.root)
  makeDurableFolder(filesystem, paths.root)
  const kind = (deps.networkKind ?? networkKind)(paths.root)
  if (kind === undefined) return
  throw new StateError(
    `state_dir ${paths.root} lies on ${kind}: its locks and fsyncs do not hold what Picket promises. ` +
      'Use a disk of the node (in Kubernetes a hostPath such as /var/lib/picket).',
  )
}

const waitForLock = async (
  options: StateFolderOptions,
  paths: StatePaths,
  deps: StateFolderDeps,
  signal: AbortSignal,
): Promise<Lock> => {
  const { clock, filesystem, onWaiting, tryLock = trySqliteLock } = deps
  const startedMs = clock.monotonic()
  let toldMs = Number.NEGATIVE_INFINITY
  for (;;) {
    if (signal.aborted) throw new StateError(`stopped while another agent holds state_dir ${options.path}`)
    const lock = tryLock(paths.lock)
    if (lock) return lock
    const nowMs = clock.monotonic()
    if (nowMs - toldMs >= (options.tellEveryMs ?? TELL_EVERY_MS)) {
      toldMs = nowMs
      onWaiting(readHolder(filesystem, paths), nowMs - startedMs)
    }
    await clock.sleep(TRY_EVERY_MS, signal)
  }
}

/** With the lock held: the one before us may have been a newer version. */
const takeOver = (options: StateFolderOptions, paths: StatePaths, deps: StateFolderDeps): void => {
  const { clock, events, filesystem } = deps
  const format = readFormat(filesystem, paths)
  refuseNewer(format, paths.root)
  if (format.kind === 'damaged') events.stateDamaged(paths.format, `unreadable; taken for version ${STATE_VERSION}`)
  if (format.kind !== 'known') writeFormat(filesystem, paths)
  writeHolder(filesystem, paths, { ...options.self, since: new Date(clock.now()).toISOString() })
}

/**
 * Makes the folder (mode 0700) where there is none, and waits for it where another agent has it. Throws StateError: the
 * folder cannot be used, was written by a newer version (then nothing in it is touched), or the signal was aborted.
 */
export const openStateFolder = async (
  options: StateFolderOptions,
  deps: StateFolderDeps,
  signal: AbortSignal,
): Promise<StateFolder> => {
  const paths = statePaths(options.path)
  let lock: Lock | undefined
  try {
    prepare(paths, deps)
    lock = await waitForLock(options, paths, deps, signal)
    takeOver(options, paths, deps)
  } catch (error) {
    lock?.release()
    throw stateErrorOf(options.path, error)
  }
  const held = lock
  return { paths, close: () => held.release() }
}

/** For commands that only read, beside a running agent: no lock. Throws StateError where there is nothing to read or it is too new. */
export const lookIntoStateFolder = (path: string, filesystem: Filesystem): StatePaths => {
  const paths = statePaths(path)
  try {
    const format = readFormat(filesystem, paths)
    refuseNewer(format, path)
    if (format.kind === 'absent')
      throw new StateError(`there is no Picket state in ${path}: has an agent run with this state_dir?`)
  } catch (error) {
    throw stateErrorOf(path, error)
  }
  return paths
}
