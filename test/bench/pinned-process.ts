import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'

export interface PinnedProcess {
  readonly pid: number
  /** CLOCK_MONOTONIC ns at exec, the clock of the sink. */
  readonly startedNs: bigint
  /** Throws what the process wrote when it has ended by itself. */
  assertAlive(): void
  /** SIGTERM, and SIGKILL after the grace. Returns the exit code, or the signal that ended it. */
  stop(graceMs?: number): Promise<number | string>
}

/** The agent has a core of its own; sink, generator and this script share the other. */
export const AGENT_CORE = 0
export const OTHER_CORE = os.availableParallelism() > 1 ? 1 : 0

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const ended = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? child.signalCode ?? 'gone')
    else child.once('exit', (code, signal) => resolve(code ?? signal ?? 'gone'))
  })

/** Starts a program on one core (taskset execs it: the pid is the program's). Its output goes to `logFile`. */
export const startPinned = (core: number, argv: readonly string[], logFile: string): PinnedProcess => {
  const log = fs.openSync(logFile, 'w')
  const startedNs = process.hrtime.bigint()
  const child = spawn('taskset', ['-c', String(core), ...argv], { stdio: ['ignore', log, log] })
  fs.closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error('taskset is missing (Debian: util-linux)')
  const exit = ended(child)
  running.add(child)
  void exit.then(() => running.delete(child))
  return {
    pid,
    startedNs,
    assertAlive: () => {
      if (child.exitCode === null && child.signalCode === null) return
      const tail = fs.readFileSync(logFile, 'utf8').slice(-2000)
      throw new Error(`${argv[0]} ended by itself (${child.exitCode ?? child.signalCode}):\n${tail}`)
    },
    stop: async (graceMs = 30_000) => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      const how = await exit
      clearTimeout(timer)
      return how
    },
  }
}
