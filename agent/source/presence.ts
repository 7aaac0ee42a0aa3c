import type { AgentEvents } from '../event.ts'

/** What was found where the configuration says that logs are. */
export type Found =
  | { readonly kind: 'there' }
  /** The folder itself is not there. */
  | { readonly kind: 'no folder'; readonly folder: string; readonly maker?: string }
  /** The folder is there, and nothing in it matches. */
  | { readonly kind: 'no match' }

/** Tells of a configured path that is not there: once, and again when it comes. */
export interface Presence {
  saw(path: string, found: Found): void
}

const reasonOf = (found: Exclude<Found, { kind: 'there' }>): string =>
  found.kind === 'no match'
    ? 'no file matches it'
    : `there is no folder ${found.folder}${found.maker ? `; ${found.maker}` : ''}`

export const createPresence = (source: string, events: AgentEvents): Presence => {
  const last = new Map<string, Found['kind']>()
  return {
    saw: (path, found) => {
      const before = last.get(path)
      if (before === found.kind) return
      // A log that is there and between two rotations matches nothing for a moment: only a first look without it is worth a word.
      if (found.kind === 'no match' && before === 'there') return
      last.set(path, found.kind)
      if (found.kind !== 'there') events.pathMissing(source, path, reasonOf(found))
      else if (before !== undefined) events.pathAppeared(source, path)
    },
  }
}
