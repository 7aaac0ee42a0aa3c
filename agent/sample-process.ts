import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface SampleProcess {
  stop(): Promise<void>
}

/**
 * The sample workload as a process of its own, started the way this one was. In a group of its own, so that a Ctrl-C at the
 * terminal reaches the agent first and the last lines are still read; it ends by itself when the agent is gone.
 */
export const startSample = (folder: string): SampleProcess => {
  const entry = process.argv[1] as string
  const args = [...process.execArgv, entry, 'sample', '--dir', folder, '--parent', String(process.pid)]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
  const ended = once(child, 'exit')
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
