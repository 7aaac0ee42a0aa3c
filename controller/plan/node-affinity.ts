import type { Json, Node } from '../cluster.ts'
import { isObject, listAt, objectAt, textAt, textsAt } from './json-fields.ts'
import { labelOf } from './selector.ts'
import { wholeNumber } from './tolerations.ts'

/** `undefined` as a value: the node has no such label. */
type Accepts = (value: string | undefined) => boolean

interface Requirement {
  readonly key: string
  readonly accepts: Accepts
}

interface Term {
  readonly labels: readonly Requirement[]
  readonly fields: readonly Requirement[]
}

export interface NodeAffinity {
  /** Any of them must hold. One that cannot hold (it is empty, or not understood) is not in here. */
  readonly terms: readonly Term[]
  /** For people. */
  readonly text: string
}

const comparing = (operator: string, values: readonly string[]): Accepts | undefined => {
  const limit = values.length === 1 ? wholeNumber(values[0] as string) : undefined
  if (limit === undefined) return undefined
  return (value) => {
    const number = value === undefined ? undefined : wholeNumber(value)
    return number !== undefined && (operator === 'Gt' ? number > limit : number < limit)
  }
}

/** apimachinery labels.NewRequirement and Requirement.Matches; undefined: it is no valid requirement. */
const compileLabel = (operator: string, values: readonly string[]): Accepts | undefined => {
  const listed = new Set(values)
  switch (operator) {
    case 'In':
      return listed.size === 0 ? undefined : (value) => value !== undefined && listed.has(value)
    case 'NotIn':
      return listed.size === 0 ? undefined : (value) => value === undefined || !listed.has(value)
    case 'Exists':
      return listed.size === 0 ? (value) => value !== undefined : undefined
    case 'DoesNotExist':
      return listed.size === 0 ? (value) => value === undefined : undefined
    case 'Gt':
    case 'Lt':
      return comparing(operator, values)
    default:
      return undefined
  }
}

/** component-helpers nodeSelectorRequirementsAsFieldSelector: only In and NotIn, of one value. */
const compileField = (operator: string, values: readonly string[]): Accepts | undefined =>
  values.length === 1 && (operator === 'In' || operator === 'NotIn') ? compileLabel(operator, values) : undefined

const compileAll = (
  requirements: readonly Json[],
  compile: (operator: string, values: readonly string[]) => Accepts | undefined,
): Requirement[] | undefined => {
  const compiled: Requirement[] = []
  for (const requirement of requirements) {
    const accepts = compile(textAt(requirement, 'operator'), textsAt(requirement, 'values'))
    if (!accepts) return undefined
    compiled.push({ key: textAt(requirement, 'key'), accepts })
  }
  return compiled
}

/** An empty term matches nothing; neither does one with a mistake, but its neighbours still may. */
const compileTerm = (term: Json): Term[] => {
  const labels = compileAll(listAt(term, 'matchExpressions'), compileLabel)
  const fields = compileAll(listAt(term, 'matchFields'), compileField)
  return labels && fields && labels.length + fields.length > 0 ? [{ labels, fields }] : []
}

const requirementText = (requirement: Json): string => {
  const [key, operator, values] = [
    textAt(requirement, 'key'),
    textAt(requirement, 'operator'),
    textsAt(requirement, 'values'),
  ]
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} [${values.join(', ')}]`
}

const termText = (term: Json): string => {
  const requirements = [...listAt(term, 'matchExpressions'), ...listAt(term, 'matchFields')]
  return requirements.length === 0 ? '(an empty term)' : requirements.map(requirementText).join(' and ')
}

/** Of a pod spec; undefined: none is required. Semantics of component-helpers/scheduling/corev1/nodeaffinity. */
export const requiredNodeAffinity = (podSpec: Json): NodeAffinity | undefined => {
  const nodeAffinity = objectAt(podSpec, 'affinity', 'nodeAffinity')
  const required = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
  if (!isObject(required)) return undefined
  const terms = listAt(required, 'nodeSelectorTerms')
  return { terms: terms.flatMap(compileTerm), text: terms.map(termText).join(' or ') }
}

const fits = ({ labels, fields }: Term, node: Node): boolean =>
  labels.every(({ key, accepts }) => accepts(labelOf(node.labels, key))) &&
  fields.every(({ key, accepts }) => accepts(key === 'metadata.name' ? node.name : ''))

export const fitsNodeAffinity = (affinity: NodeAffinity, node: Node): boolean =>
  affinity.terms.some((term) => fits(term, node))
