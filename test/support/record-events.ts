import type { AgentEvents } from '../../agent/event.ts'

/** Every event as [name, ...arguments], in order. */
export interface RecordedEvents {
  readonly events: AgentEvents
  readonly log: readonly (readonly [string, ...unknown[]])[]
  of(name: keyof AgentEvents): readonly unknown[][]
}

export const recordEvents = (): RecordedEvents => {
  const log: [string, ...unknown[]][] = []
  const events = new Proxy({} as AgentEvents, {
    get:
      (_, name) =>
      (...args: unknown[]) => {
        log.push([String(name), ...args])
      },
  })
  return { events, log, of: (name) => log.filter(([n]) => n === name).map(([, ...args]) => args) }
}
