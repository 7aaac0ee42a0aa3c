import type { TaintSettings } from '../taint/settings.ts'
import { isTaintKey } from '../taint/startup-taint-key.ts'
import type { FlagName } from './flags.ts'
import { UsageError } from './parse-flags.ts'

export interface TaintOptions extends TaintSettings {
  /** DaemonSets that nodes wait for, as namespace/name; none: taints are left alone. */
  readonly daemonSets: readonly string[]
}

/** An agent's own restart, or its rollout, is shorter. */
const BACK_AFTER_MS = 60_000

const DAEMON_SET = /^[a-z0-9][-a-z0-9]{0,62}\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

const namesOf = (text: string): readonly string[] => {
  const names = text.split(',').filter((name) => name !== '')
  const wrong = names.find((name) => !DAEMON_SET.test(name))
  if (wrong !== undefined)
    throw new UsageError(`--startup-taint-for names DaemonSets as namespace/name, separated by commas, not ${wrong}`)
  return names
}

export const taintOptions = (texts: ReadonlyMap<FlagName, string>): TaintOptions => {
  const mode = texts.get('startup-taint') ?? ''
  if (mode !== 'bootstrap' && mode !== 'continuous')
    throw new UsageError(`--startup-taint is bootstrap or continuous, not ${mode}`)
  const key = texts.get('startup-taint-key') ?? ''
  if (!isTaintKey(key)) throw new UsageError(`--startup-taint-key is the key of a taint, not ${key}`)
  return { daemonSets: namesOf(texts.get('startup-taint-for') ?? ''), mode, key, backAfterMs: BACK_AFTER_MS }
}
