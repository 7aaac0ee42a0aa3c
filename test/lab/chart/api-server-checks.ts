import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { cases } from './cases.ts'
import { type Helm, type KubeObject, named, objectsOf, podSpecOf } from './helm.ts'
import { collectionPath, monitoringDefinitions, operatorKinds } from './resource-paths.ts'

const APPLY = 'application/apply-patch+yaml'
const DRY = 'dryRun=All&fieldValidation=Strict&fieldManager=helm&force=true'

const namespace = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

const refusalOf = async (cluster: Cluster, object: KubeObject): Promise<string[]> => {
  const path = `${collectionPath(object)}/${encodeURIComponent(object.metadata.name)}?${DRY}`
  const { status, body } = await cluster.call('PATCH', path, object, APPLY)
  return status < 300 ? [] : [`${named(object)}: ${(body as { message?: string }).message ?? status}`]
}

/** A pod of its own, as the owner's controller would make it; whose priority it has is not the question. */
const podOf = (owner: KubeObject): KubeObject => {
  const { priorityClassName: _, ...spec } = podSpecOf(owner)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: owner.metadata.name, namespace: 'restricted' },
    spec: { restartPolicy: 'Always', ...spec },
  }
}

const runsPods = ({ kind }: KubeObject): boolean => ['Pod', 'Deployment', 'Job', 'DaemonSet'].includes(kind)

export const apiServerChecks = async (context: TestContext, helm: Helm, cluster: Cluster): Promise<void> => {
  for (const name of ['picket', 'logging']) await cluster.ask('POST', '/api/v1/namespaces', namespace(name))
  const restricted = namespace('restricted', { 'pod-security.kubernetes.io/enforce': 'restricted' })
  await cluster.ask('POST', '/api/v1/namespaces', restricted)
  for (const definition of monitoringDefinitions)
    await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
  await eventually(
    'the operator’s kinds',
    async () => (await cluster.call('GET', '/apis/monitoring.coreos.com/v1/prometheusrules')).status === 200,
  )

  for (const { name, values } of cases)
    await context.test(`the API server takes every object of values ${name}, strictly`, async () => {
      const objects = objectsOf(helm.template({ files: [values], apiVersions: operatorKinds }))
      assert.ok(objects.length > 5)
      const refusals: string[] = []
      for (const object of objects) refusals.push(...(await refusalOf(cluster, object)))
      assert.deepEqual(refusals, [])
    })

  await context.test(
    'controller, hooks and test meet the Pod Security level restricted; agents need privileged',
    async () => {
      const files = [cases.find(({ name }) => name === 'elasticsearch')?.values ?? '']
      const owners = objectsOf(helm.template({ files, set: ['agent.tokenSecret=token'] })).filter(runsPods)
      const seen = new Map<string, string>()
      for (const owner of owners) {
        const [refusal = 'taken'] = await refusalOf(cluster, podOf(owner))
        seen.set(named(owner), /violates PodSecurity "\w+/.exec(refusal)?.[0] ?? refusal)
      }
      assert.deepEqual(Object.fromEntries(seen), {
        'DaemonSet lab-picket-agent': 'violates PodSecurity "restricted',
        'Deployment lab-picket-controller': 'taken',
        'Job lab-picket-cleanup': 'taken',
        'Job lab-picket-elasticsearch-remove': 'taken',
        'Job lab-picket-elasticsearch-setup': 'taken',
        'Pod lab-picket-test': 'taken',
      })
    },
  )
}
