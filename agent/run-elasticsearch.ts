import type { Clock } from '../lib/io/clock.ts'
import { harmless } from '../lib/terminal/harmless.ts'
import type { ElasticsearchCommand } from './cli/elasticsearch-args.ts'
import type { CompiledConfig, ElasticsearchOutput } from './config/compile.ts'
import { METRIC_SETS } from './document/metric-sets.ts'
import { compileMatch } from './feed/match.ts'
import { type ManageDeps, setUp, takeAway } from './output/elasticsearch/manage.ts'
import type { Deed } from './output/elasticsearch/retention.ts'
import { elasticsearchOptions, requestIndex } from './pipeline/open-output.ts'

export interface ElasticsearchWorld {
  readonly print: (text: string) => void
  readonly say: (text: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Which of the node's metrics an output is sent. */
const setsOf = (config: CompiledConfig, output: ElasticsearchOutput): readonly string[] => {
  const wants = compileMatch(output.match)
  return METRIC_SETS.filter((set) =>
    config.metricsSources.some(({ sets }) => sets.includes(set) && wants(`metrics.${set}`)),
  )
}

const isForMetricsAlone = ({ match }: ElasticsearchOutput): boolean =>
  match.split(/\s+/).every((pattern) => pattern.startsWith('metrics.'))

const streamsOf = (output: ElasticsearchOutput, sets: readonly string[]): readonly string[] => {
  if (output.target.kind === 'index') return []
  const { namespace } = output.target
  const logs = isForMetricsAlone(output) ? [] : [requestIndex(output) as string]
  return [...logs, ...sets.map((set) => `metrics-system.${set}-${namespace}`)]
}

const deedsFor = (
  { action, retention }: ElasticsearchCommand,
  config: CompiledConfig,
  output: ElasticsearchOutput,
  deps: ManageDeps,
): Promise<readonly Deed[]> => {
  const options = elasticsearchOptions(output)
  if (action === 'remove') return takeAway(options, deps)
  const sets = setsOf(config, output)
  const { target } = output
  const metricsNamespace = sets.length > 0 && target.kind === 'data_stream' ? target.namespace : undefined
  const wanted = retention === undefined ? undefined : { text: retention, streams: streamsOf(output, sets) }
  return setUp({ ...options, metricsNamespace }, wanted, deps)
}

const STAYS = 'stays: the data streams, their documents and their retention'

/** `picket elasticsearch setup` and `remove`. Resolves to the exit code. */
export const runElasticsearch = async (
  command: ElasticsearchCommand,
  config: CompiledConfig,
  { print, say, clock, signal }: ElasticsearchWorld,
): Promise<number> => {
  const outputs = config.outputs.filter((output) => output.kind === 'elasticsearch')
  if (outputs.length === 0) {
    say('picket: the configuration has no output of kind elasticsearch')
    return 1
  }
  let failed = false
  for (const output of outputs) {
    const deeds = await deedsFor(command, config, output, { clock, signal, dryRun: command.dryRun })
    for (const { kind, words } of deeds) {
      const line = harmless(`${output.name}: ${words}`)
      if (kind === 'failed') say(`picket: ${line}`)
      else print(`${command.dryRun && kind === 'done' ? 'dry run: ' : ''}${line}\n`)
      failed ||= kind === 'failed'
    }
  }
  if (command.action === 'remove') print(`${STAYS}\n`)
  return failed ? 1 : 0
}
