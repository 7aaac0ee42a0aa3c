import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What the chart brings for Prometheus and Grafana, read as those read it. */
export const CHART = join(import.meta.dirname, '../../charts/picket')

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** Of one file of rules: `agents` or `controller`. */
export const alertsOf = (file: string): readonly Alert[] => {
  const { groups } = parse(readFileSync(join(CHART, 'rules', `${file}.yaml`), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

interface Target {
  readonly expr: string
  /** A table's or a number's: the present moment alone. */
  readonly instant: boolean
  readonly datasource: unknown
}
interface Panel {
  readonly id: number
  readonly title: string
  readonly targets?: readonly Target[]
}
interface Variable {
  readonly name: string
  readonly type: string
  readonly definition?: string
}
export interface Dashboard {
  readonly uid: string
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
}

export const dashboards: readonly Dashboard[] = ['agents', 'coverage'].map((name) =>
  JSON.parse(readFileSync(join(CHART, 'dashboards', `${name}.json`), 'utf8')),
)

export interface PanelQuery extends Target {
  /** `uid: title: expression`. */
  readonly name: string
}

export const panelQueries = ({ uid, panels }: Dashboard): readonly PanelQuery[] =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ ...target, name: `${uid}: ${title}: ${target.expr}` })),
  )

export interface VariableQuery {
  readonly name: string
  /** `label_values(selector, label)`. */
  readonly query: string
}

export const variableQueries = ({ uid, templating }: Dashboard): readonly VariableQuery[] =>
  templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, definition = '' }) => ({ name: `${uid}: $${name}`, query: definition }))
