import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { ALLOCATOR, FLAGS } from '../../bin/node-settings.mjs'
import { freePort } from '../bench/free-port.ts'

/** The agent under test: the bundle, started as bin/picket.mjs starts it. */
export interface Agent {
  readonly port: number
  readonly state: 'down' | 'up'
  /** When it was last seen to have become ready; undefined while it is not. */
  readonly readySinceMs: number | undefined
  /** Sums over all its lives of what its metrics said last. */
  total(metric: string): number
  /** What it says now; undefined where it does not answer. */
  now(metric: string): number | undefined
  readonly memory: readonly MemorySample[]
  start(): void
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | string>
  /** Kills it at once. */
  abandon(): void
}

export interface MemorySample {
  readonly atMs: number
  readonly pid: number
  readonly residentMb: number
  readonly anonymousMb: number
}

export interface AgentOptions {
  readonly config: string
  readonly logFile: string
  /** It ended by itself. */
  readonly onDeath: (how: number | string) => void
}

const BUNDLE = join(import.meta.dirname, '../../dist/picket.mjs')
const LOOK_MS = 1_000
const RESTART_MS = 1_000

const megabytesOf = (status: string, key: string): number =>
  (Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6

/** Samples by name, labels summed up. */
const readMetrics = (text: string): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const [, name, value] of text.matchAll(/^([a-z_]+)(?:\{[^}]*\})? (\S+)$/gm))
    sums.set(name!, (sums.get(name!) ?? 0) + Number(value))
  return sums
}

export const createAgent = async (options: AgentOptions): Promise<Agent> => {
  const port = await freePort()
  const memory: MemorySample[] = []
  const totals = new Map<string, number>()
  let current = new Map<string, number>()
  let child: ChildProcess | undefined
  let readySinceMs: number | undefined
  /** What the schedule wants; an agent that ends by itself is started again, as kubelet does. */
  let wanted = false

  const fold = (): void => {
    for (const [name, value] of current) totals.set(name, (totals.get(name) ?? 0) + value)
    current = new Map()
  }
  const get = (where: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${where}`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2_000) })

  const sampleMemory = (pid: number): void => {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1')
    const residentMb = megabytesOf(status, 'VmRSS')
    if (residentMb > 0) memory.push({ atMs: Date.now(), pid, residentMb, anonymousMb: megabytesOf(status, 'RssAnon') })
  }
  const look = async (): Promise<void> => {
    const mine = child
    if (!mine?.pid) return
    try {
      sampleMemory(mine.pid)
      const text = await (await get('/metrics')).text()
      if (child !== mine) return
      current = readMetrics(text)
      if (readySinceMs === undefined && (await get('/readyz')).ok) readySinceMs = Date.now()
    } catch {
      // It starts, or it has just ended.
    }
  }
  setInterval(() => void look(), LOOK_MS).unref()

  const launch = (): void => {
    const log = fs.openSync(options.logFile, 'a')
    const mine = spawn(process.execPath, [...FLAGS, BUNDLE, '--config', options.config], {
      env: { ...ALLOCATOR, ...process.env },
      stdio: ['ignore', log, log],
    })
    fs.closeSync(log)
    child = mine
    mine.once('exit', (code, signal) => {
      child = undefined
      readySinceMs = undefined
      fold()
      if (!wanted) return
      options.onDeath(code ?? signal ?? 'nothing')
      setTimeout(() => wanted && !child && launch(), RESTART_MS)
    })
  }

  return {
    port,
    get state() {
      return child ? 'up' : 'down'
    },
    get readySinceMs() {
      return readySinceMs
    },
    total: (metric) => (totals.get(metric) ?? 0) + (current.get(metric) ?? 0),
    now: (metric) => current.get(metric),
    memory,
    start: () => {
      wanted = true
      if (!child) launch()
    },
    end: async (signal) => {
      wanted = false
      if (!child) return 'was down'
      const ended = once(child, 'exit')
      child.kill(signal)
      const [code, by] = await ended
      return (code ?? by) as number | string
    },
    abandon: () => {
      wanted = false
      child?.kill('SIGKILL')
    },
  }
}
