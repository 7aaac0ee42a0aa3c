import { jsonSchema } from '../../agent/config/json-schema.ts'
import { rootSchema } from '../../agent/config/schema.ts'
import type { SchemaNode } from '../../agent/config/schema-node.ts'
import type { Json } from './value-types.ts'

interface Block {
  readonly properties: Readonly<Record<string, Json>>
}

/** What the chart makes of other values, and where a second opinion would only break it. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  '': ['state_dir'],
  node: ['name'],
  server: ['listen', 'page', 'token'],
  metrics: ['procfs', 'sysfs', 'rootfs'],
}

const without = (block: Json, names: readonly string[]): Json => {
  const { properties } = block as unknown as Block
  const kept = Object.entries(properties).filter(([name]) => !names.includes(name))
  return { ...block, properties: Object.fromEntries(kept) }
}

/** Of the chart's own sources and outputs only what differs is said. */
const partial = ({ required: _, allOf: __, ...variant }: Json): Json => variant

const kindOf = (variant: Json): unknown => (variant as unknown as Block).properties.kind?.const

/**
 * One rule per kind instead of the agent's own `anyOf`, of which validators tell every branch that fails; and the names that the chart
 * gives need no kind.
 */
const named = (map: Json, own: Readonly<Record<string, string>>): Json => {
  const [[pattern, { anyOf }]] = Object.entries(map.patternProperties as Json) as [[string, { anyOf: Json[] }]]
  const variantOf = (kind: string): Json => anyOf.find((variant) => kindOf(variant) === kind) ?? {}
  return {
    description: map.description,
    type: 'object',
    propertyNames: { pattern },
    properties: Object.fromEntries(Object.entries(own).map(([name, kind]) => [name, partial(variantOf(kind))])),
    additionalProperties: {
      type: 'object',
      required: ['kind'],
      properties: { kind: { enum: anyOf.map(kindOf) } },
      allOf: anyOf.map((variant) => ({
        if: { properties: { kind: { const: kindOf(variant) } }, required: ['kind'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: variant,
      })),
    },
  }
}

/** Names of the options that hold one credential. Values of headers are secret too, but most of them are none: they stay free. */
const secretNames = (schema: SchemaNode): string[] => {
  const below = [...(schema.anyOf ?? []), ...Object.values(schema.patternProperties ?? {})]
  return Object.entries(schema.properties ?? {})
    .flatMap(([name, option]) => (option.unit === 'secret' ? [name] : secretNames(option)))
    .concat(below.flatMap(secretNames))
}

const REFERENCE = '^(file:/|.*\\$\\{)'

/** A credential that is written out would be in a ConfigMap, and in each pod's annotation, for everybody who may read those. */
const referred = (node: unknown, names: ReadonlySet<string>): unknown => {
  if (Array.isArray(node)) return node.map((one) => referred(one, names))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, referred(value, names)] as const)
  const isOption = ([name, value]: readonly [string, unknown]) => names.has(name) && typeof value === 'object'
  return Object.fromEntries(
    entries.map((entry) => (isOption(entry) ? [entry[0], { ...(entry[1] as Json), pattern: REFERENCE }] : entry)),
  )
}

/** The value `config`: the agent's configuration as far as it is the user's, nothing in it required. */
export const agentConfigSchema = (): Json => {
  const { $schema: _, required: __, title: ___, default: ____, ...open } = jsonSchema()
  const whole = referred(open, new Set(secretNames(rootSchema))) as Json
  const root = without(whole, OWN[''] ?? [])
  const { properties } = root as unknown as Block
  const kept = (name: string, block: Json): Json =>
    block.properties === undefined ? block : without(block, OWN[name] ?? [])
  return {
    ...root,
    properties: {
      ...Object.fromEntries(Object.entries(properties).map(([name, block]) => [name, kept(name, block)])),
      sources: named(properties.sources ?? {}, { containers: 'containers', node_metrics: 'metrics' }),
      outputs: named(properties.outputs ?? {}, { elasticsearch: 'elasticsearch', local: 'local' }),
    },
  }
}
