import type { FlagName } from './flags.ts'

/** How agents' own metrics are read. */
export interface AgentOptions {
  readonly read: boolean
  readonly tokenFile: string | undefined
  readonly caFile: string | undefined
  /** Their certificates are checked. */
  readonly verify: boolean
}

export const agentOptions = (texts: ReadonlyMap<FlagName, string>): AgentOptions => ({
  read: texts.get('read-agents') === 'true',
  tokenFile: texts.get('agent-token-file') || undefined,
  caFile: texts.get('agent-ca-file') || undefined,
  verify: texts.get('agent-insecure') !== 'true',
})
