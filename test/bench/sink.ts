import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { OTHER_CORE, startPinned } from './pinned-process.ts'

export interface SinkCount {
  readonly docs: number
  readonly bulk: number
  readonly wire_bytes: number
  readonly body_bytes: number
  /** Bodies that could not be inflated. */
  readonly bad: number
  /** CLOCK_MONOTONIC ns. */
  readonly t_first: number
  readonly t_last: number
}

export interface Sink {
  readonly port: number
  count(): Promise<SinkCount>
  reset(): Promise<void>
  stop(): Promise<void>
}

/** `dumpFile`: every body is written there too, which costs time: never in a timed run. */
export const startSink = async (program: string, folder: string, dumpFile?: string): Promise<Sink> => {
  const port = await freePort()
  // Nobody gets items back (-i empty): who asks for them by default would pay for parsing what it throws away.
  const argv = [program, '-p', String(port), '-i', 'empty', ...(dumpFile ? ['-d', dumpFile] : [])]
  const running = startPinned(OTHER_CORE, argv, path.join(folder, 'sink.log'))
  const ask = (where: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${where}`, { method, headers: { connection: 'close' } })
  for (let tries = 0; ; tries++) {
    running.assertAlive()
    if (
      await ask('/__count').then(
        () => true,
        () => false,
      )
    )
      break
    if (tries > 100) throw new Error('the sink does not answer')
    await sleep(50)
  }
  return {
    port,
    count: async () => (await (await ask('/__count')).json()) as SinkCount,
    reset: async () => void (await (await ask('/__reset', 'POST')).text()),
    stop: async () => void (await running.stop(1000)),
  }
}
