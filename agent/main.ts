import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readRevision, readVersion } from '../lib/build/version.ts'
import { realClock } from '../lib/io/clock.ts'
import { realFilesystem } from '../lib/io/filesystem.ts'
import { createDescriptorDestination } from '../lib/log/descriptor-destination.ts'
import { createLogger, defaultLoggerOptions, type LogDestination, type Logger } from '../lib/log/logger.ts'
import {
  type AuditCommand,
  type Command,
  type DeadLettersCommand,
  parseCommand,
  type SearchCommand,
  type TailCommand,
} from './cli/args.ts'
import type { ElasticsearchCommand } from './cli/elasticsearch-args.ts'
import { helpText } from './cli/help.ts'
import { momentMs } from './cli/moment.ts'
import { runSearch } from './cli/search.ts'
import { runTail } from './cli/tail.ts'
import { validate } from './cli/validate.ts'
import type { CompiledConfig } from './config/compile.ts'
import { defaultConfig, type SampleFolders } from './config/default-config.ts'
import { type Loaded, loadConfig, loadValue } from './config/load.ts'
import { reportMistakes } from './config/report.ts'
import { type RootFlags, withRoots } from './config/with-roots.ts'
import { runReader } from './page/reader/run-reader.ts'
import { PAGE_READER } from './page-reader.ts'
import { type Addresses, runAgent } from './run-agent.ts'
import { auditCodes, runAudit } from './run-audit.ts'
import { runDeadLetters } from './run-dead-letters.ts'
import { runElasticsearch } from './run-elasticsearch.ts'
import { runSampleCommand } from './sample/command.ts'
import { type SampleProcess, startSample } from './sample-process.ts'
import { stateErrorOf } from './state/state-error.ts'
import { introduction } from './welcome.ts'

/** The composition root: the one file that touches process.*. */

const say = (text: string): void => void process.stderr.write(`${text}\n`)
// Whoever closed it does not want to hear it; without a listener Node would end the agent over that.
process.stderr.on('error', () => {})
/** `picket --help | head -1`: a reader that has gone has seen enough. */
const print = (text: string): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    say(`picket: the standard output does not take it: ${error.message}`)
    process.exitCode = 1
  })
  process.stdout.write(text)
}
const build = { version: readVersion(), revision: readRevision(), node: process.version }
const colors = (stream: NodeJS.WriteStream): boolean => stream.isTTY && !process.env.NO_COLOR

const stop = new AbortController()
const abort = new AbortController()
/** The first signal stops within the grace, the second one at once; both without loss. `once`: the work is not done. */
const onSignal = (once: boolean) => (): void => {
  if (!stop.signal.aborted) stop.abort()
  else {
    abort.abort()
    process.exit(once ? 1 : 0)
  }
}

/** For commands that end by themselves. */
const stopOnSignal = (): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
}

/** Prints the mistakes and returns undefined where there are any. */
const configOf = (loaded: Loaded, name: string): CompiledConfig | undefined => {
  if (loaded.kind === 'loaded') return loaded.config
  process.stderr.write(reportMistakes(loaded.mistakes, { name, text: loaded.text, color: colors(process.stderr) }))
  return undefined
}

const loadFor = (config: string | undefined, stateDir: string | undefined, sample?: SampleFolders): Loaded =>
  config === undefined
    ? loadValue(defaultConfig({ ...(stateDir ? { stateDir } : {}), ...(sample ? { sample } : {}) }))
    : loadConfig(config)

const openLogger = (config: CompiledConfig, destination: LogDestination): Logger =>
  createLogger(
    {
      ...defaultLoggerOptions,
      level: config.log.level,
      format: process.stderr.isTTY ? 'terminal' : 'json',
      colour: colors(process.stderr),
    },
    realClock,
    destination,
  )

/** In a cluster, as the chart sets it (downward API): which container not to read. */
const ownContainer = () => {
  const { POD_NAMESPACE: namespace, POD_NAME: pod, CONTAINER_NAME: container } = process.env
  return namespace && pod ? { namespace, pod, container: container || undefined } : undefined
}

