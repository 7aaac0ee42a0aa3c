import type { MetricDocument, MetricItem } from '../event.ts'
import { expandDots, type Fields, mergeFields } from './merge-fields.ts'
import { RESERVED } from './reserved-fields.ts'

/** What one output says of the documents of metrics. */
export interface MetricLineOptions {
  readonly namespace: string
  /** A plain index (or alias) that takes every document, instead of data streams. */
  readonly plainIndex: string | undefined
  /** Fields of every document, nested or dotted, as for logs. */
  readonly staticFields: Readonly<Fields>
}

/** What all documents of one look have in common. */
export interface LookFields {
  /** ISO 8601; the same for all, so that a time series has one point a look. */
  readonly time: string
  readonly periodMs: number
  /** host, agent, ecs, orchestrator. */
  readonly fields: Readonly<Fields>
}

/** Fields that are fractions: a first value of 0 or 1 must not make a whole number of them where no template says what they are. */
const FRACTIONS = new Set(['pct', '1', '5', '15', 'await', 'per_sec', 'avg_size', 'busy', 'usage'])

const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

const withPoint = (key: string, value: unknown): unknown =>
  typeof value === 'number' && Number.isSafeInteger(value) && FRACTIONS.has(key) ? rawJSON(`${value}.0`) : value

/** Without `_id`: a time series has none, its dimensions and its time stamp are what it is. */
export const metricItem = (
  { set, fields }: MetricDocument,
  look: LookFields,
  options: MetricLineOptions,
): MetricItem => {
  const dataset = `system.${set}`
  const own = {
    '@timestamp': look.time,
    ...(options.plainIndex === undefined && {
      data_stream: { type: 'metrics', dataset, namespace: options.namespace },
    }),
    event: { dataset, module: 'system' },
    metricset: { name: set, period: look.periodMs },
  }
  const fixed = expandDots(options.staticFields)
  for (const key of RESERVED) delete fixed[key]
  const document = mergeFields(mergeFields(mergeFields(own, look.fields), fields), fixed)
  const json = JSON.stringify(document, withPoint)
  const { namespace, plainIndex } = options
  if (plainIndex !== undefined) return { stream: plainIndex, lines: `{"create":{}}\n${json}\n` }
  const stream = `metrics-${dataset}-${namespace}`
  return { stream, lines: `{"create":{"_index":"${stream}"}}\n${json}\n` }
}
