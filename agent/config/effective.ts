import { stringify } from 'yaml'
import type { CompiledConfig } from './compile.ts'
import { type Config, rootSchema } from './schema.ts'
import { kindOf, mapOf, type SchemaNode } from './schema-node.ts'

/** The configuration as the agent takes it, every default filled in, in YAML. Secrets are `***`. */
export const effectiveYaml = (config: Config, compiled: CompiledConfig): string =>
  stringify(effectiveConfig(config, compiled), { lineWidth: 0 })

/** The same as a plain object, in the order of the schema. */
export const effectiveConfig = (config: Config, compiled: CompiledConfig): unknown => {
  // Secrets say `***` of themselves when they are turned into JSON.
  const plain = JSON.parse(JSON.stringify(config)) as Config
  plain.node = { name: compiled.node.name, ...plain.node }
  for (const source of compiled.sources) {
    Object.assign(
      plain.sources[source.name] ?? {},
      { dataset: source.dataset },
      source.kind === 'files' ? { tag: source.tag } : {},
    )
  }
  for (const output of compiled.outputs) {
    if (output.kind === 'local') Object.assign(plain.outputs[output.name] ?? {}, { path: output.path })
  }
  return inOrder(rootSchema, plain)
}

const inOrder = (schema: SchemaNode, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const variant = schema.anyOf?.find((v) => kindOf(v) === (value as { kind?: string }).kind)
  if (variant) return inOrder(variant, value)
  const values = mapOf(schema)?.[1]
  if (values) return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, inOrder(values, v)]))
  if (!schema.properties) return value
  const written = value as Record<string, unknown>
  const keys = Object.keys(schema.properties).filter((key) => written[key] !== undefined)
  return Object.fromEntries(keys.map((key) => [key, inOrder(schema.properties?.[key] ?? {}, written[key])]))
}
