import { parseArgs } from 'node:util'
import { realClock } from '../../lib/io/clock.ts'
import { runSample } from './workload.ts'

/** `node agent/sample/main.ts --dir DIR [--parent PID]`: writes until SIGTERM or SIGINT, or until the parent has gone. */
const { values } = parseArgs({ options: { dir: { type: 'string' }, parent: { type: 'string' } } })
if (!values.dir) throw new Error('--dir DIR is missing')

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

/** An orphan gets another parent, so its own child need not ask whether the number still means the same process. */
const parentAlive = (parent: number): boolean => {
  if (process.ppid === parent) return true
  if (bornOf === parent) return false
  try {
    process.kill(parent, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const bornOf = process.ppid
const parent = values.parent === undefined ? undefined : Number(values.parent)

await runSample({
  dir: values.dir,
  signal: stop.signal,
  clock: realClock,
  ...(parent === undefined ? {} : { parentAlive: () => parentAlive(parent) }),
})
