import type { Origin } from '../event.ts'
import type { OpenRules } from './open-file.ts'

/** One file on disk that belongs to a log. */
export interface Member {
  readonly file: string
  /** The name that is written to; the others are rotated. */
  readonly live: boolean
  readonly archive: boolean
}

/** One log (a container's restart, or a plain path) as discovery finds it: who it is and which files hold its generations. */
export interface LogPlace {
  readonly source: string
  readonly chain: string
  readonly origin: Origin
  readonly tag: string
  readonly path: string
  /** The path that is written to. */
  readonly live: string
  /** Oldest first, the live one last. */
  readonly members: readonly Member[]
  /**
   * Which rotated files are read that nobody knows yet: 'all' (kubelet's folder holds this container's files only), or those
   * 'newer' than one that is known (beside a plain file lie the logs of last month).
   */
  readonly adopt: 'all' | 'newer'
  /** The container has been restarted: nobody writes to this file any more. */
  readonly superseded: boolean
  readonly rules: OpenRules
}

export interface Discovery {
  /** Everything that is there now, each found when it is asked for. */
  scan(): Iterable<LogPlace>
  /**
   * What is new in the watched folder; cheap, for when something moved. `missed`: of the names that the watch told of, one came and is
   * gone already. What it led to may be there still, and a look at everything finds it.
   */
  glance(told: readonly string[]): { readonly places: LogPlace[]; readonly missed: boolean }
  /** The logs as they are now, perhaps with others that share their folders, each of which is listed once. */
  again(places: readonly LogPlace[]): LogPlace[]
  /** The folder to watch, if any. */
  readonly watched: string | undefined
}
