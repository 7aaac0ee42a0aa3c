import { rootSchema } from './schema.ts'
import type { SchemaNode } from './schema-node.ts'

type Json = Record<string, unknown>

/**
 * The schema for others: editors, and the chart's values.schema.json. What has a default is not required, and any single value
 * may be a reference to the environment.
 */
export const jsonSchema = (): Json => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...publish(rootSchema),
})

const publish = (schema: SchemaNode): Json => {
  if (schema.anyOf) return { ...describe(schema), anyOf: schema.anyOf.map(publish) }
  if (schema.properties) return publishBlock(schema, schema.properties)
  if (schema.patternProperties)
    return {
      ...describe(schema),
      type: 'object',
      ...publishNamed(schema.patternProperties),
      additionalProperties: false,
    }
  if (schema.type === 'array') return { ...own(schema), items: publish(schema.items ?? {}) }
  return schema.const === undefined ? orReference(own(schema)) : own(schema)
}

const describe = ({ title, description }: SchemaNode): Json => ({
  ...(title ? { title } : {}),
  ...(description ? { description } : {}),
})

/** Without the keywords that are ours alone: strict validators refuse what they do not know. */
const own = ({ unit: _, instead: __, least, most, patternText, defaultText, ...standard }: SchemaNode): Json => {
  const sentences = [standard.description]
  if (least !== undefined) sentences.push(`From ${least} to ${most}.`)
  if (patternText !== undefined) sentences.push(`Must be ${patternText}.`)
  if (defaultText !== undefined) sentences.push(`Default: ${defaultText}.`)
  return { ...standard, description: sentences.filter((s) => s !== undefined).join(' ') }
}

const publishBlock = (schema: SchemaNode, properties: Readonly<Record<string, SchemaNode>>): Json => {
  const needs = (schema.required ?? []).filter((key) => needed(properties[key] ?? {}))
  const required = needs.filter((key) => properties[key]?.instead === undefined)
  const either = needs.flatMap((key) => {
    const other = properties[key]?.instead
    return other === undefined ? [] : [{ anyOf: [{ required: [key] }, { required: [other] }] }]
  })
  return {
    ...own(schema),
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([key, option]) => [key, publish(option)])),
    required,
    ...(either.length > 0 && { allOf: either }),
    additionalProperties: false,
  }
}

const needed = (option: SchemaNode): boolean => option.default === undefined

const publishNamed = (patterns: Readonly<Record<string, SchemaNode>>): Json => ({
  patternProperties: Object.fromEntries(
    Object.entries(patterns).map(([pattern, values]) => [pattern, publish(values)]),
  ),
})

const REFERENCE = { type: 'string', pattern: '\\$\\{' }

const orReference = ({ description, default: standIn, ...rest }: Json): Json => {
  const about = { ...(description ? { description } : {}), ...(standIn === undefined ? {} : { default: standIn }) }
  const anyText = rest.type === 'string' && rest.pattern === undefined
  return rest.type === 'object' || anyText ? { ...about, ...rest } : { ...about, anyOf: [rest, REFERENCE] }
}
