import type { Generation, Log } from './generation.ts'

/**
 * A log that grows so much between two looks may be rotated several times before the next: its files, of which the kubelet keeps
 * five (containerLogMaxFiles), would come and go unseen, and nobody could say what was in them. So it is looked at often, for as long as it is so
 * busy.
 */
const busyBytes = 4 * 1024 * 1024
const busyForMs = 5_000

/** Busy logs are looked at so often. */
export const busyLookMs = 100

export interface BusyLogs {
  /** Runs one look at a file and learns from it. */
  during(generation: Generation, nowMs: number, look: () => void): void
  /** Files of the logs that are busy now. */
  generations(nowMs: number): Generation[]
  /** Whether there are any; asked after every look, so that those whose time is over are let go. */
  some(nowMs: number): boolean
}

export const createBusyLogs = (): BusyLogs => {
  /** Until when they are taken for busy, and what was their newest file then. */
  const busy = new Map<Log, { readonly untilMs: number; readonly newest: Generation | undefined }>()
  const letGo = (nowMs: number): void => {
    for (const [log, { untilMs }] of busy) if (nowMs > untilMs) busy.delete(log)
  }
  return {
    during: (generation, nowMs, look) => {
      const { log, size } = generation
      look()
      const [before, newest] = [busy.get(log), log.generations.at(-1)]
      const grownBytes = generation.size - size
      const goesOn = before !== undefined && (grownBytes > 0 || newest !== before.newest)
      if (grownBytes >= busyBytes || goesOn) busy.set(log, { untilMs: nowMs + busyForMs, newest })
    },
    generations: (nowMs) => {
      letGo(nowMs)
      return [...busy.keys()].flatMap((log) => log.generations)
    },
    some: (nowMs) => {
      letGo(nowMs)
      return busy.size > 0
    },
  }
}
