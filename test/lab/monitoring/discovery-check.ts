import assert from 'node:assert/strict'
import fs from 'node:fs'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { NAMESPACE } from '../kubernetes-controller/under-test.ts'
import { discoveryFile, type LabPrometheus } from './lab-prometheus.ts'
import { discovered, type Pod } from './pod-discovery.ts'

type Labels = Readonly<Record<string, string | undefined>>

const byPod = (a: Labels, b: Labels): number => ((a.pod ?? '') < (b.pod ?? '') ? -1 : 1)

/** Whole and at once, for Prometheus reads it whenever it changes. */
const writeTargets = (cluster: Cluster, pods: readonly Pod[]): void => {
  const file = discoveryFile(cluster)
  fs.writeFileSync(`${file}.new`, JSON.stringify(pods.flatMap(discovered)))
  fs.renameSync(`${file}.new`, file)
}

/** Three agents, one for each node with room, and two controllers. */
const PODS = 5

export const discoveryCheck = (context: TestContext, cluster: Cluster, prometheus: LabPrometheus): Promise<void> =>
  context.test('the job of docs/monitoring.md finds the chart’s pods, once each, with their node', async () => {
    const pods = await eventually('agents and controllers with an address', async () => {
      const { items } = await cluster.ask<{ items: readonly Pod[] }>('GET', `/api/v1/namespaces/${NAMESPACE}/pods`)
      return items.filter(({ status }) => status.podIP !== undefined).length === PODS ? items : undefined
    })
    writeTargets(cluster, pods)
    const wanted = pods
      .filter(({ status }) => status.podIP !== undefined)
      .map(({ metadata, spec, status }) => ({
        instance: `${status.podIP}:${spec.containers[0]?.name === 'agent' ? 9464 : 9466}`,
        job: 'picket',
        namespace: NAMESPACE,
        node: spec.nodeName,
        pod: metadata.name,
      }))
    await eventually('targets', async () => {
      assert.deepEqual((await prometheus.targets('picket')).toSorted(byPod), wanted.toSorted(byPod))
      return true
    })
  })
