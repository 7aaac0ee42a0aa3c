import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
}

interface Group {
  readonly name: string
  readonly rules: readonly Rule[]
}

export interface Expression {
  readonly name: string
  readonly expr: string
}

const { groups } = parse(readFileSync(join(import.meta.dirname, 'node-rules.yaml'), 'utf8')) as {
  readonly groups: readonly Group[]
}

/** What the usual dashboards, rules and alerts put to node metrics (node-rules.yaml says where they come from). */
export const EXPRESSIONS: readonly Expression[] = groups.flatMap(({ name, rules }) =>
  rules.map(({ record, alert, expr }) => ({ name: `${name}: ${record ?? alert}`, expr })),
)

/** The same expression put to another job. */
export const asked = (expr: string, job: string): string => expr.replaceAll('job="node"', `job="${job}"`)

/** The rules whose results others read, for one job. */
export const recordingRules = (job: string): object => ({
  groups: groups
    .filter(({ name }) => !name.includes('dashboards'))
    .map(({ name, rules }) => ({
      name: `${name}/${job}`,
      interval: '2s',
      rules: rules
        .filter(({ record }) => record !== undefined)
        .map(({ record, expr }) => ({ record, expr: asked(expr, job) })),
    }))
    .filter(({ rules }) => rules.length > 0),
})
