import { settledCount, waitForDocuments } from './completion.ts'
import type { Contender } from './contender.ts'
import { startAgent } from './running-agent.ts'
import type { Sink } from './sink.ts'
import type { Workload } from './workload.ts'

export interface CatchUpResult {
  readonly megabytesPerSecond: number
  readonly documentsPerSecond: number
  readonly megabytesPerCpuSecond: number
  readonly peakResidentMb: number
  readonly peakAnonymousMb: number
  /** Documents that came, less those that should have: 0 is right, more are doubles, less are gone. */
  readonly surplus: number
  readonly wireMb: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

const PATIENCE_MS = 30_000

/** From exec to the arrival of the last document, over files that were there before. */
export const catchUp = async (
  contender: Contender,
  sink: Sink,
  workload: Workload,
  gzip: boolean,
): Promise<CatchUpResult> => {
  await sink.reset()
  const expected = contender.documents === 'joined' ? workload.docs : workload.lines
  const agent = await startAgent(contender, sink, { logFolder: workload.folder, allowedRoot: workload.root, gzip })
  let peakAnonymousMb = 0
  const look = (): void => {
    peakAnonymousMb = Math.max(peakAnonymousMb, agent.figures().anonymousMb)
  }
  try {
    const done = await waitForDocuments(sink, expected, PATIENCE_MS, look)
    const { cpuSeconds } = agent.figures()
    const settled = await settledCount(sink)
    const wallSeconds = (done.t_last - Number(agent.startedNs)) / 1e9
    const megabytes = workload.bytes / 1e6
    return {
      megabytesPerSecond: megabytes / wallSeconds,
      documentsPerSecond: done.docs / wallSeconds,
      megabytesPerCpuSecond: megabytes / cpuSeconds,
      peakResidentMb: agent.figures().peakResidentMb,
      peakAnonymousMb,
      surplus: settled.docs - expected,
      wireMb: settled.wire_bytes / 1e6,
      wallSeconds,
      cpuSeconds,
    }
  } finally {
    await agent.stop()
  }
}
