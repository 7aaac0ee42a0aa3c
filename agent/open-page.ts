import { parseListenAddress } from '../lib/http/listen-address.ts'
import { AddressInUse, type Server } from '../lib/http/listener.ts'
import { realClock } from '../lib/io/clock.ts'
import type { Logger } from '../lib/log/logger.ts'
import type { CompiledConfig } from './config/compile.ts'
import type { ContainerFacts } from './metrics/container-facts.ts'
import { createPage } from './page/page.ts'
import { CHARTED } from './page/readings.ts'
import { createStoreReaders, type StoreReaders } from './page/store-readers.ts'
import { createVitals } from './page/vitals.ts'
import { startPageReader } from './page-reader.ts'
import { openNodeMetrics } from './pipeline/open-node-metrics.ts'
import { pageStatus } from './pipeline/page-status.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Health } from './server/health.ts'
import type { Build, Telemetry } from './telemetry/telemetry.ts'

export interface OpenPageDeps {
  readonly config: CompiledConfig
  readonly logger: Logger
  readonly build: Pick<Build, 'version' | 'revision'>
  readonly pipeline: Pipeline
  readonly containerFacts: ContainerFacts
  readonly telemetry: Pick<Telemetry, 'held' | 'deliveries'>
  readonly health: Pick<Health, 'unready' | 'wedged'>
  /** A request could not be answered. */
  readonly failed: (error: Error) => void
}

const RETRY_MS = 30_000

const readersOf = ({ outputs }: CompiledConfig): StoreReaders | undefined => {
  const local = outputs.find((output) => output.kind === 'local')
  return local && createStoreReaders(() => startPageReader(local.path), realClock)
}

const statusOf = ({ config, build, pipeline, telemetry, health }: OpenPageDeps) => {
  const kinds = new Map(config.outputs.map((output) => [output.name, output.kind]))
  return () =>
    pageStatus(pipeline, {
      nowMs: realClock.now(),
      node: config.node.name,
      version: build.version,
      uptimeMs: process.uptime() * 1000,
      residentBytes: process.memoryUsage.rss(),
      kinds,
      waiting: health.unready(),
      wedged: health.wedged(),
      held: telemetry.held(),
      deliveries: telemetry.deliveries(),
    })
}

/** An agent without its page delivers all the same: whatever is in the way is said, and a port that is taken is tried again. */
const startPage = async (server: Server, logger: Logger, signal: AbortSignal): Promise<void> => {
  try {
    await server.start()
  } catch (error) {
    const words = 'there is no node page; all else goes on'
    logger.log('warn', 'page_unavailable', words, { error: (error as Error).message })
    if (error instanceof AddressInUse) void retryLater(server, logger, signal)
  }
}

const retryLater = async (server: Server, logger: Logger, signal: AbortSignal): Promise<void> => {
  while (server.address === undefined) {
    await realClock.sleep(RETRY_MS, signal)
    if (signal.aborted) return
    await server.start().catch(() => {}) // Told once; it is taken still.
    if (server.address !== undefined)
      logger.log('info', 'page_available', 'the node page is there now', { address: server.address })
  }
}

export interface NodePage {
  readonly address: string | undefined
  close(): Promise<void>
}

/** The node page, where the configuration wants one. */
export const openPage = async (deps: OpenPageDeps): Promise<NodePage | undefined> => {
  const { config, logger, build } = deps
  const { page: listen, tls, token } = config.server
  if (listen === 'off') return undefined
  const readers = readersOf(config)
  const charted = openNodeMetrics(config, { build, logger, containerFacts: deps.containerFacts, among: CHARTED })
  const vitals = createVitals(charted?.collect ?? (async () => []), realClock)
  const names = [config.node.name, parseListenAddress(listen)?.host ?? 'localhost']
  // Where /etc/hosts says something else of this name, the page is not open to everybody for that.
  const bound = token === undefined ? listen.replace(/^localhost(?=:)/i, '127.0.0.1') : listen
  const server = createPage(
    { listen: bound, tls, token: token?.reveal(), names },
    {
      status: statusOf(deps),
      vitals: vitals.since,
      readers,
      failed: deps.failed,
    },
  )
  const background = new AbortController()
  await startPage(server, logger, background.signal)
  void vitals.run(background.signal)
  return {
    get address() {
      return server.address
    },
    close: async () => {
      background.abort()
      readers?.close()
      await server.close()
    },
  }
}