/**
 * As any program in a pipe, the agent ends when its reader has: `picket --once | head`. Not where other outputs go on for ever: there
 * this one is held and the rest is delivered.
 */
const endWithReader = ({ outputs }: CompiledConfig, once: boolean): { readonly gone: () => boolean } => {
  let gone = false
  process.stdout.on('error', () => {
    gone = outputs.some((o) => o.kind === 'stdout') && (once || outputs.every((o) => o.kind === 'stdout'))
    if (gone) stop.abort()
  })
  return { gone: () => gone }
}

const run = async (
  config: CompiledConfig,
  once: boolean,
  onStarted?: (addresses: Addresses) => void,
): Promise<number> => {
  const stderr = createDescriptorDestination(2)
  const logger = openLogger(config, stderr)
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, onSignal(once))
  const reader = endWithReader(config, once)
  try {
    const how = await runAgent({
      config,
      logger,
      lostLogLines: () => stderr.lostLines,
      build,
      once,
      self: ownContainer(),
      stop: stop.signal,
      abort: abort.signal,
      ...(onStarted && { onStarted }),
    })
    const why = reader.gone()
      ? 'nobody reads the standard output any more; what was not taken comes with the next start'
      : once && how === 'stopped' && 'stopped before everything was delivered; the rest comes with the next start'
    if (why) say(`picket: ${why}`)
    return why ? 1 : 0
  } catch (error) {
    say(`picket: ${(error as Error).message}`)
    return 1
  }
}

const CONTAINERS = '/var/log/containers'

const start = async (stateDir: string | undefined, roots: RootFlags): Promise<number> => {
  const folder = resolve(stateDir ?? '.picket', 'sample')
  const sample = existsSync(CONTAINERS) ? undefined : { containers: `${folder}/containers`, pods: `${folder}/pods` }
  const config = configOf(withRoots(loadFor(undefined, stateDir, sample), roots), 'the embedded default')
  if (!config) return 1
  try {
    if (sample) for (const path of Object.values(sample)) realFilesystem.mkdir(path)
  } catch (error) {
    say(`picket: ${stateErrorOf(config.stateDir, error).message}`)
    return 1
  }
  let child: SampleProcess | undefined
  // Not before the folder is ours: beside a first agent there would be two workloads on the same files.
  const code = await run(config, false, (addresses) => {
    child = sample && startSample(folder)
    say(introduction(config, { version: build.version, sample: sample !== undefined, ...addresses }))
  })
  await child?.stop()
  return code
}

/** Where a command that only reads finds the embedded store. */
const storePath = (command: SearchCommand | TailCommand): string | undefined => {
  const config = configOf(loadFor(command.config, command.stateDir), command.config ?? 'the embedded default')
  const local = config?.outputs.find((o) => o.kind === 'local')
  if (config && !local) say(`picket: ${command.config} has no output of kind local: there is no store to look into`)
  return local?.path
}

const reading = (command: SearchCommand | TailCommand, path: string) => ({
  storePath: path,
  query: command.query,
  selectors: { namespaces: command.namespaces, pods: command.pods, containers: command.containers },
  json: command.json || !process.stdout.isTTY,
  color: command.color && colors(process.stdout),
  sinceMs: command.since && momentMs(command.since, Date.now()),
})

const readStore = async (command: SearchCommand | TailCommand): Promise<number> => {
  const path = storePath(command)
  if (path === undefined) return 1
  stopOnSignal()
  const io = { out: process.stdout, say, clock: realClock, signal: stop.signal }
  const options = reading(command, path)
  if (command.kind === 'tail') return runTail(options, io)
  const untilMs = command.until && momentMs(command.until, Date.now())
  return runSearch({ ...options, untilMs, limit: command.limit, order: command.order }, io)
}

