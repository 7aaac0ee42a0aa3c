import { parseArgs } from 'node:util'
import { realClock } from '../../lib/io/clock.ts'
import { runSample } from './workload.ts'

const bornOf = process.ppid

/** An orphan gets another parent, so its own child need not ask whether the number still means the same process. */
const isAlive = (parent: number): boolean => {
  if (process.ppid === parent) return true
  if (bornOf === parent) return false
  try {
    process.kill(parent, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const readArgs = (argv: readonly string[]): { dir: string; parent: number | undefined } => {
  const options = { dir: { type: 'string' }, parent: { type: 'string' } } as const
  const { values } = parseArgs({ args: [...argv], options })
  if (!values.dir) throw new TypeError('--dir DIR is missing')
  const parent = values.parent === undefined ? undefined : Number(values.parent)
  if (parent !== undefined && !(Number.isInteger(parent) && parent > 0))
    throw new TypeError(`--parent is a process id, not ${values.parent}`)
  return { dir: values.dir, parent }
}

/** `sample --dir DIR [--parent PID]`: writes until the signal is aborted or the parent has gone. Throws a TypeError on wrong arguments. */
export const runSampleCommand = async (argv: readonly string[], signal: AbortSignal): Promise<void> => {
  const { dir, parent } = readArgs(argv)
  const watched = parent === undefined ? {} : { parentAlive: () => isAlive(parent) }
  await runSample({ dir, signal, clock: realClock, ...watched })
}
