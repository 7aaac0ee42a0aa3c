import fs from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Rule } from '../support/documented-rights.ts'

export interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: readonly Rule[]
}

/** What the lab's suite `chart` found the chart to make of a set of values: test/golden/chart. */
export const rendered = (name: string): readonly Rendered[] =>
  parseAllDocuments(fs.readFileSync(new URL(`../golden/chart/${name}.yaml`, import.meta.url), 'utf8'))
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null)

/** One line for each verb on each resource, so that it does not matter how they are put together. */
export const linesOf = (rules: readonly Rule[] = []): string[] => {
  const lines = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${group}/${one} ${verb}`))),
  )
  return [...new Set(lines)].sort()
}