const audit = async (command: AuditCommand): Promise<number> => {
  const config = configOf(loadFor(command.config, command.stateDir), command.config ?? 'the embedded default')
  if (!config) return auditCodes.failed
  stopOnSignal()
  const [sinceMs, untilMs] = [command.since, command.until].map((moment) => moment && momentMs(moment, Date.now()))
  const json = command.json || !process.stdout.isTTY
  const io = { out: process.stdout, say, clock: realClock, signal: stop.signal }
  return runAudit({ ...command, config, sinceMs, untilMs, json }, io)
}

const deadLetters = async (command: DeadLettersCommand): Promise<number> => {
  const config = configOf(loadFor(command.config, command.stateDir), command.config ?? 'the embedded default')
  if (!config) return 1
  stopOnSignal()
  try {
    return await runDeadLetters(command, config, {
      out: process.stdout,
      say,
      signal: stop.signal,
      clock: realClock,
      color: colors(process.stdout),
      columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
      terminal: process.stdout.isTTY === true,
      user: process.getuid?.(),
    })
  } catch (error) {
    say(`picket: ${(error as Error).message}`)
    return 1
  }
}

const elasticsearch = async (command: ElasticsearchCommand): Promise<number> => {
  const config = configOf(loadConfig(command.config), command.config)
  stopOnSignal()
  return config ? runElasticsearch(command, config, { print, say, clock: realClock, signal: stop.signal }) : 1
}

const execute = async (command: Command): Promise<number> => {
  switch (command.kind) {
    case 'run': {
      const loaded = withRoots(loadFor(command.config, command.stateDir), command.roots)
      const config = configOf(loaded, command.config ?? 'the embedded default')
      return config ? run(config, command.once) : 1
    }
    case 'start':
      return start(command.stateDir, command.roots)
    case 'search':
    case 'tail':
      return readStore(command)
    case 'audit':
      return audit(command)
    case 'dead-letters':
      return deadLetters(command)
    case 'elasticsearch':
      return elasticsearch(command)
    case 'validate':
      return validate(command, {
        load: loadConfig,
        out: print,
        error: (text) => void process.stderr.write(text),
        colors: colors(process.stderr),
      })
    case 'version':
      print(`picket ${build.version}${build.revision ? ` (${build.revision})` : ''}\n`)
      return 0
    case 'help':
      print(helpText(command.topic))
      return 0
    case 'usage':
      say(`picket: ${command.message}`)
      return 2
  }
}

/** What `picket start` starts beside itself; not a command for people, so the help does not have it. */
const sample = async (argv: readonly string[]): Promise<number> => {
  stopOnSignal()
  await runSampleCommand(argv, stop.signal)
  return 0
}

/** What the agent starts to read its store for the node page. */
const pageReader = (storePath: string): Promise<number> =>
  runReader(storePath, { input: process.stdin, output: process.stdout, clock: realClock }).then(() => 0)

/** bin/picket.mjs picks a Node that will do; the bundle runs on whichever it was given to. */
const MIN_NODE = 24

const main = (argv: readonly string[]): Promise<number> | number => {
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE) {
    say(
      `picket: Node ${MIN_NODE} or newer is needed, this is ${process.version}; npm ci brings one: node_modules/.bin/node`,
    )
    return 1
  }
  if (argv[0] === PAGE_READER) return pageReader(argv[1] ?? '')
  return argv[0] === 'sample' ? sample(argv.slice(1)) : execute(parseCommand(argv))
}

/** Requests to the kernel that it has not answered: statfs of a mount whose server is gone. */
const waitsForKernel = (): boolean => process.getActiveResourcesInfo().some((one) => one.startsWith('FSReq'))

const LAST_LOOK_MS = 1000

/** Each has a thread, for which Node, and exit(3), would wait for ever. Everything is said and saved: a signal ends them too. */
const leave = (): void => {
  if (!waitsForKernel()) return
  process.removeAllListeners('SIGTERM')
  process.kill(process.pid, 'SIGTERM')
}

process.exitCode = await main(process.argv.slice(2))
setInterval(leave, LAST_LOOK_MS).unref()
