import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { ensureBuilt, kubernetes } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'
import { withImage } from './daemon-set.ts'
import { type Lab, sceneTest } from './lab.ts'
import type { Scene } from './scene.ts'

interface Revision {
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly object[]
  }
  readonly revision: number
  readonly data: object
}

export const revisionsOf = async (cluster: Cluster, scene: Scene): Promise<readonly Revision[]> => {
  const { items } = await cluster.ask<{ items: Revision[] }>('GET', scene.revisions)
  return items.sort((a, b) => a.revision - b.revision)
}

const createKubectl = (cluster: Cluster, namespace: string) => {
  const config = cluster.kubeconfig('kubectl', tokens.admin)
  return (...args: readonly string[]): string =>
    execFileSync(join(ensureBuilt(kubernetes), 'kubectl'), [`--kubeconfig=${config}`, '-n', namespace, ...args], {
      encoding: 'utf8',
      env: { ...process.env, HOME: cluster.folder },
    })
}

const imagesOf = async (scene: Scene): Promise<readonly string[]> =>
  (await scene.covers(scene.nodes)).map(({ image }) => image)

/** Revisions as kubectl and the API show them, against a controller that runs. */
export const rolloutChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster } = lab

  await sceneTest(
    context,
    lab,
    { name: 'kubectl', nodes: 4 },
    'kubectl rollout status, history, undo, restart',
    async (scene) => {
      const kubectl = createKubectl(cluster, scene.namespace)
      await scene.create({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } })
      const before = await scene.covers(scene.nodes)
      await scene.patch(withImage('agent:2'))
      assert.match(
        kubectl('rollout', 'status', 'ds/agent', '--timeout=60s'),
        /daemon set "agent" successfully rolled out/,
      )
      assert.deepEqual(await imagesOf(scene), Array(4).fill('agent:2'))
      const history = kubectl('rollout', 'history', 'ds/agent')
      assert.deepEqual(history.match(/^\d+/gm), ['1', '2'])
      kubectl('rollout', 'undo', 'ds/agent')
      kubectl('rollout', 'status', 'ds/agent', '--timeout=60s')
      assert.deepEqual(await imagesOf(scene), Array(4).fill('agent:1'))
      // The revision that was there becomes the newest one, and its hash is that of the first pods.
      assert.deepEqual(kubectl('rollout', 'history', 'ds/agent').match(/^\d+/gm), ['2', '3'])
      assert.deepEqual(
        (await scene.live()).map(({ hash }) => hash),
        before.map(({ hash }) => hash),
      )
      kubectl('rollout', 'restart', 'ds/agent')
      kubectl('rollout', 'status', 'ds/agent', '--timeout=60s')
      assert.equal((await revisionsOf(cluster, scene)).length, 3)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'collision', nodes: 2 },
    'a revision’s name that is taken by other data: another hash, and the rollout goes on',
    async (scene) => {
      await scene.create()
      await scene.covers(scene.nodes)
      const [first] = await revisionsOf(cluster, scene)
      await cluster.ask('DELETE', `${scene.daemonSet}?propagationPolicy=Foreground`)
      await eventually(
        'its end',
        async () => (await scene.all()).length === 0 && (await revisionsOf(cluster, scene)).length === 0,
      )
      await cluster.ask('POST', scene.revisions, {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name: first?.metadata.name, labels: { other: 'yes' } },
        revision: 1,
        data: { spec: { template: { other: true, $patch: 'replace' } } },
      })
      await scene.create()
      const pods = await scene.covers(scene.nodes)
      assert.equal((await scene.read()).status.collisionCount, 1)
      assert.notEqual(pods[0]?.hash, first?.metadata.labels['controller-revision-hash'])
      assert.equal((await revisionsOf(cluster, scene)).length, 2)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'duplicate', nodes: 2 },
    'of two revisions with the same template the higher one stays, and the pods get its hash without a restart',
    async (scene) => {
      const set = await scene.create()
      const before = await scene.covers(scene.nodes)
      const [first] = await revisionsOf(cluster, scene)
      assert.ok(first)
      const labels = { ...first.metadata.labels, 'controller-revision-hash': 'duplicate' }
      await cluster.ask('POST', scene.revisions, {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name: 'agent-duplicate', labels, ownerReferences: first.metadata.ownerReferences },
        revision: first.revision + 1,
        data: first.data,
      })
      await cluster.merge(scene.daemonSet, { metadata: { annotations: { touched: 'yes' } } })
      await eventually('one revision', async () => (await revisionsOf(cluster, scene)).length === 1)
      const after = await scene.covers(scene.nodes)
      assert.deepEqual(
        after.map(({ uid, hash }) => [uid, hash]),
        before.map(({ uid }) => [uid, 'duplicate']),
      )
      assert.equal((await scene.read()).metadata.uid, set.metadata.uid)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'orphans', nodes: 3 },
    'pods that a deleted DaemonSet left are taken over by its successor, as they are',
    async (scene) => {
      await scene.create()
      const before = await scene.covers(scene.nodes)
      await cluster.ask('DELETE', `${scene.daemonSet}?propagationPolicy=Orphan`)
      await eventually('its end', async () => (await cluster.call('GET', scene.daemonSet)).status === 404)
      await scene.create()
      const after = await scene.covers(scene.nodes)
      assert.deepEqual(
        after.map(({ uid }) => uid),
        before.map(({ uid }) => uid),
      )
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'zones', nodes: 0 },
    'with maxSurge, a change of tolerations moves the pods from zone to zone, and at last away',
    async (scene) => {
      const zones = ['y', 'y', 'z', 'z', 'common', 'common']
      for (const value of zones) await scene.addNode({ taints: [{ key: 'zone', value, effect: 'NoSchedule' }] })
      const tolerating = (values: readonly string[]): readonly object[] =>
        values.map((value) => ({ key: 'zone', operator: 'Equal', value, effect: 'NoSchedule' }))
      const nodesOf = (values: readonly string[]): string[] =>
        zones.flatMap((zone, i) => (values.includes(zone) ? [`zones-${i}`] : []))
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
      await scene.create({ updateStrategy, tolerations: tolerating(['y', 'common']) })
      await scene.covers(nodesOf(['y', 'common']))
      for (const values of [['z', 'common'], ['y', 'z', 'common'], []]) {
        await scene.patch({ template: { spec: { tolerations: tolerating(values) } } })
        await scene.covers(nodesOf(values))
      }
    },
  )
}
