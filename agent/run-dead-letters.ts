import { statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Clock } from '../lib/io/clock.ts'
import { realFilesystem } from '../lib/io/filesystem.ts'
import type { Exclusive } from './buffer/dead-letters.ts'
import type { DeadLettersCommand } from './cli/args.ts'
import { listDeadLetters, showDeadLetters } from './cli/dead-letters.ts'
import { momentMs } from './cli/moment.ts'
import { type ReplayTarget, replayDeadLetters } from './cli/replay.ts'
import type { CompiledConfig, CompiledOutput } from './config/compile.ts'
import type { Output } from './event.ts'
import { backoff } from './output/backoff.ts'
import { openOutput } from './pipeline/open-output.ts'
import { trySqliteLock, withSqliteLock } from './state/lock.ts'
import { type StatePaths, statePaths } from './state/state-paths.ts'

export interface DeadLettersWorld {
  readonly out: Writable
  readonly say: (text: string) => void
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly color: boolean
  readonly columns: number
  readonly terminal: boolean
  /** User id, where the system has such. */
  readonly user: number | undefined
}

/** The agent writes for milliseconds; a disk that takes longer for one file is broken. */
const LOCK_WAIT_MS = 30_000

const exclusiveOf =
  (paths: StatePaths, output: string): Exclusive =>
  (work) =>
    withSqliteLock(paths.deadLettersLock(output), LOCK_WAIT_MS, work)

/**
 * The embedded store and files have one writer. While this command writes to them it holds the state folder, so that no agent starts
 * meanwhile.
 */
const besideNobody = (output: Output, paths: StatePaths): Output | undefined => {
  const lock = trySqliteLock(paths.lock)
  if (!lock) return undefined
  const close = async (): Promise<void> => {
    await output.close()
    lock.release()
  }
  return { name: output.name, send: output.send, close }
}

/** What is written here by root could not be read by an agent that is not. */
const foreign = (paths: StatePaths, user: number | undefined): string | undefined => {
  const owner = statSync(paths.deadLettersRoot).uid
  return user === undefined || user === owner
    ? undefined
    : `${paths.root} belongs to the user with the id ${owner}: run this command as that user`
}

const openTarget = (settings: CompiledOutput, paths: StatePaths, world: DeadLettersWorld): ReplayTarget => {
  if (settings.kind === 'stdout') return { kind: 'closed', reason: 'the standard output is this command’s own' }
  const { clock, out, say } = world
  const { output } = openOutput(settings, {
    clock,
    stdout: out,
    events: { stateDamaged: (path, detail) => say(`picket: ${path}: ${detail}`) },
    logger: { log: () => {} },
  })
  const exclusive = exclusiveOf(paths, settings.name)
  if (settings.kind === 'elasticsearch') return { kind: 'open', output, exclusive }
  const alone = besideNobody(output, paths)
  return alone
    ? { kind: 'open', output: alone, exclusive }
    : { kind: 'closed', reason: `an output of kind ${settings.kind} has one writer, and the agent runs: stop it first` }
}

const open =
  (config: CompiledConfig, world: DeadLettersWorld) =>
  (name: string): ReplayTarget => {
    const paths = statePaths(config.stateDir)
    const settings = config.outputs.find((output) => output.name === name)
    if (!settings) return { kind: 'closed', reason: 'the configuration has no output of this name (--config)' }
    const reason = foreign(paths, world.user)
    return reason === undefined ? openTarget(settings, paths, world) : { kind: 'closed', reason }
  }

/** `picket dead-letters …`: resolves to the exit code. */
export const runDeadLetters = (
  command: DeadLettersCommand,
  config: CompiledConfig,
  world: DeadLettersWorld,
): Promise<number> => {
  const sinceMs = command.since && momentMs(command.since, world.clock.now())
  const { ids, output, limit, dryRun } = command
  const io = { ...world, filesystem: realFilesystem }
  const json = command.json || !world.terminal
  const options = { stateDir: config.stateDir, filter: { ids, output, sinceMs }, limit, dryRun }
  const color = command.color && world.color
  switch (command.action) {
    case 'list':
      return listDeadLetters({ ...options, json, color, columns: world.columns }, io)
    case 'show':
      return showDeadLetters({ ...options, json: command.json }, io)
    case 'replay': {
      const wait = (attempt: number): number => backoff(attempt, 500, 10_000, Math.random())
      return replayDeadLetters({ ...options, json }, { ...io, open: open(config, world), backoff: wait })
    }
  }
}
