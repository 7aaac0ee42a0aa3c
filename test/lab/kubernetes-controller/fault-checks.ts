import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { startRelay } from '../kubernetes/relay.ts'
import { countBy, createsRefused, podsCreated } from './audit-checks.ts'
import { withImage } from './daemon-set.ts'
import { type Lab, running, sceneTest } from './lab.ts'
import { controllerToken, denyVerb } from './rights.ts'
import type { Scene } from './scene.ts'
import { ours } from './under-test.ts'

const slowly = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }

const updatedPods = async (scene: Scene): Promise<number> =>
  (await scene.live()).filter(({ image }) => image === 'agent:2').length

/** Everything that is older than now is gone from etcd: whoever asks for it is answered 410. */
const compact = async ({ etcdUrl }: Cluster): Promise<void> => {
  const ask = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const response = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })
    assert.equal(response.status, 200, path)
    return (await response.json()) as { header: { revision: string } }
  }
  const { header } = await ask('/v3/maintenance/status', {})
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true })
}

/** What breaks controllers. Each check has replicas of its own. */
export const faultChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster, primary } = lab

  await sceneTest(
    context,
    lab,
    { name: 'leader', nodes: 12 },
    'the leader is killed in the middle of a rollout: the other one ends it, and no node gets its pod twice',
    async (scene) => {
      const [first, second] = [await primary.replica('first'), await primary.replica('second', { standby: true })]
      await running(first, async () => {
        await scene.create({ updateStrategy: slowly })
        await scene.covers(scene.nodes)
        await running(second, async () => {
          await scene.patch(withImage('agent:2'))
          await eventually('a few updated pods', async () => (await updatedPods(scene)) >= 3)
          await first.stop('SIGKILL')
          const pods = await scene.covers(scene.nodes, 120_000)
          assert.deepEqual(new Set(pods.map(({ image }) => image)), new Set(['agent:2']))
          const twoEach = Object.fromEntries(scene.nodes.map((node) => [node, 2]))
          assert.deepEqual(
            countBy(podsCreated(cluster, scene.namespace), ({ pod }) => pod.node),
            countBy(
              Object.keys(twoEach).flatMap((node) => [node, node]),
              (node) => node,
            ),
          )
        })
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'restart', nodes: 12 },
    'the API server is killed in the middle of a rollout: it goes on where it was',
    async (scene) => {
      const controller = await primary.replica('through-restart')
      await running(controller, async () => {
        await scene.create({ updateStrategy: slowly })
        await scene.covers(scene.nodes)
        await scene.patch(withImage('agent:2'))
        await eventually('a few updated pods', async () => (await updatedPods(scene)) >= 3)
        await cluster.restartApiServer()
        const pods = await scene.covers(scene.nodes, 120_000)
        assert.deepEqual(new Set(pods.map(({ image }) => image)), new Set(['agent:2']))
        assert.equal(controller.ended, undefined)
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'quota', nodes: 10 },
    'creates that a quota refuses: slow start, an event, the status of what there is; and all pods once it is raised',
    async (scene) => {
      await limitPods(cluster, scene, 3)
      await running(await primary.replica('under-quota'), async () => {
        await scene.create()
        await eventually('the event', async () =>
          (await scene.events()).some(
            ({ reason, message }) => reason === 'FailedCreate' && message.includes('exceeded quota'),
          ),
        )
        await eventually('the status', async () => {
          const { status } = await scene.read()
          return status.desiredNumberScheduled === 10 && status.currentNumberScheduled === 3 && status.numberReady === 3
        })
        // Ten at once, again and again, would be a hundred; batches of 1, 2, 4 and then one a turn are fewer.
        const refused = createsRefused(cluster, scene.namespace, primary.user)
        assert.ok(refused > 0 && refused < 30, `${refused} creates refused`)
        await limitPods(cluster, scene, 100)
        await scene.covers(scene.nodes, 120_000)
      })
    },
  )

  if (lab.isAnchor) return

  await sceneTest(
    context,
    lab,
    { name: 'expired', nodes: 3 },
    'the connection is cut, and what happened meanwhile is forgotten by the server (410): it is made up for',
    async (scene) => {
      const relay = await startRelay(cluster.port)
      try {
        const kubeconfig = cluster.kubeconfig('through-relay', await controllerToken(cluster, 'primary'), relay.port)
        const controller = await ours(cluster, { kubeconfig, mode: 'primary' }).replica('through-relay')
        await running(controller, async () => {
          await scene.create()
          const before = await scene.covers(scene.nodes)
          relay.cut()
          await scene.addNode()
          await cluster.ask('DELETE', `${scene.pods}/${before[0]?.name}`)
          await scene.patchNode('expired-1', { metadata: { labels: { 'lab/scene': 'elsewhere' } } })
          await compact(cluster)
          await cluster.restartApiServer()
          relay.mend()
          await scene.covers(['expired-0', 'expired-2', 'expired-3'], 120_000)
          assert.equal(controller.ended, undefined)
        })
      } finally {
        await relay.close()
      }
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'forbidden', nodes: 3 },
    'a verb that is denied is named in the log and by an event; the controller lives, and goes on when it is granted',
    async (scene) => {
      const controller = await primary.replica('without-create')
      const grant = await denyVerb(cluster, 'pods', 'create')
      try {
        await running(controller, async () => {
          await scene.create()
          await eventually('the event', async () =>
            (await scene.events()).some(
              ({ reason, message }) => reason === 'FailedCreate' && message.includes('cannot create resource "pods"'),
            ),
          )
          assert.match(controller.output(), /cannot create resource \\?"pods/)
          assert.equal(controller.ended, undefined)
          await grant()
          await scene.covers(scene.nodes, 120_000)
        })
      } finally {
        await grant()
      }
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'blind', nodes: 2 },
    'nodes that may not be listed: the log says so, nothing is done by half knowledge, and it goes on when they may',
    async (scene) => {
      const controller = await primary.replica('without-nodes')
      const grant = await denyVerb(cluster, 'nodes', 'list')
      try {
        await scene.create()
        void controller.start().catch(() => undefined)
        await eventually('the log', () => /cannot list resource \\?"nodes/.test(controller.output()), 60_000)
        assert.deepEqual(await scene.all(), [])
        assert.equal(controller.ended, undefined)
        await grant()
        await scene.covers(scene.nodes, 120_000)
      } finally {
        await grant()
        await controller.stop('SIGTERM')
      }
    },
  )
}

const limitPods = async (cluster: Cluster, { namespace }: Scene, pods: number): Promise<void> => {
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`
  const metadata = { name: 'pods' }
  const spec = { hard: { pods: String(pods) } }
  const made = await cluster.call('POST', quotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec })
  if (made.status === 409) await cluster.merge(`${quotas}/pods`, { spec })
  await eventually('the quota is counted', async () => {
    const { status } = await cluster.ask<{ status: { hard?: { pods: string } } }>('GET', `${quotas}/pods`)
    return status.hard?.pods === String(pods)
  })
}
