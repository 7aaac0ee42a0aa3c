import type { Clock } from '../../lib/io/clock.ts'
import { newer } from './resource-version.ts'

export type WatchedResource = 'pods' | 'daemonsets' | 'controllerrevisions'

/**
 * The newest version that a turn of a DaemonSet has written, per resource. Until the watch has come that far, what is seen is older than
 * what was done, and the next turn would do it again (k/k StaleControllerConsistencyDaemonSet, 1.36).
 */
export interface OwnWrites {
  wrote(key: string, resource: WatchedResource, version: string): void
  /** `seen`: how far the watch of a resource has come; '' before its first list. */
  caughtUp(key: string, seen: (resource: WatchedResource) => string): boolean
  forget(key: string): void
}

/** As long as expectations last: a server whose history was set back never comes to the version that is waited for. */
const EXPIRY_MS = 300_000

interface Written {
  readonly version: string
  readonly atMs: number
}

export const createOwnWrites = (clock: Clock): OwnWrites => {
  const written = new Map<string, Map<WatchedResource, Written>>()

  const wrote = (key: string, resource: WatchedResource, version: string): void => {
    const own = written.get(key) ?? new Map<WatchedResource, Written>()
    written.set(key, own)
    const before = own.get(resource)
    if (before && !newer(version, before.version)) return
    own.set(resource, { version, atMs: clock.monotonic() })
  }

  const caughtUp = (key: string, seen: (resource: WatchedResource) => string): boolean => {
    const own = written.get(key)
    if (!own) return true
    for (const [resource, { version, atMs }] of own)
      if (!newer(version, seen(resource)) || clock.monotonic() - atMs > EXPIRY_MS) own.delete(resource)
    if (own.size === 0) written.delete(key)
    return own.size === 0
  }

  return { wrote, caughtUp, forget: (key) => void written.delete(key) }
}
