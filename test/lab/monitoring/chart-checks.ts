import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parse } from 'yaml'
import { CHART } from '../../support/chart-monitoring.ts'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { operatorCrds } from './operator-crds.ts'
import { type KubeObject, kubectl, render } from './release.ts'

const KINDS = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule', 'Prometheus']
const DRY_RUN = ['create', '--dry-run=server', '--validate=strict', '-f', '-']

const ofOperator = (objects: readonly KubeObject[]): readonly KubeObject[] =>
  objects.filter(({ kind }) => KINDS.includes(kind))

const namesOf = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()

const monitored = (objects: readonly KubeObject[]): readonly KubeObject[] =>
  objects.filter(({ kind, metadata }) => KINDS.includes(kind) || metadata.name.includes('-dashboard-'))

const groupsIn = (file: string): readonly unknown[] =>
  parse(readFileSync(join(CHART, 'rules', file), 'utf8')).groups as readonly unknown[]

const EVERY_OPTION = [
  'podMonitor.labels.release=kps',
  'podMonitor.interval=15s',
  'podMonitor.scrapeTimeout=10s',
  'podMonitor.scheme=https',
  'podMonitor.tlsConfig.ca.secret.name=tls',
  'podMonitor.tlsConfig.ca.secret.key=ca.crt',
  'podMonitor.authorization.credentials.name=token',
  'podMonitor.authorization.credentials.key=token',
  'podMonitor.relabelings[0].targetLabel=cluster',
  'podMonitor.relabelings[0].replacement=lab',
  'podMonitor.metricRelabelings[0].sourceLabels={__name__}',
  'podMonitor.metricRelabelings[0].regex=node_softnet_.*',
  'podMonitor.metricRelabelings[0].action=drop',
  'serviceMonitor.interval=15s',
  'prometheusRule.alertLabels.team=platform',
  'prometheusRule.alerts.PicketLagging.threshold=900',
  'dashboards.annotations.grafana_folder=Picket',
].map((option) => `monitoring.${option}`)

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'there is no such alert': ['monitoring.prometheusRule.alerts.PicketLaging.threshold=900'],
  'this alert has none': ['monitoring.prometheusRule.alerts.PicketBytesLost.threshold=900'],
  'there are enabled, threshold': ['monitoring.prometheusRule.alerts.PicketLagging.treshold=900'],
}

const installCrds = async (cluster: Cluster): Promise<void> => {
  for (const file of operatorCrds()) await kubectl(cluster, ['create', '-f', file])
  await eventually('the kinds of the operator', async () => {
    const { body } = await cluster.call('GET', '/apis/monitoring.coreos.com/v1')
    const { resources = [] } = body as { resources?: readonly { readonly name: string }[] }
    return ['podmonitors', 'servicemonitors', 'prometheusrules'].every((kind) =>
      resources.some(({ name }) => name === kind),
    )
  })
}

interface RuleObject {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Record<string, unknown>[] }[] }
}

const rulesOf = (objects: readonly KubeObject[]): RuleObject =>
  objects.find(({ kind }) => kind === 'PrometheusRule') as unknown as RuleObject

/** What the chart renders for the operator and for Grafana. */
export const chartChecks = async (context: TestContext, cluster: Cluster): Promise<void> => {
  await installCrds(cluster)
  await context.test('nothing of the operator’s is made where it is not there, or not wanted', async () => {
    assert.deepEqual(namesOf(monitored(await render([]))), [])
    const off = ['podMonitor', 'serviceMonitor', 'prometheusRule', 'dashboards'].map(
      (key) => `monitoring.${key}.enabled=false`,
    )
    assert.deepEqual(namesOf(monitored(await render(KINDS, ...off))), [])
  })
  await context.test(
    'where the operator is there, each of its kinds is made, and the API server takes it',
    async () => {
      const objects = monitored(await render(KINDS))
      assert.deepEqual(namesOf(objects), [
        'ConfigMap picket-dashboard-agents',
        'ConfigMap picket-dashboard-coverage',
        'PodMonitor picket-agent',
        'PrometheusRule picket',
        'ServiceMonitor picket-controller',
      ])
      await kubectl(cluster, DRY_RUN, objects)
      await kubectl(cluster, DRY_RUN, monitored(await render(KINDS, ...EVERY_OPTION)))
    },
  )
  await context.test('without a controller nothing waits for one', async () =>
    assert.deepEqual(namesOf(ofOperator(await render(KINDS, 'controller.enabled=false'))), [
      'PodMonitor picket-agent',
      'PrometheusRule picket',
    ]),
  )
  await context.test('the operator’s schema would not take a field that does not exist', async () => {
    const [monitor] = (await render(KINDS)).filter(({ kind }) => kind === 'PodMonitor')
    await assert.rejects(kubectl(cluster, DRY_RUN, [{ ...monitor, spec: { selectors: {} } }]), /unknown field/)
  })
  await context.test('the rules are those of the files, word for word', async () =>
    assert.deepEqual(rulesOf(await render(KINDS)).spec.groups, [
      ...groupsIn('agents.yaml'),
      ...groupsIn('controller.yaml'),
    ]),
  )
  await context.test('single alerts are changed, or refused with the reason', async () => {
    const changed = await render(
      KINDS,
      'monitoring.prometheusRule.alerts.PicketLagging.threshold=900',
      'monitoring.prometheusRule.alerts.PicketLagging.severity=info',
      'monitoring.prometheusRule.alerts.PicketTakeovers.enabled=false',
      'monitoring.prometheusRule.runbookUrl=https://wiki/picket',
    )
    const rules = rulesOf(changed).spec.groups.flatMap((group) => group.rules)
    const { annotations, expr, labels } = rules.find(({ alert }) => alert === 'PicketLagging') ?? {}
    assert.deepEqual(
      { expr, labels, url: (annotations as Record<string, string>).runbook_url },
      { expr: 'picket_lag_seconds > 900', labels: { severity: 'info' }, url: 'https://wiki/picket#picketlagging' },
    )
    assert.deepEqual(
      rules.filter(({ alert }) => alert === 'PicketTakeovers'),
      [],
    )
    for (const [words, sets] of Object.entries(REFUSED)) await assert.rejects(render(KINDS, ...sets), new RegExp(words))
  })
}
