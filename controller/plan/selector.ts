import type { Labels, Selector, SelectorRequirement } from '../cluster.ts'

/** The empty selector selects everything; upstream does nothing at all for a DaemonSet that has it. */
export const isEmptySelector = ({ matchLabels, matchExpressions }: Selector): boolean =>
  matchExpressions.length === 0 && Object.keys(matchLabels).length === 0

/** Not what every object inherits: `constructor` is a good name for a label. */
export const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

const satisfies = ({ key, operator, values }: SelectorRequirement, labels: Labels): boolean => {
  const value = labelOf(labels, key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      // Taken for "matches nothing", it would have every pod released.
      throw new Error(`The selector has the unknown operator ${operator}.`)
  }
}

/** meta/v1 LabelSelectorAsSelector. */
export const selects = ({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean => {
  for (const key in matchLabels) if (labelOf(labels, key) !== matchLabels[key]) return false
  return matchExpressions.every((requirement) => satisfies(requirement, labels))
}
