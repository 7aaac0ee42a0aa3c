import path from 'node:path'
import type { Clock } from '../../lib/io/clock.ts'
import { type ContainerLog, openContainerLog } from './container-log.ts'
import { criRecord, criTime } from './cri-record.ts'
import { type SampleContainer, sampleContainers } from './pods.ts'
import { createRandom, type Random } from './random.ts'

export interface SampleOptions {
  /** `pods` and `containers` are made below it. */
  readonly dir: string
  /** Ends the sample, after the record that is being written. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Asked every second; false ends the sample. A workload must not outlive the agent that it was started for. */
  readonly parentAlive?: () => boolean
  /** Multiplies the rates; 1 is some 30 messages a second. */
  readonly speed?: number
  readonly rotateBytes?: number
  readonly keep?: number
  readonly containers?: readonly SampleContainer[]
}

const tickMs = 50
const parentEveryMs = 1000
/** After the machine was suspended nobody wants the lines of the time between. */
const longestTickMs = 1000
/** How long a crashed container is down; kubelet begins with 10 s and doubles up to five minutes. */
const restartAfterMs = 8000

interface Running {
  readonly container: SampleContainer
  readonly log: ContainerLog
  readonly random: Random
  /** Messages that are due. */
  due: number
  /** Down until then. */
  downUntilMs: number | undefined
}

const writeMessage = (running: Running, nowMs: number): void => {
  const { container, log, random } = running
  const message = container.message(random, nowMs)
  let nanos = random.below(900_000)
  for (const text of message.lines) {
    const record = criRecord({ time: criTime(nowMs, nanos), stream: message.stream, text })
    log.append(record, nowMs)
    nanos += 1 + random.below(3000)
  }
  if (message.crash) running.downUntilMs = nowMs + restartAfterMs
}

const advance = (running: Running, nowMs: number, elapsedMs: number, options: SampleOptions): void => {
  if (running.downUntilMs !== undefined) {
    if (nowMs < running.downUntilMs) return
    running.downUntilMs = undefined
    running.log.restart()
  }
  // Between none and twice as many as the rate says: real programs do not tick.
  const share = running.random.below(2000) / 1000
  running.due += (elapsedMs / 1000) * running.container.rate * (options.speed ?? 1) * share
  for (; running.due >= 1; running.due--) {
    if (options.signal.aborted || running.downUntilMs !== undefined) return
    writeMessage(running, nowMs)
  }
}

const begin = (options: SampleOptions): Running[] => {
  const dir = path.resolve(options.dir)
  const limits = { dir, rotateBytes: options.rotateBytes ?? 64 * 1024, keep: options.keep ?? 5 }
  return (options.containers ?? sampleContainers).map((container) => ({
    container,
    log: openContainerLog(container, limits),
    // The names seed the texts' kind, the time their course: a second start must not say the same again.
    random: createRandom(`${container.namespace}/${container.pod}/${container.container}/${options.clock.now()}`),
    due: 0,
    downUntilMs: undefined,
  }))
}

/**
 * A workload made of real log files: what a node's kubelet and container runtime leave below /var/log, for several pods.
 * Resolves when the signal is aborted or the parent is gone. Started again on the same folder, it goes on there.
 */
export const runSample = async (options: SampleOptions): Promise<void> => {
  const { clock, signal } = options
  const all = begin(options)
  try {
    let then = clock.monotonic()
    let parentSeen = then
    while (!signal.aborted) {
      const now = clock.monotonic()
      if (now - parentSeen >= parentEveryMs) {
        if (options.parentAlive?.() === false) return
        parentSeen = now
      }
      for (const running of all) advance(running, clock.now(), Math.min(now - then, longestTickMs), options)
      then = now
      await clock.sleep(tickMs, signal)
    }
  } finally {
    for (const { log } of all) log.close()
  }
}
