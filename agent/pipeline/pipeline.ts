import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type { Clock } from '../../lib/io/clock.ts'
import { realFilesystem } from '../../lib/io/filesystem.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { CompiledConfig } from '../config/compile.ts'
import type { EnrichStats } from '../enrich/enricher.ts'
import type { AgentEvents, Positions } from '../event.ts'
import { compileMatch } from '../feed/match.ts'
import type { Tailer } from '../source/tailer.ts'
import type { ContainerDirectory } from './container-directory.ts'
import { openFacts } from './open-facts.ts'
import { type OpenLane, openLane } from './open-lane.ts'
import { openMetricsSource } from './open-metrics-source.ts'
import { openOutput } from './open-output.ts'
import { openSource, type SourceContext } from './open-source.ts'
import { readKernel } from './read-kernel.ts'

export interface PipelineDeps {
  readonly config: CompiledConfig
  readonly clock: Clock
  readonly events: AgentEvents
  readonly logger: Logger
  readonly once: boolean
  readonly self: SourceContext['self']
  readonly stdout: Writable
  /** Learns whose the containers are. */
  readonly containers: ContainerDirectory
  /** A stage's loop ended with an error. */
  readonly onFault: (stage: string, error: Error) => void
}

export interface Pipeline {
  readonly lanes: readonly OpenLane[]
  readonly tailers: ReadonlyMap<string, Tailer>
  /** undefined where no API server is asked. */
  readonly podStats: (() => EnrichStats) | undefined
  /** Finds the files and begins to read. */
  start(): void
  /** Resolves once everything that was there at start is delivered (`once`). */
  drained(): Promise<void>
  /** Stops reading, flushes for so long, spills the rest, saves the positions. */
  stop(graceMs: number): Promise<void>
  /** At once, also without loss: what is in memory goes to disk before this returns. */
  abort(): void
}

const DRAIN_LOOK_MS = 50

/** Each file's positions are kept by its own source. */
const positionsOf = (tailers: ReadonlyMap<string, Tailer>): Positions => {
  const of = (source: string): Positions => (tailers.get(source) as Tailer).positions
  return {
    start: (lane, file) => of(file.source).start(lane, file),
    commit: (lane, file, offset) => of(file.source).commit(lane, file, offset),
    ending: (lane, file, read) => of(file.source).ending(lane, file, read),
    finish: (lane, file) => of(file.source).finish(lane, file),
  }
}

/** Wires the stages, starts them front to back and stops them back to front. */
export const createPipeline = (deps: PipelineDeps): Pipeline => {
  const { config, clock, events, once } = deps
  const reading = new AbortController()
  const sending = new AbortController()
  const matches = new Map(config.outputs.map((o) => [o.name, compileMatch(o.match)]))
  const wants = (lane: string, tag: string): boolean => matches.get(lane)?.(tag) ?? false
  const tailers = new Map(config.sources.map((s) => [s.name, openSource(s, { ...deps, wants })]))
  const facts = openFacts(config, {
    clock,
    events,
    filesystem: realFilesystem,
    statePath: join(config.stateDir, 'pods.json'),
  })
  // A look at the node says nothing of what was there at the start.
  const metricsSources = once ? [] : config.metricsSources
  const takesMetrics = (lane: string): boolean =>
    metricsSources.some(({ sets }) => sets.some((set) => wants(lane, `metrics.${set}`)))
  if (facts.pod) deps.containers.ask(facts.pod)
  const kernel = new WebAssembly.Module(readKernel())
  const context = { config, clock, events, kernel, facts: facts.provider, positions: positionsOf(tailers), wants, once }
  const lanes = config.outputs.map((o) => openLane(o, openOutput(o, { ...deps, takesMetrics }), context))
  const loops: Promise<void>[] = []

  const saveCheckpoints = (): void => {
    for (const tailer of tailers.values()) tailer.saveCheckpoint()
  }
  const keepCheckpoints = async (): Promise<void> => {
    while (!reading.signal.aborted) {
      await clock.sleep(config.checkpointIntervalMs, reading.signal)
      saveCheckpoints()
    }
  }
  const start = (): void => {
    for (const tailer of tailers.values()) {
      for (const { lane } of lanes) tailer.listen(lane)
      deps.containers.know(tailer.origins)
      tailer.start()
    }
    loops.push(guarded('facts', facts.run(reading.signal)), guarded('checkpoints', keepCheckpoints()))
    for (const [name, tailer] of tailers) loops.push(guarded(`source ${name}`, tailer.run(reading.signal)))
    for (const source of metricsSources) {
      const run = openMetricsSource(source, { ...deps, lanes, wants })
      loops.push(guarded(`source ${source.name}`, run(reading.signal)))
    }
    for (const { lane, queue } of lanes) {
      loops.push(guarded(`lane ${lane.name}`, lane.run(reading.signal)))
      void guarded(`queue ${lane.name}`, queue.run(sending.signal))
    }
  }
  /** No loop ends with an error but by a fault of ours: then the agent stops, as orderly as it still can, and says where. */
  const guarded = (stage: string, loop: Promise<void>): Promise<void> =>
    loop.catch((error: unknown) => deps.onFault(stage, error instanceof Error ? error : new Error(String(error))))
  const isDrained = (): boolean =>
    [...tailers.values()].every((t) => t.drained()) && lanes.every(({ lane, queue }) => lane.idle() && isEmpty(queue))
  const isEmpty = (queue: OpenLane['queue']): boolean => {
    const { sealed, sending: busy, retrying, spilled } = queue.stats()
    return sealed.chunks + busy.chunks + retrying.chunks + spilled.chunks === 0
  }
  const drained = async (): Promise<void> => {
    while (!isDrained() && !reading.signal.aborted) await clock.sleep(DRAIN_LOOK_MS, reading.signal)
  }
  const stop = async (graceMs: number): Promise<void> => {
    reading.abort()
    await Promise.all(loops)
    await Promise.all(lanes.map(({ queue }) => queue.close(graceMs)))
    saveCheckpoints()
    await Promise.all(lanes.map(({ output }) => output.close()))
    for (const tailer of tailers.values()) await tailer.close()
  }
  const abort = (): void => {
    reading.abort()
    for (const { queue } of lanes) queue.abort()
    sending.abort()
    saveCheckpoints()
  }
  return { lanes, tailers, podStats: facts.stats, start, drained, stop, abort }
}
