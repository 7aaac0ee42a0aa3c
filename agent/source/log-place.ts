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
  /** Everything that is there now. */
  scan(): LogPlace[]
  /** What is new in the watched folder; cheap, for when something moved. */
  glance(): LogPlace[]
  /** The log as it is now, with those that share its folder. */
  again(place: LogPlace): LogPlace[]
  /** The folder to watch, if any. */
  readonly watched: string | undefined
}
