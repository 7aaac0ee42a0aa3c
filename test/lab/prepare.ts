import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Suite } from './suite.ts'

/** The downloads and builds of these suites, in this process. */
export const prepareHere = (suites: readonly Suite[]): void => {
  for (const suite of suites) suite.prepare?.()
}

const LOWEST_PRIORITY = 19

/**
 * A session of its own is a scheduling group of its own, to which half of the machine is due whatever the priorities in it are
 * (sched(7), "The autogroup feature"): the group's own nice value is what counts then.
 */
const yieldToTests = (pid: number): void => {
  try {
    setPriority(pid, LOWEST_PRIORITY)
    writeFileSync(`/proc/${pid}/autogroup`, String(LOWEST_PRIORITY))
  } catch {
    // A courtesy: it has ended already, the kernel has no such groups, or it lets them be changed ten times a second only.
  }
}

const prepareBeside = async (suite: Suite, started: (child: ChildProcess) => void): Promise<void> => {
  if (!suite.prepare) return
  const args = [join(import.meta.dirname, 'main.ts'), '--prepare', suite.name]
  // A group of its own: with it go Maven and the compilers that it starts.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  started(child)
  yieldToTests(child.pid as number)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`preparing ${suite.name} ended with ${code}; its output is above`)
}

/**
 * Prepares one suite after the other while earlier ones run, in processes beside this one, so that the tests' event loop stays
 * free. Returns how to wait for one of them; a failure is that suite's own.
 */
export const prepareAhead = (suites: readonly Suite[]): ((suite: Suite) => Promise<void>) => {
  let running: ChildProcess | undefined
  process.once('exit', () => {
    if (running?.pid && running.exitCode === null && running.signalCode === null) process.kill(-running.pid, 'SIGKILL')
  })
  const prepared = new Map<Suite, Promise<void>>()
  let before: Promise<void> = Promise.resolve()
  for (const suite of suites) {
    const done = before.then(() => prepareBeside(suite, (child) => (running = child)))
    before = done.catch(() => undefined)
    prepared.set(suite, done)
  }
  return (suite) => prepared.get(suite) ?? Promise.resolve()
}
