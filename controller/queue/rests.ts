import type { Clock } from '../../lib/io/clock.ts'

/** Objects whose last write was refused are left alone for a while, for longer with every refusal that follows on another. */
export interface Rests {
  /** `version`: of the object as it is known now. */
  isResting(name: string, version: string): boolean
  /** `version`: what was written was outdated, and any other version may be tried at once. Tells how many have followed on one another. */
  refused(name: string, version: string | undefined): number
  over(name: string): void
  /** Forgets all others. */
  keep(names: ReadonlySet<string>): void
  /** Until the first may be tried again, ms. */
  readonly soonestMs: number | undefined
}

const FIRST_MS = 2000
const LONGEST_MS = 300_000

interface Rest {
  readonly untilMs: number
  readonly refusals: number
  readonly version: string | undefined
}

export const createRests = (clock: Clock): Rests => {
  const rests = new Map<string, Rest>()
  return {
    isResting: (name, version) => {
      const rest = rests.get(name)
      if (!rest || clock.monotonic() >= rest.untilMs) return false
      return rest.version === undefined || rest.version === version
    },
    refused: (name, version) => {
      const before = rests.get(name)?.refusals ?? 0
      const untilMs = clock.monotonic() + Math.min(FIRST_MS * 2 ** before, LONGEST_MS)
      rests.set(name, { untilMs, refusals: before + 1, version })
      return before + 1
    },
    over: (name) => void rests.delete(name),
    keep: (names) => {
      for (const name of rests.keys()) if (!names.has(name)) rests.delete(name)
    },
    get soonestMs() {
      if (rests.size === 0) return undefined
      const first = [...rests.values()].reduce(
        (least, { untilMs }) => Math.min(least, untilMs),
        Number.POSITIVE_INFINITY,
      )
      return Math.max(0, first - clock.monotonic())
    },
  }
}
