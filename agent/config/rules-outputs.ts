import { parseDuration } from '../../lib/words/duration.ts'
import { isFields } from '../document/merge-fields.ts'
import { METRIC_SETS } from '../document/metric-sets.ts'
import { RESERVED, RESERVED_LOG, reservedStaticFields } from '../document/reserved-fields.ts'
import { parseCloudId } from './cloud-id.ts'
import { childPath } from './mistake.ts'
import type { Refuse } from './rules.ts'
import { checkPair } from './rules.ts'
import type { UserConfig } from './schema.ts'
import { parseSize } from './size.ts'
import { patternMistake, patternsMeet } from './tag-pattern.ts'

type UserOutput = NonNullable<UserConfig['outputs']>[string]
type UserElasticsearch = Extract<UserOutput, { kind: 'elasticsearch' }>

export const checkOutputs = (config: UserConfig, refuse: Refuse): void => {
  const tags = tagsOf(config)
  const files = new Map<string, string>()
  for (const [name, output] of Object.entries(config.outputs ?? {})) {
    if (!output) continue
    const path = `outputs.${name}`
    checkMatch(output, tags, path, refuse)
    checkBuffer(output, path, refuse)
    checkFields(output, path, refuse)
    if (output.kind === 'elasticsearch') checkElasticsearch(output, path, refuse)
    const file = fileOf(output, config.state_dir)
    if (file === undefined) continue
    if (files.has(file)) refuse(`${path}.path`, `writes to the same file as ${files.get(file)}`, { found: file })
    else files.set(file, path)
  }
  checkMetricsTaken(config, refuse)
}

const patternsOf = (match = '**'): string[] => match.split(/\s+/).filter((pattern) => pattern !== '')

/** `match: kube.**`, written before there was a source of metrics: nobody would look at the node, and nobody be told. */
const checkMetricsTaken = ({ sources, outputs }: UserConfig, refuse: Refuse): void => {
  const matches = Object.values(outputs ?? {}).map((output) => output?.match)
  // A match that is mistaken is told of as such.
  if (matches.length === 0 || matches.some((match) => match !== undefined && patternMistake(match))) return
  const patterns = matches.flatMap((match) => patternsOf(match))
  for (const [name, source] of Object.entries(sources ?? {})) {
    if (source?.kind !== 'metrics') continue
    const tags = (source.sets ?? METRIC_SETS).map((set) => `metrics.${set}`)
    if (tags.length === 0 || patterns.some((pattern) => tags.some((tag) => patternsMeet(pattern, tag)))) continue
    refuse(`sources.${name}`, 'no output takes it', { suggestion: "add metrics.** to an output's match" })
  }
}

const fileOf = (output: UserOutput, stateDir: string | undefined): string | undefined => {
  if (output.kind === 'local') return output.path ?? `${stateDir}/store.db`
  return output.kind === 'file' ? output.path : undefined
}

/** The tags that can occur, as patterns. A pod's name may hold dots. */
const tagsOf = (config: UserConfig): string[] =>
  Object.entries(config.sources ?? {}).flatMap(([name, source]) => {
    if (!source) return ['**']
    if (source.kind === 'metrics') return (source.sets ?? METRIC_SETS).map((set) => `metrics.${set}`)
    return source.kind === 'containers' ? ['kube.*.*.*.**'] : [source.tag ?? name]
  })

const checkMatch = (output: UserOutput, tags: readonly string[], path: string, refuse: Refuse): void => {
  if (output.match === undefined || tags.length === 0) return
  const wrong = patternMistake(output.match)
  if (wrong) refuse(`${path}.match`, wrong, { found: output.match })
  const patterns = wrong ? [] : patternsOf(output.match)
  for (const pattern of patterns) {
    if (tags.some((tag) => patternsMeet(pattern, tag))) continue
    const allowed = `patterns that meet ${tags.map((t) => (t === 'kube.*.*.*.**' ? 'kube.<namespace>.<container>.<pod>' : t)).join(', ')}`
    refuse(`${path}.match`, 'takes nothing: no source has such a tag', { found: pattern, allowed })
  }
}

