import type { Clock } from '../../lib/io/clock.ts'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { createKubeClient } from '../../lib/kube/kube-client.ts'
import type { CompiledConfig, CompiledEnrich } from '../config/compile.ts'
import { createEnricher, type Enricher, type EnrichOptions, type EnrichStats } from '../enrich/enricher.ts'
import { pathOnlyFacts } from '../enrich/path-facts.ts'
import { CONTROLLER_LABELS, MACHINE_ANNOTATIONS } from '../enrich/select-keys.ts'
import type { AgentEvents, FactsProvider, TailedFile } from '../event.ts'

export interface FactsContext {
  readonly clock: Clock
  readonly filesystem: Filesystem
  readonly events: AgentEvents
  readonly statePath: string
}

export interface OpenFacts {
  readonly provider: FactsProvider
  run(signal: AbortSignal): Promise<void>
  /** undefined where no API server is asked. */
  readonly stats: (() => EnrichStats) | undefined
  /** A pod by its uid; undefined likewise. */
  readonly pod: Enricher['pod'] | undefined
}

/** More pods than kubelet's largest nodes run (500), and the gone ones beside them. */
const MAX_PODS = 2000
const SAVE_EVERY_MS = 30_000

const selection = (wanted: boolean): readonly string[] => (wanted ? ['*'] : [])

const enrichOptions = (
  enrich: Extract<CompiledEnrich, { kind: 'on' }>,
  node: string,
  statePath: string,
): EnrichOptions => ({
  node,
  labels: { include: selection(enrich.labels), exclude: CONTROLLER_LABELS },
  annotations: {
    include: selection(enrich.annotations),
    exclude: MACHINE_ANNOTATIONS,
  },
  namespaceLabels: selection(enrich.namespaceLabels),
  nodeLabels: selection(enrich.nodeLabels),
  podGraceMs: enrich.graceMs,
  goneGraceMs: enrich.goneGraceMs,
  maxPods: MAX_PODS,
  statePath,
  saveEveryMs: SAVE_EVERY_MS,
})

/** Made when they are asked for: a file's texts are made of them once. */
const pathProvider = (): FactsProvider => {
  const known = new WeakMap<TailedFile, ReturnType<FactsProvider['facts']>>()
  const learn = (file: TailedFile): ReturnType<FactsProvider['facts']> => {
    const result = {
      get facts() {
        return pathOnlyFacts(file)
      },
      ready: true,
      version: 0,
    }
    known.set(file, result)
    return result
  }
  return { facts: (file) => known.get(file) ?? learn(file) }
}

/** Pod facts from the API server where one is configured, from the path alone where none is. */
export const openFacts = (config: CompiledConfig, context: FactsContext): OpenFacts => {
  const { enrich } = config
  if (enrich.kind === 'off') return { provider: pathProvider(), run: async () => {}, stats: undefined, pod: undefined }
  const client = createKubeClient({
    server: enrich.apiServer,
    tokenFile: enrich.tokenFile,
    caFile: enrich.caFile,
    certFile: undefined,
    keyFile: undefined,
  })
  const { clock, filesystem, events, statePath } = context
  return createEnricher(enrichOptions(enrich, config.node.name, statePath), {
    client,
    clock,
    filesystem,
    events,
    random: Math.random,
  })
}
