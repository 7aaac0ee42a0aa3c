import { setTimeout as sleep } from 'node:timers/promises'
import { settledCount, waitForDocuments } from './completion.ts'
import type { Contender } from './contender.ts'
import { freshFolder } from './folder.ts'
import { startAgent } from './running-agent.ts'
import type { Sink } from './sink.ts'
import { bucketsBetween, quantile } from './verdict-times.ts'
import { type SteadyOptions, steadyWorkload } from './workload.ts'

export interface SteadyResult {
  readonly cpuPercent: number
  readonly residentMb: number
  readonly peakResidentMb: number
  readonly anonymousMb: number
  /** Write to verdict, seconds; undefined for agents that do not measure it. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly surplus: number
  readonly documents: number
  readonly rotations: number
}

const PATIENCE_MS = 15_000

export interface Pace extends SteadyOptions {
  /** Written before anything is measured, at the same rate: caches fill, code is compiled. */
  readonly leadSeconds: number
}

/** Lines at a rate, into files that are rotated while they are read. */
export const steady = async (
  contender: Contender,
  sink: Sink,
  { leadSeconds, ...options }: Pace,
  gzip: boolean,
): Promise<SteadyResult> => {
  await sink.reset()
  const workload = steadyWorkload(freshFolder('steady'), { ...options, seconds: leadSeconds + options.seconds })
  const where = { logFolder: workload.folder, allowedRoot: workload.root, gzip }
  const agent = await startAgent(contender, sink, where)
  try {
    await agent.ready()
    const writing = workload.run()
    await Promise.race([writing, sleep(leadSeconds * 1000)])
    const [before, buckets, startMs] = [agent.figures(), await agent.verdicts(), performance.now()]
    const written = await writing
    const [after, endMs] = [agent.figures(), performance.now()]
    const expected = contender.documents === 'joined' ? written.docs : written.lines
    await waitForDocuments(sink, expected, PATIENCE_MS, () => {})
    const verdicts = bucketsBetween(buckets, await agent.verdicts())
    const settled = await settledCount(sink)
    return {
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / (endMs - startMs)) * 1e5,
      residentMb: after.residentMb,
      peakResidentMb: agent.figures().peakResidentMb,
      anonymousMb: after.anonymousMb,
      p50: quantile(verdicts, 0.5),
      p99: quantile(verdicts, 0.99),
      surplus: settled.docs - expected,
      documents: expected,
      rotations: written.rotations,
    }
  } finally {
    await agent.stop()
  }
}

export interface IdleResult {
  readonly cpuPercent: number
  readonly residentMb: number
  readonly anonymousMb: number
  readonly peakResidentMb: number
}

// After the last line: what was started by it (a flush, a checkpoint, the garbage collector's second thoughts) is over.
const CALM_MS = 10_000

/** Files with a few lines each and nothing more to come. */
export const idle = async (contender: Contender, sink: Sink, files: number, seconds: number): Promise<IdleResult> => {
  await sink.reset()
  const options = { files, linesPerSecond: 1000, seconds: 1, rotateKb: 1024, keep: 1 }
  const workload = steadyWorkload(freshFolder('idle'), options)
  await workload.run()
  const where = { logFolder: workload.folder, allowedRoot: workload.root, gzip: false }
  const agent = await startAgent(contender, sink, where)
  try {
    await agent.ready()
    await sleep(CALM_MS)
    const [before, startMs] = [agent.figures(), performance.now()]
    await sleep(seconds * 1000)
    const [after, endMs] = [agent.figures(), performance.now()]
    return {
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / (endMs - startMs)) * 1e5,
      residentMb: after.residentMb,
      anonymousMb: after.anonymousMb,
      peakResidentMb: after.peakResidentMb,
    }
  } finally {
    await agent.stop()
  }
}
