import { agentConfigSchema } from './agent-config-schema.ts'
import { readValues, type Value } from './value.ts'
import { type Json, resourcesSchema, valueTypes } from './value-types.ts'

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** `byDefault` stands in values.yaml; here it would only say it twice. */
const schemaOf = (value: Value): Json => {
  const { description, type, schema, byDefault, children } = value
  const about = description === '' ? {} : { description }
  if (children) return { ...about, ...blockOf(children) }
  // `enum: [auto, true, false]` is of two types.
  if (type === undefined) return { ...about, ...(schema.enum ? {} : { type: typeOf(byDefault) }), ...schema }
  const known = valueTypes[type]
  if (!known) throw new Error(`values.yaml: ${value.key} has the unknown @type ${type}`)
  return { ...about, ...known.schema, ...schema }
}

const blockOf = (values: readonly Value[]): Json => ({
  type: 'object',
  properties: Object.fromEntries(values.map((value) => [value.key, schemaOf(value)])),
  additionalProperties: false,
})

/** A schema that says something of a value deep below. */
const at = (path: string, schema: Json): Json =>
  path.split('.').reduceRight<Json>((inner, key) => ({ properties: { [key]: inner }, required: [key] }), schema)

const rule = (about: string, when: Json, then: readonly Json[]): Json => ({
  description: about,
  if: when,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { allOf: then },
})

const NONE = { enum: [0, '0%'] }

/** What holds between values. The templates say the same in sentences, for those who leave the schema out. */
const rules: readonly Json[] = [
  rule('Two agents of a node cannot have one port of it', at('agent.rollout.maxSurge', { not: NONE }), [
    at('agent.hostPort', { const: 0 }),
    at('agent.page.hostPort', { const: 0 }),
    at('agent.hostNetwork', { const: false }),
    at('agent.rollout.kind', { const: 'rolling' }),
  ]),
  rule('The page shows the logs to whoever reaches it', at('agent.page.listen', { const: 'pod' }), [
    at('agent.tokenSecret', { minLength: 1 }),
  ]),
  rule('A port of the node leads to one of the pod', at('agent.page.hostPort', { not: { const: 0 } }), [
    at('agent.page.listen', { const: 'pod' }),
  ]),
  rule('With OnDelete nobody but the controller replaces a pod', at('agent.rollout.kind', { const: 'picket' }), [
    at('controller.enabled', { const: true }),
  ]),
  rule('One way to Elasticsearch is enough', at('elasticsearch.cloudId', { minLength: 1 }), [
    at('elasticsearch.hosts', { maxItems: 0 }),
  ]),
]

/** charts/picket/values.schema.json. Draft 7 is the newest that every Helm 3 knows. */
export const valuesSchema = (): string => {
  const block = blockOf(readValues())
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'picket',
    ...block,
    // Helm gives it to every chart that is part of another.
    properties: { ...(block.properties as Json), global: { type: 'object' } },
    allOf: rules,
    definitions: { agentConfig: agentConfigSchema(), resources: resourcesSchema },
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
