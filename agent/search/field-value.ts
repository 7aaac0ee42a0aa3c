import { valueExpression } from './pattern.ts'
import type { Comparison, FieldTest } from './query.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The short names of docs/search.md; any other name is the field's path in the document, as Kibana would have it. */
const paths: Readonly<Record<string, readonly string[]>> = {
  namespace: ['kubernetes.namespace'],
  pod: ['kubernetes.pod.name'],
  container: ['kubernetes.container.name'],
  node: ['kubernetes.node.name', 'host.name'],
  service: ['service.name'],
  image: ['container.image.name'],
  path: ['log.file.path'],
  file: ['log.file.path'],
  offset: ['log.offset'],
  flags: ['log.flags'],
  tag: ['kubernetes', 'tags'],
}

/** The paths that a name stands for. */
export const fieldPaths = (name: string): readonly string[] => {
  if (Object.hasOwn(paths, name)) return paths[name] as readonly string[]
  const nested = /^(labels|annotations)\.(.+)$/.exec(name)
  return nested ? [`kubernetes.${nested[1]}.${nested[2]}`, name] : [name]
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The values at a dotted path, arrays flattened. Keys may hold dots themselves (a JSON message), and a label's dots have
 * become underscores in the document (conventions of Elastic's integrations), so both spellings find it.
 */
const valuesAt = (value: unknown, path: string): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path))
  if (path === '') return value === undefined || value === null || isFields(value) ? [] : [value]
  if (!isFields(value)) return []
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const key = path.slice(0, end)
    if (Object.hasOwn(value, key)) return valuesAt(value[key], path.slice(end + 1))
  }
  const dedotted = path.replaceAll('.', '_')
  return dedotted !== path && Object.hasOwn(value, dedotted) ? valuesAt(value[dedotted], '') : []
}

const tagOf = (fields: Fields): readonly unknown[] => {
  const at = (path: string): unknown => valuesAt(fields, path)[0]
  const [namespace, container, pod] = ['kubernetes.namespace', 'kubernetes.container.name', 'kubernetes.pod.name'].map(
    at,
  )
  return namespace === undefined ? valuesAt(fields, 'tags') : [`kube.${namespace}.${container}.${pod}`]
}

/** Empty where the document has no such field. */
export const fieldValues = (fields: Fields, name: string): readonly unknown[] => {
  if (name === 'tag') return tagOf(fields)
  for (const path of fieldPaths(name)) {
    const values = valuesAt(fields, path)
    if (values.length > 0) return values
  }
  return []
}

const holds: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))

/** Numbers by value, anything else as text. */
const order = (left: string, right: string): number => {
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Judges the values of one field. */
export const createFieldJudge = (test: FieldTest): ((values: readonly unknown[]) => boolean) => {
  if (test.kind === 'exists') return (values) => values.length > 0
  if (test.kind === 'compare') {
    const judge = holds[test.operator]
    // A number is never compared with a text: "a" >= 500 is no order anybody means.
    const numeric = isNumber(test.value)
    return (values) =>
      values.some((value) => (!numeric || isNumber(String(value))) && judge(order(String(value), test.value)))
  }
  const expression = valueExpression(test.pattern)
  return (values) => values.some((value) => expression.test(String(value)))
}
