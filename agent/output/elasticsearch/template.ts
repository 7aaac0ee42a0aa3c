/**
 * The index template for log documents, and the decision whether it is needed. Elasticsearch 8 and 9 bring one for
 * `logs-*-*` (priority 100), integrations bring better ones (priority 200); OpenSearch brings none, and there a first
 * document would silently make a plain index of it.
 */

export type Product = 'elasticsearch' | 'opensearch'

/** One entry of `GET /_index_template`, as far as it matters. */
export interface KnownTemplate {
  readonly name: string
  readonly patterns: readonly string[]
  readonly priority: number
  readonly dataStream: boolean
  /** `_meta.picket`: the version of ours, where it is ours. */
  readonly ownVersion: number | undefined
}

export type TemplateDecision =
  | { readonly kind: 'install' }
  | { readonly kind: 'keep'; readonly name: string }
  /** A template matches, but it makes a plain index. */
  | { readonly kind: 'plain_index'; readonly name: string }

export const templateName = 'picket-logs'

/** Counted up whenever the template's content changes. */
export const templateVersion = 2

/** Below the built-in template and whatever an operator adds later. */
const fillingPriority = 90
/** Above the built-in `logs` and `metrics` (100), below Elastic's integrations (200). */
export const precedingPriority = 150

/** Elasticsearch's simple patterns: `*` is any run of characters, nothing else is special. */
export const matchesPattern = (pattern: string, name: string): boolean => {
  const parts = pattern.split('*')
  const first = parts[0]!
  const last = parts.at(-1)!
  if (parts.length === 1) return pattern === name
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let at = first.length
  const end = name.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** The template that the server would use for this name: of those that match, the one of highest priority. */
export const winningTemplate = (known: readonly KnownTemplate[], target: string): KnownTemplate | undefined =>
  known
    .filter((template) => template.patterns.some((pattern) => matchesPattern(pattern, target)))
    .reduce<KnownTemplate | undefined>(
      (best, next) => (best && best.priority >= next.priority ? best : next),
      undefined,
    )

export const decideTemplate = (
  known: readonly KnownTemplate[],
  target: string,
  manage: 'auto' | 'always',
): TemplateDecision => {
  const own = known.find((template) => template.name === templateName)
  const outdated = own?.ownVersion !== undefined && own.ownVersion < templateVersion
  const winner = winningTemplate(known, target)
  if (outdated || !winner || (manage === 'always' && !own)) return { kind: 'install' }
  return winner.dataStream ? { kind: 'keep', name: winner.name } : { kind: 'plain_index', name: winner.name }
}

/** `logs-*-*` for a stream that is named by the scheme, so that streams of other datasets (by annotation) are covered too. */
export const templatePatterns = (target: string): readonly string[] => {
  const [type, ...rest] = target.split('-')
  return rest.length === 2 ? [`${type}-*-*`] : [target]
}

const keyword = { type: 'keyword', ignore_above: 1024 }

const logFields = {
  properties: {
    level: keyword,
    offset: { type: 'long' },
    length: { type: 'long', index: false },
    // A list of byte ranges as text: read back by the audit from _source, never searched.
    spans: { type: 'keyword', index: false, doc_values: false },
    lost: { type: 'keyword', index: false, doc_values: false },
    skipped: { type: 'keyword', index: false, doc_values: false },
    flags: keyword,
    file: { properties: { path: keyword, fingerprint: keyword } },
  },
}

/** Names and values of labels belong to strangers: one field for all of them, so that they cannot exhaust the field limit. */
const labels = (product: Product) => ({ type: product === 'elasticsearch' ? 'flattened' : 'flat_object' })

const kubernetesFields = (product: Product) => ({
  properties: {
    labels: labels(product),
    annotations: labels(product),
    namespace_labels: labels(product),
    namespace_annotations: labels(product),
    node: { properties: { labels: labels(product) } },
  },
})

const mappings = (product: Product, messageType: string) => ({
  date_detection: false,
  dynamic_templates: [
    // One pattern: OpenSearch takes no list here.
    { addresses: { match_mapping_type: 'string', path_match: '*.ip', mapping: { type: 'ip' } } },
    { strings: { match_mapping_type: 'string', mapping: keyword } },
  ],
  properties: {
    // Nanoseconds keep the order of lines of one millisecond. OpenSearch Dashboards rounds such sort values (2^53), so it gets `date`.
    '@timestamp': { type: product === 'elasticsearch' ? 'date_nanos' : 'date' },
    message: { type: messageType },
    stream: keyword,
    log: logFields,
    kubernetes: kubernetesFields(product),
  },
})

const settings = (product: Product) => ({
  'index.codec': 'best_compression',
  'index.mapping.ignore_malformed': true,
  // The field limit then leaves the surplus unindexed instead of rejecting the document; OpenSearch has no such setting.
  ...(product === 'elasticsearch' && { 'index.mapping.total_fields.ignore_dynamic_beyond_limit': true }),
  'index.query.default_field': ['message'],
})

/** `messageType` is match_only_text (a third smaller, no scoring) or, where the server lacks it, text. */
export const logTemplate = (
  product: Product,
  target: string,
  manage: 'auto' | 'always',
  messageType: 'match_only_text' | 'text',
) => ({
  index_patterns: templatePatterns(target),
  data_stream: {},
  priority: manage === 'always' ? precedingPriority : fillingPriority,
  template: { settings: settings(product), mappings: mappings(product, messageType) },
  _meta: { description: 'Container logs, installed by picket', picket: templateVersion },
})
