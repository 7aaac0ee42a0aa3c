import { METRIC_SETS } from '../document/metric-sets.ts'
import type { Environment } from './interpolate.ts'
import { isLoopback, parseListen } from './listen.ts'
import { type Mistake, type MistakeDetails, mistake, type Place } from './mistake.ts'
import { checkMetrics } from './rules-metrics.ts'
import { checkOutputs } from './rules-outputs.ts'
import type { UserConfig } from './schema.ts'

/** Notes a mistake at a path. */
export type Refuse = (path: string, problem: string, details?: MistakeDetails) => void

/**
 * What no option can say alone. Runs on configurations with mistakes too, so that all of them are told at once: anything may be
 * missing, and what is missing is not told again.
 */
export const checkRules = (
  config: unknown,
  placeOf: (path: string) => Place | undefined,
  environment: Environment,
  mistakes: Mistake[],
): void => {
  const partial = (config ?? {}) as UserConfig
  const refuse: Refuse = (path, problem, details) => mistakes.push(mistake(path, placeOf(path), problem, details))
  for (const rule of [
    checkPresence,
    checkMetricsSources,
    checkServer,
    checkEnrich(environment),
    checkMetrics,
    checkOutputs,
  ])
    rule(partial, refuse)
}

const checkPresence = (config: UserConfig, refuse: Refuse): void => {
  if (config.sources && Object.keys(config.sources).length === 0) {
    refuse('sources', 'there is no source: nothing would be read', {
      suggestion: 'sources: {containers: {kind: containers}}',
    })
  }
  if (config.outputs && Object.keys(config.outputs).length === 0) {
    refuse('outputs', 'there is no output: nothing would be delivered', {
      suggestion: 'outputs: {local: {kind: local}}',
    })
  }
}

/** Two sources of one set would each send the node's documents: doubled, and in a time series refused. */
const checkMetricsSources = ({ sources }: UserConfig, refuse: Refuse): void => {
  const taken = new Map<string, string>()
  for (const [name, source] of Object.entries(sources ?? {})) {
    if (source?.kind !== 'metrics') continue
    for (const set of source.sets ?? METRIC_SETS) {
      const other = taken.get(set)
      if (other !== undefined) refuse(`sources.${name}`, `has the set ${set}, which sources.${other} has already`)
      else taken.set(set, name)
    }
  }
}

const checkServer = ({ server }: UserConfig, refuse: Refuse): void => {
  if (server?.listen !== undefined && server.listen !== 'off' && !parseListen(server.listen)) {
    refuse('server.listen', 'is not an address', { allowed: 'host:port, [ipv6]:port, :port, off' })
  }
  if (server?.page !== undefined) checkPage(server.page, server.token !== undefined, refuse)
  if (server?.tls) checkPair(server.tls, 'cert_file', 'key_file', 'server.tls', refuse)
  if (server?.tls && !server.tls.cert_file && !server.tls.key_file) {
    refuse('server.tls', 'names no certificate', { allowed: 'cert_file and key_file' })
  }
}

/** Whoever reaches the page reads the logs. */
const checkPage = (page: string, guarded: boolean, refuse: Refuse): void => {
  if (page === 'off') return
  const address = parseListen(page)
  if (!address) refuse('server.page', 'is not an address', { allowed: 'host:port, [ipv6]:port, :port, off' })
  else if (!isLoopback(address.host) && !guarded)
    refuse('server.page', 'shows the logs to everybody who reaches it: beyond loopback it needs server.token', {
      suggestion: 'set server.token, or server.page: 127.0.0.1:9465',
    })
}

/** Two options that go together. */
export const checkPair = <K extends string>(
  block: { readonly [key in K]?: unknown },
  one: K,
  other: K,
  path: string,
  refuse: Refuse,
): void => {
  const [present, absent] = block[one] === undefined ? [other, one] : [one, other]
  if (block[present] !== undefined && block[absent] === undefined)
    refuse(`${path}.${present}`, `needs ${absent} beside it`)
}

const checkEnrich =
  (environment: Environment) =>
  ({ enrich }: UserConfig, refuse: Refuse): void => {
    const on = enrich?.kubernetes === 'on' || enrich?.kubernetes === true
    if (!on || enrich?.api_server !== undefined || environment.KUBERNETES_SERVICE_HOST) return
    refuse('enrich.kubernetes', 'is on, but there is no API server: this is not a cluster and api_server is not set', {
      suggestion: 'set enrich.api_server, or use auto',
    })
  }
