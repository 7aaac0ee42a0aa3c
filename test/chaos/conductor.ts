import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from './agent.ts'
import type { SinkProcess, WriterProcess } from './crowd.ts'
import type { Journal } from './journal.ts'
import type { AgentStep, Schedule } from './schedule.ts'
import type { StateDisk } from './state-disk.ts'

export interface Stage {
  readonly agent: Agent
  readonly sink: SinkProcess
  readonly writers: readonly WriterProcess[]
  readonly disk: StateDisk
  readonly journal: Journal
  /** Files that were deleted before the sink had them, and of which it still lacks something. */
  readonly atRisk: () => number
  /** Something is broken for good. */
  readonly signal: AbortSignal
}

/** An agent that is to be ended may have in its hands alone what was deleted early; it is given so long to deliver it or save it. */
const SAFE_WITHIN_MS = 30_000
/** The writers hear of it, and the agent has looked at its files. */
const SETTLE_MS = 2_500
const READY_WITHIN_MS = 30_000

export const perform = async (schedule: Schedule, stage: Stage): Promise<void> => {
  const { agent, sink, writers, disk, journal, signal } = stage
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined)

  const until = async (condition: () => boolean, withinMs: number): Promise<boolean> => {
    for (const endMs = Date.now() + withinMs; !signal.aborted && Date.now() < endMs; await wait(100))
      if (condition()) return true
    return condition()
  }

  const allowEarly = (upSinceMs: number | undefined): void => {
    for (const writer of writers) writer.send({ kind: 'early', upSinceMs })
  }

  const runEarly = async (forMs: number): Promise<void> => {
    await until(() => agent.readySinceMs !== undefined, READY_WITHIN_MS)
    if (agent.readySinceMs === undefined) {
      journal.note('not ready: no files are deleted early')
      return
    }
    journal.note(`early deletions: for ${forMs} ms`)
    allowEarly(agent.readySinceMs)
    await wait(forMs)
    allowEarly(undefined)
    await wait(SETTLE_MS)
  }

  /** Whether nothing is lost with the agent (or with its state folder) that was deleted early. */
  const isSafe = (stateIsRemoved: boolean): boolean =>
    stage.atRisk() === 0 || (!stateIsRemoved && agent.now('picket_deleted_unsettled_bytes') === 0)

  const endAgent = async (step: AgentStep & { kind: 'end' }): Promise<void> => {
    if (!(await until(() => isSafe(step.stateIsRemoved), step.stateIsRemoved ? 4 * SAFE_WITHIN_MS : SAFE_WITHIN_MS))) {
      journal.note(`let live: the agent, which alone has what was deleted early`)
      return
    }
    journal.note(`${step.signal}: to the agent`)
    const beganMs = Date.now()
    const how = await agent.end(step.signal)
    if (step.signal === 'SIGTERM') journal.note(`stopped: the agent, with ${how}, after ${Date.now() - beganMs} ms`)
    if (step.stateIsRemoved) {
      journal.note('state folder removed: all of it')
      disk.removeState()
    }
    await wait(step.downMs)
    journal.note(`start: the agent, after ${step.downMs} ms`)
    agent.start()
  }

  const agentTrack = async (): Promise<void> => {
    const endMs = Date.now() + schedule.totalMs
    for (const step of schedule.agent) {
      if (signal.aborted || Date.now() > endMs) return
      if (step.kind === 'end') await endAgent(step)
      else if (step.kind === 'run') await wait(step.forMs)
      else await runEarly(step.forMs)
    }
  }
  const sinkTrack = async (): Promise<void> => {
    for (const { weather, forMs } of schedule.sink) {
      if (signal.aborted) return
      if (weather !== 'calm') journal.note(`weather ${weather}: for ${forMs} ms`)
      sink.send({ kind: 'weather', weather })
      await wait(forMs)
    }
  }
  const diskTrack = async (): Promise<void> => {
    for (const { full, forMs } of schedule.disk) {
      if (signal.aborted) return
      if (full) {
        journal.note(`disk full: for ${forMs} ms`)
        disk.fill()
      } else disk.empty()
      await wait(forMs)
    }
  }

  await Promise.all([agentTrack(), sinkTrack(), diskTrack()])
  sink.send({ kind: 'weather', weather: 'calm' })
  disk.empty()
  allowEarly(undefined)
  if (agent.state === 'down' && !signal.aborted) agent.start()
}
