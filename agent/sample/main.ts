import { runSampleCommand } from './command.ts'

/** `node agent/sample/main.ts --dir DIR [--parent PID]`: the sample workload on its own, until SIGTERM or SIGINT. */
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
await runSampleCommand(process.argv.slice(2), stop.signal)
