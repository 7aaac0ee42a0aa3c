import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { agentOn, type PicketPod, pidOf } from './agents.ts'
import { allCovered } from './coverage.ts'
import type { NodeLab } from './lab.ts'
import { install } from './release.ts'
import { startWriter } from './writer.ts'

const LINES_PER_SECOND = 10_000
const LIMIT_BYTES = 200 * 1024 ** 2
/** Five minutes by hand (PICKET_LAB_OUTAGE_SECONDS=300), less where somebody waits for it: each second is 10,000 documents to compare. */
const OUTAGE_MS = Number(process.env.PICKET_LAB_OUTAGE_SECONDS ?? 20) * 1000
const CATCH_UP_MS = 900_000
/** It goes on for a while when the store is back. */
const LINES = (LINES_PER_SECOND * (OUTAGE_MS + 10_000)) / 1000

const kilobytes = (text: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN)

/** The agent's memory as the kernel counts it, bytes: the most that was resident, and what is not the files' (proc_pid_status(5)). */
const memoryOf = (pod: PicketPod): { readonly peak: number; readonly anonymous: number } => {
  const status = readFileSync(join('/proc', String(pidOf(pod)), 'status'), 'utf8')
  return { peak: kilobytes(status, 'VmHWM') * 1024, anonymous: kilobytes(status, 'RssAnon') * 1024 }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** The memory limit of the chart, where it is hardest to keep. */
export const memoryChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [one] = lab.nodes
  const title = `${LINES_PER_SECOND} lines/s while the store is away for ${OUTAGE_MS / 1000} s: the agent stays below 200Mi, and nothing is lost`
  await context.test(title, async (sub) => {
    await install(lab)
    await allCovered(lab)
    const before = await agentOn(lab, one.name)
    const writer = await startWriter(lab, 'much', { node: one, linesPerSecond: LINES_PER_SECOND, lines: LINES })
    await writer.delivers(LINES_PER_SECOND)
    await lab.server.stop()
    await sleep(OUTAGE_MS)
    const away = memoryOf(before)
    await lab.server.start()
    await writer.deliversAll(LINES, CATCH_UP_MS)
    await writer.end()
    const lines = await writer.everyLineOnce(CATCH_UP_MS)
    const after = await agentOn(lab, one.name)
    const { peak } = memoryOf(after)
    sub.diagnostic(
      `${lines} lines; resident at most ${megabytes(peak)}; at the end of the outage ${megabytes(away.anonymous)} of its own`,
    )
    // The same container: it was neither restarted nor killed for want of memory.
    assert.deepEqual([after.containerId, after.restarts], [before.containerId, before.restarts])
    assert.ok(peak < LIMIT_BYTES, megabytes(peak))
  })
}
