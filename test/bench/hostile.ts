import { setTimeout as sleep } from 'node:timers/promises'
import { settledCount } from './completion.ts'
import type { Contender } from './contender.ts'
import { freshFolder } from './folder.ts'
import { hostileWorkload, MARKER, type Written } from './hostile-workload.ts'
import { type RunningAgent, startAgent } from './running-agent.ts'
import { type Mark, startSink } from './sink.ts'

export interface HostileResult {
  /** What the loud container reached. */
  readonly loudMegabytesPerSecond: number
  readonly loudRotations: number
  readonly writtenMb: number
  readonly lostMb: number
  /** Bytes that were written, and that the agent has neither read nor told to be lost. */
  readonly unaccountedBytes: number
  /** From a quiet line's write to the arrival of its document. */
  readonly quietP50Ms: number
  readonly quietP99Ms: number
  readonly quietMaxMs: number
  readonly quietLines: number
  readonly quietMissing: number
  readonly quietDoubled: number
  /** Documents that arrived, less those that the agent says it made. */
  readonly surplus: number
  /** Documents that arrived, less the records that were written: lost ones are missing here. */
  readonly recordsSurplus: number
  readonly cpuPercent: number
  readonly peakResidentMb: number
  readonly writersCpuPercent: number
  /** How long the agent read on after the last line was written. */
  readonly behindSeconds: number
}

interface Account {
  readonly read: number
  readonly lost: number
  readonly documents: number
}

/** The sum of a metric over its labels. */
const sumOf = (scrape: string, name: string): number =>
  [...scrape.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0)

const accountOf = async (agent: RunningAgent): Promise<Account> => {
  const scrape = await agent.metrics()
  return {
    read: sumOf(scrape, 'picket_read_bytes_total'),
    lost: sumOf(scrape, 'picket_lost_bytes_total'),
    documents: sumOf(scrape, 'picket_encoded_documents_total'),
  }
}

const PATIENCE_MS = 5000

/** Until every byte is accounted for, or nothing has changed for some seconds. */
const waitForAccount = async (agent: RunningAgent, writtenBytes: number): Promise<void> => {
  let last = 0
  for (let changedMs = performance.now(); performance.now() - changedMs < PATIENCE_MS; ) {
    const { read, lost } = await accountOf(agent)
    if (read + lost === writtenBytes) return
    if (read + lost !== last) changedMs = performance.now()
    last = read + lost
    await sleep(200)
  }
}

const rank = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

const quietFigures = (
  marks: readonly Mark[],
  quiet: readonly Written[],
): Pick<HostileResult, 'quietP50Ms' | 'quietP99Ms' | 'quietMaxMs' | 'quietLines' | 'quietMissing' | 'quietDoubled'> => {
  const delays = marks.map(({ delayMs }) => delayMs).sort((a, b) => a - b)
  const distinct = new Set(marks.map(({ pod, sequence }) => `${pod} ${sequence}`)).size
  const quietLines = quiet.reduce((sum, { docs }) => sum + docs, 0)
  return {
    quietP50Ms: rank(delays, 0.5),
    quietP99Ms: rank(delays, 0.99),
    quietMaxMs: delays.at(-1) ?? Number.NaN,
    quietLines,
    quietMissing: quietLines - distinct,
    quietDoubled: marks.length - distinct,
  }
}

/** Containers that do their node no good, beside a few quiet ones. `rotateEveryMs` 0: rotated the moment that a file is full. */
export const hostile = async (
  contender: Contender,
  programs: { readonly sink: string; readonly writer: string },
  seconds: number,
  rotateEveryMs: number,
): Promise<HostileResult> => {
  const base = freshFolder('hostile')
  const sink = await startSink(programs.sink, base, { marker: MARKER })
  const workload = hostileWorkload(programs.writer, base, rotateEveryMs)
  const agent = await startAgent(contender, sink, {
    logFolder: workload.folder,
    allowedRoot: workload.root,
    gzip: true,
  })
  try {
    await agent.ready()
    const [before, startMs] = [agent.figures(), performance.now()]
    const written = await workload.run(seconds, () => void agent.figures())
    const [after, endMs] = [agent.figures(), performance.now()]
    const all = Object.values(written).flat()
    const sum = (of: (one: Written) => number): number => all.reduce((total, one) => total + of(one), 0)
    await waitForAccount(
      agent,
      sum(({ bytes }) => bytes),
    )
    const drainedMs = performance.now()
    const settled = await settledCount(sink)
    const account = await accountOf(agent)
    const [loud] = written.loud as readonly [Written]
    return {
      loudMegabytesPerSecond: loud.bytes / 1e6 / loud.seconds,
      loudRotations: loud.rotations,
      writtenMb: sum(({ bytes }) => bytes) / 1e6,
      lostMb: account.lost / 1e6,
      unaccountedBytes: sum(({ bytes }) => bytes) - account.read - account.lost,
      ...quietFigures(await sink.marks(), written.quiet),
      surplus: settled.docs - account.documents,
      recordsSurplus: settled.docs - sum(({ docs }) => docs),
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / (endMs - startMs)) * 1e5,
      peakResidentMb: agent.figures().peakResidentMb,
      behindSeconds: (drainedMs - endMs) / 1000,
      writersCpuPercent: (sum(({ cpuSeconds }) => cpuSeconds) / seconds) * 100,
    }
  } finally {
    await agent.stop()
    await sink.stop()
    freshFolder('hostile') // Up to 2 GB of logs.
  }
}
