import type { OptionName } from './commands.ts'
import { UsageError } from './usage-error.ts'

export interface ElasticsearchCommand {
  readonly kind: 'elasticsearch'
  readonly action: 'setup' | 'remove'
  readonly config: string
  /** As Elasticsearch writes times; undefined: what is there stays. */
  readonly retention: string | undefined
  readonly dryRun: boolean
}

/** `words`: what follows the command; `last`: the value of an option. Throws UsageError. */
export const elasticsearchCommand = (
  words: readonly string[],
  last: (name: OptionName) => string | undefined,
): ElasticsearchCommand => {
  const [action = 'nothing', more] = words
  if (action !== 'setup' && action !== 'remove')
    throw new UsageError(`elasticsearch is followed by setup or remove, not ${action}`)
  if (more !== undefined) throw new UsageError(`elasticsearch ${action} takes no arguments, found ${more}`)
  const [config, retention] = [last('config'), last('retention')]
  if (config === undefined) throw new UsageError(`elasticsearch ${action} needs --config FILE`)
  if (retention !== undefined && action === 'remove')
    throw new UsageError('--retention is not an option of elasticsearch remove')
  if (retention !== undefined && !/^[1-9]\d{0,4}[dh]$/.test(retention))
    throw new UsageError(`--retention is a number of days or hours, such as 30d or 12h, not ${retention}`)
  return { kind: 'elasticsearch', action, config, retention, dryRun: last('dry-run') !== undefined }
}
