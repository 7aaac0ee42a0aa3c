import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { parse } from 'yaml'
import { type MetricDefinition, SELF_METRICS } from '../../../agent/telemetry/self-metrics.ts'
import { type Alert, alertsOf, CHART, dashboards, panelQueries } from '../../support/chart-monitoring.ts'

const alerts = ['agents', 'controller'].flatMap(alertsOf)
const queries = dashboards.flatMap(panelQueries)

const controllerMetrics = globSync('controller/**/*.ts')
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'(picket_[a-z_]+)'/g)])
  .map((match) => match[1] as string)
const agentMetrics = Object.values<MetricDefinition>(SELF_METRICS).map(({ name }) => name)
const known = new Set([...agentMetrics, ...controllerMetrics])

/** What an expression names, a histogram's series by the histogram's name. */
const metricsIn = (expr: string): readonly string[] =>
  [...expr.matchAll(/\b(?:picket|process)_[a-z_]+\b/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))

test('every metric that an alert or a dashboard asks for exists', () => {
  const asked = [...alerts.map(({ expr }) => expr), ...queries.map(({ expr }) => expr)].flatMap(metricsIn)
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !known.has(name)),
    [],
  )
})

interface AlertTest {
  readonly name: string
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[]
}

test('every alert has cases in which it fires, and cases in which it does not', () => {
  const looks = globSync('test/lab/monitoring/*.test.yaml')
    .flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: readonly AlertTest[] }).tests)
    .flatMap((one) => one.alert_rule_test)
  const seen = (fires: boolean): readonly string[] =>
    looks.filter(({ exp_alerts: fired = [] }) => fired.length > 0 === fires).map(({ alertname }) => alertname)
  const names = alerts.map(({ alert }) => alert).sort()
  assert.deepEqual([...new Set(seen(true))].sort(), names)
  assert.deepEqual([...new Set(seen(false))].sort(), names)
})

const page = readFileSync('docs/monitoring.md', 'utf8')

test('docs/monitoring.md says of every alert what to do about it, and each alert leads to its section', () => {
  const sections = [...page.matchAll(/^### (Picket\w+)$/gm)].map((match) => match[1])
  assert.deepEqual(
    sections,
    alerts.map(({ alert }) => alert),
  )
  const astray = alerts.filter(
    ({ alert, annotations }) => !annotations.runbook_url?.endsWith(`/docs/monitoring.md#${alert.toLowerCase()}`),
  )
  assert.deepEqual(astray, [])
})

const isWhole = ({ labels, annotations }: Alert): boolean =>
  ['critical', 'warning'].includes(labels.severity ?? '') &&
  Object.keys(annotations).sort().join() === 'description,runbook_url,summary'

test('every alert has a severity, a summary, a description and where to read on', () =>
  assert.deepEqual(
    alerts.filter((alert) => !isWhole(alert)).map(({ alert }) => alert),
    [],
  ))

/** A counter appears with its first event: what increases from nothing is no increase. */
test('no alert misses the first event of a counter that is not there before it', () => {
  const missing = alerts
    .filter(({ expr }) => /\bincrease\((picket_\w+)/.test(expr) && !/ unless picket_\w+(\{[^}]*\})? offset /.test(expr))
    .map(({ alert }) => alert)
  assert.deepEqual(missing, [])
})

test('dashboards have their own uids, panels their own ids, and all ask the data source that the viewer has chosen', () => {
  assert.deepEqual(
    dashboards.map(({ uid }) => uid),
    ['picket-agents', 'picket-coverage'],
  )
  for (const { panels } of dashboards) assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const sources = new Set(queries.map(({ datasource }) => JSON.stringify(datasource)))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own way to name its variables
  assert.deepEqual([...sources], [JSON.stringify({ type: 'prometheus', uid: '${datasource}' })])
})

test('a dashboard fits into a ConfigMap that kubectl apply may have to remember in an annotation', () => {
  const tooLarge = globSync(`${CHART}/dashboards/*.json`).filter((file) => readFileSync(file).length > 200_000)
  assert.deepEqual(tooLarge, [])
})
