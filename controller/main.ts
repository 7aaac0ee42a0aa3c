import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { readRevision, readVersion } from '../lib/build/version.ts'
import { realClock } from '../lib/io/clock.ts'
import { type ApiClient, createApiClient } from '../lib/kube/api-client.ts'
import { type KubeConfigChoice, type KubeCredentials, loadKubeConfig } from '../lib/kube/kube-config.ts'
import { type BucketLimits, createTokenBucket } from '../lib/kube/token-bucket.ts'
import { createDescriptorDestination } from '../lib/log/descriptor-destination.ts'
import { errorFields } from '../lib/log/error-fields.ts'
import { createLogger, defaultLoggerOptions, type Logger } from '../lib/log/logger.ts'
import { cleanupHelp, parseCleanup } from './cli/cleanup-args.ts'
import { parseCoverage } from './cli/coverage-args.ts'
import { coverageHelp } from './cli/coverage-help.ts'
import { CLEANUP_CODES, runCleanup } from './cli/run-cleanup.ts'
import { COVERAGE_CODES, runCoverage } from './cli/run-coverage.ts'
import { helpText } from './config/help.ts'
import { type ControllerOptions, parseCommand } from './config/options.ts'
import { planDaemonSet } from './plan/plan-daemon-set.ts'
import { runController } from './run-controller.ts'

/** The composition root: the one file of the controller that touches process.*. */

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const print = (text: string): void => void process.stdout.write(text)
// Whoever closed them has seen enough.
process.stderr.on('error', () => {})
process.stdout.on('error', () => {})

const title = (): string => `picket-controller ${readVersion()}${readRevision() ? ` (${readRevision()})` : ''}`

const loggerOf = ({ logLevel, dryRun }: ControllerOptions): Logger => {
  const terminal = process.stderr.isTTY === true
  const options = {
    ...defaultLoggerOptions,
    level: logLevel,
    format: terminal ? ('terminal' as const) : ('json' as const),
    colour: terminal && !process.env.NO_COLOR,
    // Every decision is what a dry run is for.
    ...(dryRun ? { burst: Number.POSITIVE_INFINITY } : {}),
  }
  return createLogger(options, realClock, createDescriptorDestination(process.stderr.fd))
}

const run = async (options: ControllerOptions): Promise<number> => {
  const log = loggerOf(options)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.on(name, () => {
      // A second one means "at once"; the lease runs out by itself.
      if (stop.signal.aborted) process.exit(1)
      stop.abort()
    })
  try {
    return await runController(options, {
      credentials: loadKubeConfig(options, realClock.monotonic),
      primary: planDaemonSet,
      clock: realClock,
      random: Math.random,
      log,
      identity: identity(),
      title: title(),
      signal: stop.signal,
    })
  } catch (error) {
    log.log('error', 'failed', 'the controller cannot go on', errorFields(error as Error))
    return 1
  } finally {
    log.close()
  }
}

const identity = (): string => `${hostname()}_${randomBytes(4).toString('hex')}`

const clientOf = (credentials: KubeCredentials, limits: BucketLimits): ApiClient =>
  createApiClient(credentials, {
    clock: realClock,
    limit: createTokenBucket(limits, realClock),
    userAgent: title().replace(' ', '/'),
    answered: () => {},
  })

/** A user's command waits for no one. */
const connect = (choice: KubeConfigChoice) => () =>
  clientOf(loadKubeConfig(choice, realClock.monotonic), { perSecond: 20, burst: 30 })

const untilSignalled = (): AbortSignal => {
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort())
  return stop.signal
}

const cleanup = async (argv: readonly string[]): Promise<number> => {
  const command = parseCleanup(argv)
  if (command.kind === 'help') {
    print(cleanupHelp())
    return CLEANUP_CODES.clean
  }
  if (command.kind === 'usage') {
    say(`picket-controller: ${command.message}`)
    return CLEANUP_CODES.usage
  }
  return runCleanup(command, {
    connect: () => {
      const credentials = loadKubeConfig(command, realClock.monotonic)
      // A patch for each of some thousand nodes, within the time that an uninstallation may take; the server slows it down where it must (429).
      const client = clientOf(credentials, { perSecond: 100, burst: 100 })
      return { client, namespace: credentials.namespace, close: client.close }
    },
    clock: realClock,
    random: Math.random,
    identity: `cleanup_${identity()}`,
    print,
    say: (text) => void process.stderr.write(text),
    stop: untilSignalled(),
  })
}

const coverage = async (argv: readonly string[]): Promise<number> => {
  const command = parseCoverage(argv)
  if (command.kind === 'help') {
    print(coverageHelp())
    return COVERAGE_CODES.covered
  }
  if (command.kind === 'usage') {
    say(`picket-controller: ${command.message}`)
    return COVERAGE_CODES.usage
  }
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort())
  process.stdout.on('error', () => stop.abort())
  return runCoverage(command, {
    connect: connect(command),
    clock: realClock,
    stop: stop.signal,
    print,
    say: (text) => void process.stderr.write(text),
    terminal: process.stdout.isTTY === true,
    colors: !process.env.NO_COLOR,
  })
}

const main = async (argv: readonly string[]): Promise<number> => {
  if (argv[0] === 'coverage') return coverage(argv.slice(1))
  if (argv[0] === 'cleanup') return cleanup(argv.slice(1))
  const command = parseCommand(argv)
  switch (command.kind) {
    case 'run':
      return run(command.options)
    case 'help':
      print(helpText())
      return 0
    case 'version':
      print(`${title()}\n`)
      return 0
    case 'usage':
      say(`picket-controller: ${command.message}`)
      return 2
  }
}

const code = await main(process.argv.slice(2))
// After a lost lease nothing that is under way may end well: at once. What was said has been written, it goes by descriptor.
if (code === 1 && !['coverage', 'cleanup'].includes(process.argv[2] ?? '')) process.exit(1)
process.exitCode = code
