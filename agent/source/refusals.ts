import type { AgentEvents } from '../event.ts'

/** Tells of a path that is not read, once as long as its reason stays the same. */
export interface Refusals {
  refuse(path: string, reason: string): void
  /** A new look at everything begins: what is not refused again is forgotten. */
  turn(): void
}

export const createRefusals = (source: string, events: AgentEvents): Refusals => {
  let before = new Map<string, string>()
  let now = new Map<string, string>()
  return {
    refuse: (path, reason) => {
      if (before.get(path) !== reason && now.get(path) !== reason) events.fileRefused(source, path, reason)
      now.set(path, reason)
    },
    turn: () => {
      before = now
      now = new Map()
    },
  }
}
