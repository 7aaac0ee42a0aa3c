import { parseListenAddress } from '../../lib/http/listen-address.ts'
import type { BucketLimits } from '../../lib/kube/token-bucket.ts'
import type { Level } from '../../lib/log/logger.ts'
import { durationHint, parseDuration } from '../../lib/words/duration.ts'
import { type AgentOptions, agentOptions } from './agent-options.ts'
import type { FlagName } from './flags.ts'
import { parseFlags, UsageError } from './parse-flags.ts'
import { type TaintOptions, taintOptions } from './taint-options.ts'

export interface LeaseOptions {
  readonly name: string
  /** undefined: that of the pod, or of the context. */
  readonly namespace: string | undefined
  readonly durationMs: number
  readonly renewDeadlineMs: number
  readonly retryMs: number
}

export interface ControllerOptions {
  readonly mode: 'guard' | 'primary'
  readonly takeoverAfterMs: number
  readonly namespace: string | undefined
  readonly selector: string
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  readonly leaderElect: boolean
  readonly lease: LeaseOptions
  /** undefined: another DaemonSet controller is not looked for. */
  readonly probeMs: number | undefined
  readonly agents: AgentOptions
  readonly startupTaint: TaintOptions
  readonly listen: string
  readonly metricsPerNode: boolean
  readonly limits: BucketLimits
  readonly workers: number
  readonly dryRun: boolean
  readonly logLevel: Level
}

export type Command =
  | { readonly kind: 'run'; readonly options: ControllerOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** The command line is not understood: print the message to the standard error, exit with 2. */
  | { readonly kind: 'usage'; readonly message: string }

type Texts = ReadonlyMap<FlagName, string>

const textOf = (texts: Texts, name: FlagName): string => texts.get(name) ?? ''
const orUndefined = (text: string): string | undefined => (text === '' ? undefined : text)
const isOn = (texts: Texts, name: FlagName): boolean => textOf(texts, name) === 'true'

const oneOf = <T extends string>(texts: Texts, name: FlagName, allowed: readonly T[]): T => {
  const text = textOf(texts, name)
  const found = allowed.find((one) => one === text)
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(' or ')}, not ${text}`)
  return found
}

const duration = (texts: Texts, name: FlagName, least: string, most: string): number => {
  const text = textOf(texts, name)
  const ms = parseDuration(text)
  if (ms === undefined) {
    const hint = durationHint(text)
    throw new UsageError(
      `--${name} is a time such as 30s, not ${text}${hint === undefined ? '' : `; did you mean ${hint}?`}`,
    )
  }
  if (ms < (parseDuration(least) ?? 0) || ms > (parseDuration(most) ?? 0))
    throw new UsageError(`--${name} is a time from ${least} to ${most}, not ${text}`)
  return ms
}

const wholeNumber = (texts: Texts, name: FlagName, most: number): number => {
  const text = textOf(texts, name)
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > most) throw new UsageError(`--${name} is a whole number from 1 to ${most}, not ${text}`)
  return number
}

/** DNS-1123, as the server checks it: said here, it is a sentence and not a watch that fails. */
const nameOf = (texts: Texts, name: FlagName): string | undefined => {
  const text = textOf(texts, name)
  if (text !== '' && !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text))
    throw new UsageError(`--${name} is the name of an object in the cluster, not ${text}`)
  return orUndefined(text)
}

const leaseOf = (texts: Texts): LeaseOptions => {
  const durationMs = duration(texts, 'lease-duration', '3s', '10m')
  const renewDeadlineMs = duration(texts, 'renew-deadline', '2s', '10m')
  const retryMs = duration(texts, 'retry-period', '500ms', '1m')
  if (durationMs <= renewDeadlineMs)
    throw new UsageError('--lease-duration must be longer than --renew-deadline: else two could lead at once')
  // client-go demands the same: a deadline within which no second try fits.
  if (renewDeadlineMs <= retryMs * 1.2)
    throw new UsageError('--renew-deadline must be longer than 1.2 × --retry-period')
  const name = nameOf(texts, 'lease-name')
  if (name === undefined) throw new UsageError('--lease-name must not be empty')
  return { name, namespace: nameOf(texts, 'lease-namespace'), durationMs, renewDeadlineMs, retryMs }
}

const listenOf = (texts: Texts): string => {
  const text = textOf(texts, 'listen')
  try {
    parseListenAddress(text)
    return text
  } catch (error) {
    throw new UsageError(`--listen: ${(error as Error).message}`)
  }
}

const optionsOf = (texts: Texts): ControllerOptions => ({
  mode: oneOf(texts, 'mode', ['guard', 'primary']),
  takeoverAfterMs: duration(texts, 'takeover-after', '5s', '1h'),
  namespace: nameOf(texts, 'namespace'),
  selector: textOf(texts, 'selector'),
  kubeconfig: orUndefined(textOf(texts, 'kubeconfig')),
  context: orUndefined(textOf(texts, 'context')),
  leaderElect: isOn(texts, 'leader-elect'),
  lease: leaseOf(texts),
  probeMs: textOf(texts, 'probe') === 'off' ? undefined : duration(texts, 'probe', '1s', '5m'),
  agents: agentOptions(texts),
  startupTaint: taintOptions(texts),
  listen: listenOf(texts),
  metricsPerNode: isOn(texts, 'metrics-per-node'),
  limits: {
    perSecond: wholeNumber(texts, 'kube-api-qps', 100_000),
    burst: wholeNumber(texts, 'kube-api-burst', 100_000),
  },
  workers: wholeNumber(texts, 'workers', 100),
  dryRun: isOn(texts, 'dry-run'),
  logLevel: oneOf(texts, 'log-level', ['debug', 'info', 'warn', 'error']),
})

/** `process.argv.slice(2)` → what is to be done. Never throws. */
export const parseCommand = (argv: readonly string[]): Command => {
  try {
    const texts = parseFlags(argv)
    if (isOn(texts, 'help')) return { kind: 'help' }
    if (isOn(texts, 'version')) return { kind: 'version' }
    return { kind: 'run', options: optionsOf(texts) }
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage', message: error.message }
    throw error
  }
}
