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

/** A line that was marked when it was written, and how long it took from there until its whole body had come. */
export interface Mark {
  readonly pod: number
  readonly sequence: number
  readonly delayMs: number
}

export interface Sink {
  readonly port: number
  count(): Promise<SinkCount>
  /** Every marked line that has come since the reset, in the order of arrival. */
  marks(): Promise<Mark[]>
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface SinkOptions {
  /** Every body is written there too, which costs time: never in a timed run. */
  readonly dumpFile?: string
  /** What marked lines begin with; the bodies are searched for it. */
  readonly marker?: string
}

const parseMarks = (text: string): Mark[] =>
  [...text.matchAll(/^(\d+) (\d+) (-?\d+)$/gm)].map(([, pod, sequence, delayUs]) => ({
    pod: Number(pod),
    sequence: Number(sequence),
    delayMs: Number(delayUs) / 1000,
  }))

export const startSink = async (program: string, folder: string, options: SinkOptions = {}): Promise<Sink> => {
  const port = await freePort()
  // Nobody gets items back (-i empty): who asks for them by default would pay for parsing what it throws away.
  const { dumpFile, marker } = options
  const extra = [...(dumpFile ? ['-d', dumpFile] : []), ...(marker ? ['-m', marker] : [])]
  const argv = [program, '-p', String(port), '-i', 'empty', ...extra]
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
    marks: async () => parseMarks(await (await ask('/__marks')).text()),
    reset: async () => void (await (await ask('/__reset', 'POST')).text()),
    stop: async () => void (await running.stop(1000)),
  }
}
