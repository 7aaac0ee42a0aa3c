import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { dashboards, panelQueries, variableQueries } from '../../support/chart-monitoring.ts'
import { eventually } from '../../support/eventually.ts'
import { NAMESPACE } from '../kubernetes-controller/under-test.ts'
import type { LabPrometheus } from './lab-prometheus.ts'

/** Panels that rightly show nothing here, each with its reason. */
const EMPTY: readonly RegExp[] = [
  // Only Elasticsearch itself has a failure store; the suite `agent-elasticsearch` fills it.
  /picket_failure_store_documents_total/,
]

/** What a viewer may have chosen: everything, and one of each. */
const CHOICES: readonly Readonly<Record<string, string>>[] = [
  { namespace: '.*', node: '.*', output: '.*', daemonset: '.*' },
  { namespace: NAMESPACE, node: 'node-0', output: '(away|drops|search)', daemonset: 'picket-agent' },
]

/** As Grafana puts them in; $__rate_interval is at least four scrapes. */
const expanded = (expr: string, chosen: Readonly<Record<string, string>>): string =>
  expr
    .replaceAll('$__rate_interval', '15s')
    .replaceAll(/\$(\w+)/g, (whole, name: string) => chosen[name] ?? `unknown variable ${whole}`)

const withoutData = async (prometheus: LabPrometheus, chosen: Readonly<Record<string, string>>) => {
  const empty: string[] = []
  for (const { name, expr, instant } of dashboards.flatMap(panelQueries)) {
    const result = await prometheus.query(expanded(expr, chosen), instant ? 'instant' : 'range')
    if (result.length === 0) empty.push(name)
  }
  return empty.filter((name) => !EMPTY.some((known) => known.test(name)))
}

const DEADLINE_MS = 90_000

export const dashboardChecks = async (context: TestContext, prometheus: LabPrometheus): Promise<void> => {
  for (const chosen of CHOICES)
    await context.test(`every query of every panel has an answer, for ${JSON.stringify(chosen)}`, async () => {
      await eventually(
        'no empty panel',
        async () => {
          assert.deepEqual(await withoutData(prometheus, chosen), [])
          return true
        },
        DEADLINE_MS,
      )
    })
  await context.test('every variable of a dashboard has something to choose from', async () => {
    for (const { name, query } of dashboards.flatMap(variableQueries)) {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? []
      const values = await prometheus.labelValues(expanded(selector, CHOICES[0] ?? {}), label)
      assert.ok(values.length > 0, `${name}: ${query}`)
    }
  })
}
