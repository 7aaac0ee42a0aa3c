import type { Random } from './random.ts'
import { WEATHERS, type Weather } from './weather.ts'

/** What is done to the agent, to the sink and to the disk, and for how long each; three tracks that run side by side. */
export interface Schedule {
  readonly totalMs: number
  readonly agent: readonly AgentStep[]
  readonly sink: readonly { readonly weather: Weather; readonly forMs: number }[]
  readonly disk: readonly { readonly full: boolean; readonly forMs: number }[]
}

export type AgentStep =
  | { readonly kind: 'run'; readonly forMs: number }
  /** It runs, nobody ends it, and files are deleted that it has not delivered. */
  | { readonly kind: 'run while files are deleted early'; readonly forMs: number }
  | {
      readonly kind: 'end'
      readonly signal: 'SIGKILL' | 'SIGTERM'
      readonly downMs: number
      readonly stateIsRemoved: boolean
    }

/** Steps until their times add up to `totalMs`. */
const fill = <T extends { readonly forMs: number }>(totalMs: number, step: (index: number) => T): T[] => {
  const steps: T[] = []
  for (let leftMs = totalMs; leftMs > 0; leftMs -= steps.at(-1)!.forMs) steps.push(step(steps.length))
  return steps
}

const sinkTrack = (random: Random, totalMs: number): Schedule['sink'] =>
  fill(totalMs, (i) => ({
    weather: i % 2 === 0 ? 'calm' : random.pick(WEATHERS),
    forMs: Math.round(random.spread(1_000, i % 2 === 0 ? 12_000 : 15_000)),
  }))

/** Once in every two minutes or so. */
const diskTrack = (random: Random, totalMs: number): Schedule['disk'] =>
  fill(totalMs, (i) =>
    i % 2 === 0
      ? { full: false, forMs: random.integer(15_000, i === 0 ? 45_000 : 200_000) }
      : { full: true, forMs: random.integer(3_000, 15_000) },
  )

const endOf = (random: Random): AgentStep => ({
  kind: 'end',
  signal: random.chance(0.6) ? 'SIGKILL' : 'SIGTERM',
  downMs: Math.round(random.spread(100, 6_000)),
  stateIsRemoved: false,
})

const agentTrack = (random: Random, totalMs: number): AgentStep[] => {
  const steps: AgentStep[] = []
  let leftMs = totalMs
  const run = (kind: 'run' | 'run while files are deleted early', forMs: number): void => {
    steps.push({ kind, forMs })
    leftMs -= forMs
  }
  // A long stretch without an end, by which the growth of memory is judged.
  const stretchMs = totalMs > 600_000 ? totalMs / 4 : 0
  let stretched = false
  while (leftMs > 0) {
    if (stretchMs > 0 && !stretched && leftMs < totalMs * 0.6) {
      run('run', stretchMs)
      stretched = true
    } else if (random.chance(0.25)) run('run while files are deleted early', random.integer(8_000, 16_000))
    else run('run', Math.round(random.spread(500, 25_000)))
    if (leftMs > 0) steps.push(endOf(random))
  }
  return steps
}

/** The state folder goes once, in the middle. */
const withRemoval = (steps: readonly AgentStep[]): AgentStep[] => {
  const ends = steps.filter((step) => step.kind === 'end')
  const chosen = ends[ends.length >> 1]
  return steps.map((step) => (step === chosen ? { ...chosen, stateIsRemoved: true } : step))
}

export const createSchedule = (random: Random, totalMs: number): Schedule => ({
  totalMs,
  agent: withRemoval(agentTrack(random.fork('agent'), totalMs)),
  sink: sinkTrack(random.fork('weather'), totalMs),
  disk: diskTrack(random.fork('disk'), totalMs),
})
