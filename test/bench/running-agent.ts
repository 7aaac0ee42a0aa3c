import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Setting } from './contender.ts'
import { freshFolder } from './folder.ts'
import { freePort } from './free-port.ts'
import { AGENT_CORE, startPinned } from './pinned-process.ts'
import { type Figures, processFigures } from './process-figures.ts'
import type { Sink } from './sink.ts'
import { type Buckets, readBuckets } from './verdict-times.ts'

export interface RunningAgent {
  readonly startedNs: bigint
  /** Throws when the agent has ended. */
  figures(): Figures
  /** Its own metrics as text; empty for an agent that is not asked for them. */
  metrics(): Promise<string>
  /** Empty for an agent that does not measure it. */
  verdicts(): Promise<Buckets>
  /** Until it says that it is ready; for agents that cannot say so, a few seconds. */
  ready(): Promise<void>
  stop(): Promise<number | string>
}

const READY_WITHIN_MS = 20_000

export const startAgent = async (
  contender: Contender,
  sink: Sink,
  where: Pick<Setting, 'logFolder' | 'allowedRoot' | 'gzip'>,
): Promise<RunningAgent> => {
  const folder = freshFolder(`run-${contender.name}`)
  const metricsPort = await freePort()
  const argv = contender.prepare({ ...where, folder, metricsPort, sinkPort: sink.port })
  const running = startPinned(AGENT_CORE, argv, path.join(folder, 'output.log'))
  const get = (where: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${metricsPort}${where}`, { headers: { connection: 'close' } })

  const ready = async (): Promise<void> => {
    if (!contender.measuresVerdicts) return sleep(3000)
    const endMs = performance.now() + READY_WITHIN_MS
    while (
      !(await get('/readyz').then(
        (r) => r.ok,
        () => false,
      ))
    ) {
      running.assertAlive()
      if (performance.now() > endMs) throw new Error(`not ready within ${READY_WITHIN_MS} ms (${folder}/output.log)`)
      await sleep(50)
    }
  }

  const metrics = async (): Promise<string> => (contender.measuresVerdicts ? (await get('/metrics')).text() : '')

  return {
    startedNs: running.startedNs,
    figures: () => {
      running.assertAlive()
      return processFigures(running.pid)
    },
    metrics,
    verdicts: async () => readBuckets(await metrics()),
    ready,
    stop: () => running.stop(),
  }
}
