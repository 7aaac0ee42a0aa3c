import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from '../lib/http/listener.ts'
import { realClock } from '../lib/io/clock.ts'
import type { Logger } from '../lib/log/logger.ts'
import type { CompiledConfig } from './config/compile.ts'
import { type NodePage, openPage } from './open-page.ts'
import { type ContainerDirectory, createContainerDirectory } from './pipeline/container-directory.ts'
import { openNodeMetrics } from './pipeline/open-node-metrics.ts'
import type { SourceContext } from './pipeline/open-source.ts'
import { createPipeline, type Pipeline } from './pipeline/pipeline.ts'
import { pipelineStats } from './pipeline/status.ts'
import { createHealth, type Health } from './server/health.ts'
import { createServer } from './server/server.ts'
import type { StateFolder } from './state/state-folder.ts'
import { takeNode } from './take-node.ts'
import { type Build, createTelemetry, type Telemetry } from './telemetry/telemetry.ts'

/** Where it listens; undefined: nowhere. */
export interface Addresses {
  readonly metrics: string | undefined
  readonly page: string | undefined
}

export interface RunOptions {
  readonly config: CompiledConfig
  readonly logger: Logger
  /** Lines of the log that were not taken, since the start. */
  readonly lostLogLines: () => number
  readonly build: Build
  readonly once: boolean
  readonly self: SourceContext['self']
  /** Aborted by the first signal: stop within the grace. */
  readonly stop: AbortSignal
  /** Aborted by the second one: stop at once. */
  readonly abort: AbortSignal
  /** Called once reading has begun. */
  readonly onStarted?: (addresses: Addresses) => void
}

/** A stage with work that makes no progress for so long is wedged: far beyond any pause that is not a fault. */
const STALL_MS = 60_000

const proc = {
  readText: (path: string): string => readFileSync(join('/proc', path), 'utf8'),
  countEntries: (path: string): number => readdirSync(join('/proc', path)).length,
}

const serverFailed =
  (logger: Logger) =>
  (error: Error): void =>
    logger.log('warn', 'server', 'the HTTP server had a fault', { error: error.message })

const openServer = (options: RunOptions, telemetry: Telemetry, health: Health): Server => {
  const { config, build, logger } = options
  const { listen, tls, token } = config.server
  return createServer(
    { listen, tls, token: token?.reveal() },
    {
      health,
      expose: telemetry.expose,
      held: telemetry.held,
      title: `picket ${build.version}${build.revision ? ` (${build.revision})` : ''}`,
      failed: serverFailed(logger),
    },
  )
}

const watchStages = (pipeline: Pipeline, health: Health): void => {
  for (const [name, { progress }] of pipeline.tailers)
    health.watch({ name: `source ${name}`, pending: progress.pending, lastProgressMs: progress.lastMs })
  for (const { lane, queue } of pipeline.lanes) {
    health.watch({ name: `lane ${lane.name}`, pending: lane.progress.pending, lastProgressMs: lane.progress.lastMs })
    // A chunk that nobody sends, though nothing is held and no request (which has its own time-out) is under way.
    const stuck = ({ sealed, hold, inFlight } = queue.stats()): boolean => sealed.chunks > 0 && !hold && inFlight === 0
    const oldestMs = (): number => queue.stats().oldestMs ?? 0
    health.watch({ name: `queue ${lane.name}`, pending: () => stuck(), lastProgressMs: oldestMs })
  }
}

const waitForStop = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const work = async (
  options: RunOptions & { readonly containers: ContainerDirectory },
  telemetry: Telemetry,
  health: Health,
  server: Server,
): Promise<'drained' | 'stopped'> => {
  const { config, logger, once, self, containers } = options
  const fault = new AbortController()
  const onFault = (stage: string, error: Error): void => {
    logger.log('error', 'stage_failed', 'a stage failed; the agent stops', {
      stage,
      error: error.stack ?? error.message,
    })
    fault.abort(error)
  }
  const pipeline = createPipeline({
    onFault,
    config,
    clock: realClock,
    events: telemetry.events,
    logger,
    once,
    self,
    stdout: process.stdout,
    containers,
  })
  telemetry.registerStats('pipeline', () => pipelineStats(pipeline, realClock.now))
  watchStages(pipeline, health)
  options.abort.addEventListener('abort', pipeline.abort, { once: true })
  pipeline.start()
  health.ready('pipeline')
  const page: NodePage | undefined = once
    ? undefined
    : await openPage({
        config,
        logger,
        build: options.build,
        pipeline,
        containerFacts: containers.facts,
        telemetry,
        health,
        failed: serverFailed(logger),
      })
  options.onStarted?.({ metrics: server.address, page: page?.address })
  logger.log('info', 'started', 'the agent reads', {
    sources: [...pipeline.tailers.keys(), ...config.metricsSources.map(({ name }) => name)],
    outputs: pipeline.lanes.map(({ lane }) => lane.name),
    state_dir: config.stateDir,
    address: server.address ?? 'off',
    page: page?.address ?? 'off',
  })
  const stopped = waitForStop(AbortSignal.any([options.stop, fault.signal]))
  const end = stopped.then(() => 'stopped' as const)
  const how = await (once ? Promise.race([pipeline.drained().then(() => 'drained' as const), end]) : end)
  health.waiting('pipeline', 'is stopping')
  await page?.close()
  await pipeline.stop(config.shutdownGraceMs)
  if (fault.signal.aborted) throw fault.signal.reason
  logger.log(
    'info',
    'stopped',
    'the agent has stopped in order; what is neither delivered nor in the disk queue is read again by the next start',
  )
  return how
}

/** Runs the agent until it is told to stop ('stopped'), or (`once`) until everything is delivered ('drained'). Throws where it cannot start. */
export const runAgent = async (options: RunOptions): Promise<'drained' | 'stopped'> => {
  const { logger, build } = options
  const telemetry = createTelemetry({
    clock: realClock,
    logger,
    build,
    proc: existsSync('/proc/self/stat') ? proc : undefined,
  })
  const containers = createContainerDirectory(options.config.metrics.cgroup.podLabels)
  const nodeMetrics = openNodeMetrics(options.config, { build, logger, containerFacts: containers.facts })
  if (nodeMetrics) telemetry.registerFamilies(nodeMetrics.collect)
  telemetry.registerStats('log', () => ({ lostLogLines: options.lostLogLines() }))
  const health = createHealth(['state folder', 'pipeline'], STALL_MS, realClock)
  const server = openServer(options, telemetry, health)
  const background = new AbortController()
  void health.run(background.signal)
  void telemetry.run(background.signal)
  let state: StateFolder | undefined
  try {
    state = await takeNode({ ...options, clock: realClock, events: telemetry.events, health, server })
    return state ? await work({ ...options, containers }, telemetry, health, server) : 'stopped'
  } finally {
    background.abort()
    // The folder last: who waits for it wants the address too.
    await server.close()
    state?.close()
    logger.close()
  }
}
