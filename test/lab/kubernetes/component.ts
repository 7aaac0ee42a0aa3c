import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { eventually } from '../../support/eventually.ts'

/** A program of the lab that can be started, killed and started again, with the same arguments. */
export interface Component {
  readonly name: string
  readonly pid: number
  readonly running: boolean
  /** How it ended: exit code or signal. */
  readonly ended: number | NodeJS.Signals | undefined
  /** Returns when it is ready; throws the end of its output if it ends before. */
  start(): Promise<void>
  /** Returns at once; with its end see `stop` and `exit`. */
  signal(signal: NodeJS.Signals): void
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Waits for its end by itself. */
  exit(deadlineMs?: number): Promise<number | NodeJS.Signals>
  /** All that it wrote, over all its lives. */
  output(): string
}

export interface Program {
  readonly name: string
  /** Builds the program if need be. */
  command(): readonly string[]
  readonly logFile: string
  readonly cwd?: string
  ready(): boolean | Promise<boolean>
}

const START_DEADLINE_MS = 120_000
const EXIT_DEADLINE_MS = 60_000
const TAIL_CHARACTERS = 3000

/** What was started and not ended, for a run that is cut short. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const launch = ({ command, logFile, cwd }: Program): ChildProcess => {
  const output = fs.openSync(logFile, 'a')
  const [file = '', ...args] = command()
  const child = spawn(file, args, { stdio: ['ignore', output, output], ...(cwd === undefined ? {} : { cwd }) })
  fs.closeSync(output)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const howEnded = (child: ChildProcess | undefined): number | NodeJS.Signals | undefined =>
  child?.exitCode ?? child?.signalCode ?? undefined

export const createComponent = (program: Program): Component => {
  const { name, logFile } = program
  let child: ChildProcess | undefined
  const output = (): string => (fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8') : '')

  const isReady = async (): Promise<boolean> => howEnded(child) !== undefined || program.ready()

  return {
    name,
    get pid() {
      return child?.pid ?? 0
    },
    get running() {
      return child !== undefined && howEnded(child) === undefined
    },
    get ended() {
      return howEnded(child)
    },
    start: async () => {
      child = launch(program)
      await eventually(`${name} is ready`, isReady, START_DEADLINE_MS)
      const end = howEnded(child)
      if (end !== undefined) throw new Error(`${name} ended with ${end}:\n${output().slice(-TAIL_CHARACTERS)}`)
    },
    signal: (signal) => void child?.kill(signal),
    stop: async (signal = 'SIGKILL') => {
      if (child === undefined || howEnded(child) !== undefined) return
      const exit = once(child, 'exit')
      // A stopped process takes no SIGTERM before it is continued.
      child.kill('SIGCONT')
      child.kill(signal)
      await exit
    },
    exit: (deadlineMs = EXIT_DEADLINE_MS) => eventually(`the end of ${name}`, () => howEnded(child), deadlineMs),
    output,
  }
}
