import { AddressInUse, type Server } from '../lib/http/listener.ts'
import type { Clock } from '../lib/io/clock.ts'
import { realFilesystem } from '../lib/io/filesystem.ts'
import type { Logger } from '../lib/log/logger.ts'
import type { CompiledConfig } from './config/compile.ts'
import type { AgentEvents } from './event.ts'
import type { Readiness } from './server/health.ts'
import { describeHolder, type Holder } from './state/holder.ts'
import { openStateFolder, type StateFolder } from './state/state-folder.ts'

export interface TakeNodeDeps {
  readonly config: CompiledConfig
  readonly self: { readonly namespace: string; readonly pod: string } | undefined
  readonly stop: AbortSignal
  readonly logger: Logger
  readonly clock: Clock
  readonly events: AgentEvents
  readonly health: Readiness
  readonly server: Server
}

/** While the other agent is there, its port may be free at any time (a pod's own network has it at once). */
const RETRY_MS = 500
/** An agent that was killed loses its lock and its socket one after the other, in whichever order the system closes them. */
const LAST_TRY_MS = 2000
const LAST_RETRY_MS = 50

interface Binder {
  /** true: it listens. false: another process has the port. Anything else throws. */
  bind(): Promise<boolean>
  readonly bound: boolean
}

const binderOf = (server: Server): Binder => {
  let bound = false
  const bind = async (): Promise<boolean> => {
    if (bound) return true
    try {
      await server.start()
      bound = true
    } catch (error) {
      if (!(error instanceof AddressInUse)) throw error
    }
    return bound
  }
  return {
    bind,
    get bound() {
      return bound
    },
  }
}

/** Ends with the signal, or as soon as it listens. A fault other than a taken port is left for the last try to tell. */
const bindMeanwhile = async ({ bind }: Binder, clock: Clock, signal: AbortSignal): Promise<void> => {
  const failed = (): boolean => true
  while (!signal.aborted && !(await bind().catch(failed))) await clock.sleep(RETRY_MS, signal)
}

/** With the folder ours: whoever still has the port is no agent that we could wait for. */
const bindAtLast = async ({ bind }: Binder, { server, clock }: TakeNodeDeps): Promise<void> => {
  const endMs = clock.monotonic() + LAST_TRY_MS
  while (!(await bind())) {
    if (clock.monotonic() >= endMs) return server.start()
    await clock.sleep(LAST_RETRY_MS)
  }
}

/** Waits for the folder; health is served while it lasts, as soon as the port allows it. */
const takeStateFolder = async (deps: TakeNodeDeps, binder: Binder): Promise<StateFolder> => {
  const { config, self, stop, logger, clock, events, health } = deps
  const holder = { pid: process.pid, host: config.node.name, pod: self && `${self.namespace}/${self.pod}` }
  const binding = new AbortController()
  let meanwhile: Promise<void> | undefined
  const onWaiting = (other: Holder | undefined, waitedMs: number): void => {
    const words = `waits for ${describeHolder(other)} to leave ${config.stateDir}`
    const port = binder.bound ? {} : { server_listen: `${config.server.listen} is taken; tried again` }
    health.waiting('state folder', words)
    logger.log('warn', 'state_folder_held', words, { waited_ms: Math.round(waitedMs), ...port })
    meanwhile ??= bindMeanwhile(binder, clock, binding.signal)
  }
  try {
    const deps = { filesystem: realFilesystem, clock, events, onWaiting }
    return await openStateFolder({ path: config.stateDir, self: holder }, deps, stop)
  } finally {
    binding.abort()
    await meanwhile
  }
}

/**
 * Takes what a node has one of: the address of the metrics and the state folder. Where another agent has the folder it waits for the
 * hand-over; a port that is taken is a reason to wait only then, else to say so and end. undefined: stopped while waiting.
 */
export const takeNode = async (deps: TakeNodeDeps): Promise<StateFolder | undefined> => {
  const binder = binderOf(deps.server)
  await binder.bind()
  let state: StateFolder | undefined
  try {
    state = await takeStateFolder(deps, binder)
    await bindAtLast(binder, deps)
    deps.health.ready('state folder')
    return state
  } catch (error) {
    state?.close()
    if (deps.stop.aborted) return undefined
    throw error
  }
}
