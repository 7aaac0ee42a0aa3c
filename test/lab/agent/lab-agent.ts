import type { TestContext } from 'node:test'
import { type AgentProcess, startAgent, writeConfig } from '../../support/agent-process.ts'
import { eventually } from '../../support/eventually.ts'

export type LogLine = Readonly<Record<string, unknown>> & { readonly kind: string }

export interface LabAgentOptions {
  readonly folder: string
  readonly config: string
  /** Where `server.listen` of the configuration is. */
  readonly port: number
  /** The program instead of bin/picket.mjs: a bundle. */
  readonly program?: string | undefined
}

/** An agent that can be ended and started again on the same folder. */
export interface LabAgent {
  /** Resolves once it is ready. */
  start(): Promise<void>
  /** SIGTERM, and exit code 0; or SIGKILL. */
  stop(): Promise<number | string>
  kill(): Promise<void>
  /** Everything that it has written so far, over all its lives. */
  log(): readonly LogLine[]
  /** Sum of a metric over its labels; those that name it in `labels` only. 0 where it has no series. */
  metric(name: string, labels?: string): Promise<number>
  readyz(): Promise<{ readonly status: number; readonly body: unknown }>
  /** Answers of /readyz other than 200, asked for ten times a second while the agent was running and had been ready. */
  readonly unready: readonly string[]
}

const parsed = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)

const sumOf = (exposition: string, name: string, labels: string): number =>
  exposition
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)

const PROBE_EVERY_MS = 100
/** Characters of the agent's log that a failed test shows. */
const LOG_SHOWN = 10_000

export const labAgent = (context: TestContext, { folder, config, port, program }: LabAgentOptions): LabAgent => {
  const path = writeConfig(folder, config)
  const earlier: string[] = []
  const unready: string[] = []
  let running: AgentProcess | undefined
  let probes: NodeJS.Timeout | undefined

  const get = async (route: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${route}`, { signal: AbortSignal.timeout(10_000) })
    return { status: response.status, text: await response.text() }
  }
  const probe = async (agent: AgentProcess): Promise<void> => {
    const seen = await get('/readyz').catch((error: Error) => ({ status: 0, text: error.message }))
    if (seen.status !== 200 && running === agent) unready.push(`${seen.status} ${seen.text}`)
  }
  const end = async (signal: NodeJS.Signals): Promise<number | string> => {
    const agent = running
    if (!agent) return 'was not running'
    clearInterval(probes)
    running = undefined
    const code = await agent.stop(signal)
    earlier.push(agent.output())
    return code
  }
  context.after(async () => {
    await end('SIGKILL')
    if (!context.passed) context.diagnostic(`the agent's log: ${earlier.join('').slice(-LOG_SHOWN)}`)
  })

  return {
    unready,
    start: async () => {
      const agent = startAgent(['--config', path], folder, {}, program)
      running = agent
      await eventually(`the agent is ready; it says: ${agent.output()}`, async () => {
        if (agent.child.exitCode !== null) throw new Error(`it ended with ${agent.child.exitCode}: ${agent.output()}`)
        return (await get('/readyz')).status === 200
      })
      probes = setInterval(() => void probe(agent), PROBE_EVERY_MS)
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    log: () => [...earlier, running?.output() ?? ''].flatMap(parsed),
    metric: async (name, labels = '') => sumOf((await get('/metrics')).text, name, labels),
    readyz: async () => {
      const { status, text } = await get('/readyz')
      return { status, body: JSON.parse(text) }
    },
  }
}

/** Waits until the agent has said that an output is held, with a reason like this. */
export const heldFor = (agent: LabAgent, reason: RegExp): Promise<boolean> =>
  eventually(`held for ${reason}`, () =>
    agent.log().some((line) => line.kind === 'output_held' && reason.test(String(line.reason))),
  )