const checkBuffer = ({ buffer }: UserOutput, path: string, refuse: Refuse): void => {
  const initialMs = parseDuration(buffer?.retry_initial_interval ?? '')
  const maxMs = parseDuration(buffer?.retry_max_interval ?? '')
  if (initialMs !== undefined && maxMs !== undefined && initialMs > maxMs) {
    refuse(
      `${path}.buffer.retry_max_interval`,
      `is less than retry_initial_interval (${buffer?.retry_initial_interval})`,
      {
        found: buffer?.retry_max_interval,
      } as const,
    )
  }
  const chunk = parseSize(buffer?.chunk_limit_size ?? '')
  const total = parseSize(buffer?.total_limit_size ?? '')
  if (chunk !== undefined && total !== undefined && chunk * 2 > total) {
    refuse(
      `${path}.buffer.total_limit_size`,
      `must hold two chunks at least (chunk_limit_size is ${buffer?.chunk_limit_size})`,
    )
  }
}

const FREE_FIELDS = `any but ${[...RESERVED, ...RESERVED_LOG.map((key) => `log.${key}`)].join(', ')}; log itself only as a block`

const checkFields = ({ fields }: UserOutput, path: string, refuse: Refuse): void => {
  for (const field of reservedStaticFields(fields ?? {})) {
    const written = writtenAs(fields ?? {}, field.split('.'))
    refuse(written.reduce(childPath, `${path}.fields`), 'is a field that the document is made of', {
      found: field,
      allowed: FREE_FIELDS,
      suggestion: `use another field, such as labels.${field.replace(/\W/g, '')}`,
    })
  }
}

/** The keys, as they are written, that lead to a field: `log.file.path: x` is met as `log.file`. */
const writtenAs = (fields: Readonly<Record<string, unknown>>, names: readonly string[]): string[] => {
  for (const [key, value] of Object.entries(fields)) {
    const parts = key.split('.').filter((part) => part !== '')
    if (parts.some((part, i) => i < names.length && part !== names[i])) continue
    const rest = names.slice(parts.length)
    if (rest.length === 0) return [key]
    if (isFields(value)) return [key, ...writtenAs(value, rest)]
  }
  return []
}

const checkWay = (output: UserElasticsearch, path: string, refuse: Refuse): void => {
  const { hosts, cloud_id: cloudId, proxy } = output
  if (hosts !== undefined && cloudId !== undefined) refuse(`${path}.cloud_id`, 'stands beside hosts; one is enough')
  const parsed = cloudId === undefined ? undefined : parseCloudId(cloudId)
  if (parsed?.kind === 'mistake') {
    const allowed = '<name>:<base64>, copied whole from the deployment’s page in Elastic Cloud'
    refuse(`${path}.cloud_id`, parsed.problem, { found: cloudId, allowed })
  }
  checkPair(output, 'proxy_username', 'proxy_password', path, refuse)
  for (const key of ['proxy_username', 'no_proxy'] as const)
    if (output[key] !== undefined && proxy === undefined) refuse(`${path}.${key}`, 'needs proxy beside it')
}

const checkElasticsearch = (output: UserElasticsearch, path: string, refuse: Refuse): void => {
  checkWay(output, path, refuse)
  const ways = (['api_key', 'username', 'bearer_token'] as const).filter((way) => output[way] !== undefined)
  for (const way of ways.slice(1))
    refuse(`${path}.${way}`, `stands beside ${ways[0]}; one way to log in is enough`, { secret: true })
  checkPair(output, 'username', 'password', path, refuse)
  checkPair(output, 'cert_file', 'key_file', path, refuse)
  if (output.key_passphrase !== undefined && output.key_file === undefined)
    refuse(`${path}.key_passphrase`, 'needs key_file beside it', { secret: true })
  if (output.index !== undefined && output.data_stream !== undefined) {
    refuse(`${path}.index`, 'stands beside data_stream; records go to one or the other')
  }
  if (output.index !== undefined && output.require_data_stream === true) {
    refuse(`${path}.require_data_stream`, 'is true, but index names a plain index')
  }
}
