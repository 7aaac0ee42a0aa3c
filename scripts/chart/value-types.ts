import { DURATION_PATTERN } from '../../lib/words/duration.ts'

export type Json = Readonly<Record<string, unknown>>

/** A kind of value that `@type` names in values.yaml: its schema, and the word for it in docs/chart.md. */
interface ValueType {
  readonly schema: Json
  readonly words: string
}

const text = { type: 'string' }
const texts = { type: 'object', additionalProperties: text }
/** What selects pods is the chart's own, or an upgrade would be refused. */
const addedLabels = {
  ...texts,
  patternProperties: {
    '^(app\\.kubernetes\\.io/(name|instance|component|version|managed-by)|helm\\.sh/chart|picket\\.dev/node-class)$': false,
  },
}
const object = { type: 'object' }
const whole = (minimum: number, maximum: number): Json => ({ type: 'integer', minimum, maximum })
const closed = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...(required.length > 0 && { required }),
})
const list = (items: Json): Json => ({ type: 'array', items })

/** k8s.io/apimachinery, resource.Quantity; a bare number is one too. */
const quantity = {
  anyOf: [
    { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$' },
    { type: 'number', minimum: 0 },
  ],
}
const quantities = { type: 'object', additionalProperties: quantity }

const percent = { type: 'string', pattern: '^[0-9]{1,3}%$' }
const count = { type: 'integer', minimum: 0 }

const probe = (failures: number): Json =>
  closed({
    initialDelaySeconds: whole(0, 3600),
    periodSeconds: whole(1, 3600),
    timeoutSeconds: whole(1, 3600),
    successThreshold: whole(1, 1),
    failureThreshold: whole(failures, 10_000),
  })

const toleration = closed({
  key: text,
  operator: { enum: ['Exists', 'Equal'] },
  value: text,
  effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  tolerationSeconds: { type: 'integer' },
})

const requirement = {
  ...closed(
    {
      key: text,
      operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
      values: { type: 'array', items: text, minItems: 1 },
    },
    ['key', 'operator'],
  ),
  if: { properties: { operator: { enum: ['In', 'NotIn'] } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['values'] },
}

const selector = closed({ matchLabels: texts, matchExpressions: list(requirement) })

/** `-agent-<name>` must fit a Service's or pod's name. */
const nodeClass = closed(
  {
    name: {
      type: 'string',
      pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
      maxLength: 20,
      not: { const: 'default' },
      description: 'Part of the DaemonSet’s name. A new name is a new DaemonSet.',
    },
    selector: {
      ...selector,
      anyOf: [
        { properties: { matchLabels: { minProperties: 1 } }, required: ['matchLabels'] },
        { properties: { matchExpressions: { minItems: 1 } }, required: ['matchExpressions'] },
      ],
      description: 'Which nodes: all of these must hold.',
    },
    resources: { $ref: '#/definitions/resources', description: 'Instead of agent.resources.' },
    config: { $ref: '#/definitions/agentConfig', description: 'Merged over config.' },
    retired: { type: 'boolean', description: 'No node is of this class any more; its agents go, its DaemonSet stays.' },
  },
  ['name', 'selector'],
)

export const valueTypes: Readonly<Record<string, ValueType>> = {
  labels: { schema: texts, words: 'labels' },
  addedLabels: { schema: addedLabels, words: 'labels' },
  annotations: { schema: texts, words: 'annotations' },
  localReferences: { schema: list(closed({ name: text }, ['name'])), words: 'list of `{name}`' },
  agentConfig: { schema: { $ref: '#/definitions/agentConfig' }, words: '[configuration](configuration.md)' },
  absolutePath: { schema: { type: 'string', pattern: '^/[A-Za-z0-9._/-]+$' }, words: 'path' },
  port: { schema: whole(1, 65_535), words: 'port' },
  portOrNone: { schema: whole(0, 65_535), words: 'port or 0' },
  resources: { schema: { $ref: '#/definitions/resources' }, words: 'requests and limits' },
  anyObject: { schema: object, words: 'object' },
  objects: { schema: list(object), words: 'list of objects' },
  tolerations: { schema: list(toleration), words: 'list of tolerations' },
  affinity: {
    schema: closed({ nodeAffinity: object, podAffinity: object, podAntiAffinity: object }),
    words: 'affinity',
  },
  intOrPercent: { schema: { anyOf: [count, percent] }, words: 'number or percentage' },
  intOrPercentOrNone: { schema: { anyOf: [count, percent, { const: '' }] }, words: 'number, percentage or empty' },
  probe: { schema: probe(1), words: 'seconds and threshold' },
  livenessProbe: { schema: probe(3), words: 'seconds and threshold (3 at least)' },
  duration: { schema: { type: 'string', pattern: DURATION_PATTERN }, words: 'duration' },
  nodeClasses: { schema: list(nodeClass), words: 'list of `{name, selector, resources, config, retired}`' },
}

export const resourcesSchema = closed({ requests: quantities, limits: quantities, claims: list(object) })
