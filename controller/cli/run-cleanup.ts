import { KubeError } from '../../lib/kube/kube-error.ts'
import { harmless } from '../../lib/terminal/harmless.ts'
import { cleanUp, STAYS } from '../cleanup/clean-up.ts'
import type { CleanupDeps } from '../cleanup/settings.ts'
import type { CleanupCommand } from './cleanup-args.ts'
import { failureText } from './failure-text.ts'

export interface RunCleanupDeps extends Omit<CleanupDeps, 'client' | 'done' | 'left'> {
  /** Throws a sentence where there is no configuration to be found. */
  readonly connect: () => {
    readonly client: CleanupDeps['client']
    readonly namespace: string
    readonly close: () => void
  }
  readonly print: (text: string) => void
  readonly say: (text: string) => void
}

export const CLEANUP_CODES = { clean: 0, left: 1, usage: 2, unreachable: 3 } as const

const run = async (command: CleanupCommand, { connect, print, say, ...deps }: RunCleanupDeps): Promise<number> => {
  const { client, namespace, close } = connect()
  const { taintKey, waitMs, dryRun } = command
  const lease = { name: command.leaseName, namespace: command.leaseNamespace ?? namespace }
  let things = 0
  const done = (line: string): void => {
    things += 1
    print(`${harmless(line)}\n`)
  }
  const left = (line: string): void => say(`picket-controller: ${harmless(line)}\n`)
  try {
    const clean = await cleanUp({ taintKey, lease, waitMs, dryRun }, { ...deps, client, done, left })
    if (clean && things === 0) print('nothing to do\n')
    if (clean) print(STAYS.map((line) => `${line}\n`).join(''))
    return clean ? CLEANUP_CODES.clean : CLEANUP_CODES.left
  } finally {
    close()
  }
}

/** `picket-controller cleanup`. The exit code. */
export const runCleanup = async (command: CleanupCommand, deps: RunCleanupDeps): Promise<number> => {
  try {
    return await run(command, deps)
  } catch (error) {
    if (deps.stop.aborted) return CLEANUP_CODES.left
    const hint =
      error instanceof KubeError && error.status === 403
        ? '; docs/controller.md lists the rights that cleanup needs'
        : ''
    deps.say(`picket-controller: ${harmless(failureText(error))}${hint}\n`)
    return CLEANUP_CODES.unreachable
  }
}
