import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { settledCount, waitForDocuments } from './completion.ts'
import type { Contender } from './contender.ts'
import { BENCH_FOLDER, freshFolder } from './folder.ts'
import { OTHER_CORE, startPinned } from './pinned-process.ts'
import type { Figures } from './process-figures.ts'
import { startAgent } from './running-agent.ts'
import type { Sink } from './sink.ts'

export interface ChurnResult {
  readonly containers: number
  readonly surplus: number
  readonly cpuPercent: number
  readonly peakResidentMb: number
  /** Medians of many samples each, because one may fall before or behind a garbage collection. */
  readonly residentEarlyMb: number
  readonly residentLateMb: number
  readonly handlesEarly: number
  readonly handlesLate: number
}

const SAMPLE_MS = 1000

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const FIRST_MINUTE = 60_000 / SAMPLE_MS

/** What growth is judged by: the minute after the first against the last one; where there are no three, halves of what follows the first. */
const earlyAndLate = (samples: readonly Figures[]): { early: readonly Figures[]; late: readonly Figures[] } => {
  const window = Math.min(FIRST_MINUTE, (samples.length - FIRST_MINUTE) >> 1)
  if (window < 1) throw new Error('growth is judged by what follows the first minute: the run is too short')
  return { early: samples.slice(FIRST_MINUTE, FIRST_MINUTE + window), late: samples.slice(-window) }
}

export const churn = async (contender: Contender, sink: Sink, seconds: number): Promise<ChurnResult> => {
  await sink.reset()
  const base = freshFolder('churn')
  fs.mkdirSync(path.join(base, 'containers'))
  fs.mkdirSync(path.join(base, 'pods'))
  const where = { logFolder: path.join(base, 'containers'), allowedRoot: path.join(base, 'pods'), gzip: false }
  const agent = await startAgent(contender, sink, where)
  try {
    await agent.ready()
    const logFile = path.join(base, 'generator.log')
    const script = path.join(BENCH_FOLDER, 'churn-logs.ts')
    const generator = startPinned(OTHER_CORE, [process.execPath, script, base, String(seconds)], logFile)
    const samples: Figures[] = []
    const startMs = performance.now()
    while (!fs.readFileSync(logFile, 'utf8').includes('}')) {
      await sleep(SAMPLE_MS)
      samples.push(agent.figures())
      if (!fs.readFileSync(logFile, 'utf8').includes('}')) generator.assertAlive()
    }
    const tookMs = performance.now() - startMs
    const written = JSON.parse(fs.readFileSync(logFile, 'utf8'))
    await waitForDocuments(sink, written.docs, 15_000, () => {})
    const settled = await settledCount(sink)
    await generator.stop()
    const { early, late } = earlyAndLate(samples)
    const [first, last] = [samples[0] as Figures, samples.at(-1) as Figures]
    return {
      containers: written.containers,
      surplus: settled.docs - written.docs,
      cpuPercent: ((last.cpuSeconds - first.cpuSeconds) / (tookMs - SAMPLE_MS)) * 1e5,
      peakResidentMb: last.peakResidentMb,
      residentEarlyMb: median(early.map((f) => f.residentMb)),
      residentLateMb: median(late.map((f) => f.residentMb)),
      handlesEarly: median(early.map((f) => f.handles)),
      handlesLate: median(late.map((f) => f.handles)),
    }
  } finally {
    await agent.stop()
  }
}
