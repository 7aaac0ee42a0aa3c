import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from './eventually.ts'

/** Faults that strace puts into the system calls of a running process, until they are ended. */
export interface SystemCallFaults {
  /** How many calls it has spoilt so far. */
  spoilt(): number
  end(): Promise<void>
}

/** Why no faults can be made here; undefined: they can. */
export const noFaultsBecause = (): string | undefined => {
  const { error, status, stderr } = spawnSync('strace', ['-e', 'inject=getppid:error=EIO', 'true'], {
    encoding: 'utf8',
  })
  if (error) return 'there is no strace'
  return status === 0 ? undefined : `strace may not trace (${stderr.trim()})`
}

/**
 * `inject` as in strace(1), for instance 'fsync:error=EIO'; `paths`: only calls on these files, named exactly. All threads of
 * the process are traced, from now on.
 */
export const injectFaults = async (
  pid: number,
  inject: string,
  paths: readonly string[] = [],
): Promise<SystemCallFaults> => {
  const filter = paths.flatMap((path) => ['-P', path])
  const calls = inject.slice(0, inject.indexOf(':'))
  const argv = ['-f', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${inject}`, ...filter]
  const strace = spawn('strace', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  strace.stderr.on('data', (part: Buffer) => {
    text += part
  })
  const ended = once(strace, 'exit')
  await eventually('strace is attached', () => text.includes(`Process ${pid} attached`))
  return {
    spoilt: () => text.split('(INJECTED)').length - 1,
    end: async () => {
      strace.kill('SIGINT') // It detaches, and the process goes on.
      await ended
    },
  }
}
