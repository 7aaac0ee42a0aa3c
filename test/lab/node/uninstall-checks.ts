import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { picketPods } from './agents.ts'
import type { NodeLab } from './lab.ts'
import { helm, kubectl } from './release.ts'

const KINDS =
  'daemonsets,deployments,pods,configmaps,secrets,services,serviceaccounts,roles,rolebindings,leases,jobs,poddisruptionbudgets,networkpolicies'
const CLUSTER_KINDS = 'clusterroles,clusterrolebindings,priorityclasses'
/** What every namespace has. */
const THE_CLUSTERS = ['configmap/kube-root-ca.crt', 'serviceaccount/default']

const named = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort()

/** Elasticsearch brings these two, which the lab's distribution lacks; without them it keeps Picket's, for its data streams have no other. */
const bringBuiltInTemplates = async ({ server }: NodeLab): Promise<void> => {
  for (const type of ['logs', 'metrics'])
    await server.ask('PUT', `/_index_template/${type}`, {
      index_patterns: [`${type}-*-*`],
      priority: 100,
      data_stream: {},
    })
}

/** What is left when the release is gone. */
export const uninstallChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  await context.test('helm uninstall leaves nothing but the nodes’ state folders, and says so', async (sub) => {
    await bringBuiltInTemplates(lab)
    const words = await helm(lab, 'uninstall', '--wait', '--timeout=120s')
    sub.diagnostic(words)
    await eventually('the end of its pods', async () => (await picketPods(lab, 'agent')).length === 0, 60_000)
    const left = await kubectl(lab, 'get', KINDS, '--output=name')
    assert.deepEqual(named(left), THE_CLUSTERS)
    const ofCluster = await lab.programs.kubectl('get', CLUSTER_KINDS, '--output=name')
    assert.deepEqual(
      named(ofCluster).filter((name) => name.includes('picket')),
      [],
    )
    const { index_templates: templates } = await lab.server.ask<{ index_templates: readonly { name: string }[] }>(
      'GET',
      '/_index_template',
    )
    assert.deepEqual(
      templates.filter(({ name }) => name.startsWith('picket-')),
      [],
    )
    for (const node of lab.nodes) assert.ok(readdirSync(node.path('/var/lib/picket')).includes('queue'))
    assert.match(words, /\/var\/lib\/picket/)
  })
}
