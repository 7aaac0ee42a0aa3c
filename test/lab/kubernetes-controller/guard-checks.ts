import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { podsCreated, podsDeleted } from './audit-checks.ts'
import { withImage } from './daemon-set.ts'
import { type Lab, running, sceneTest } from './lab.ts'
import type { Scene } from './scene.ts'

/** The least that is allowed, so that the lab need not wait for half a minute. */
export const TAKEOVER_AFTER_MS = 5000
export const takeoverFlag = `--takeover-after=${TAKEOVER_AFTER_MS / 1000}s`

interface Manifest {
  readonly metadata: Record<string, unknown>
  readonly spec: Record<string, unknown>
}

/** What the API server was sent, less what is another for each pod. */
const createdBodies = (cluster: Cluster, scene: Scene): ReadonlyMap<string, unknown> => {
  const creates = cluster
    .audited()
    .filter(
      ({ verb, objectRef, responseStatus }) =>
        verb === 'create' &&
        objectRef?.resource === 'pods' &&
        objectRef.subresource === undefined &&
        objectRef.namespace === scene.namespace &&
        responseStatus?.code === 201,
    )
  return new Map(
    creates.map(({ user, requestObject }) => {
      const { metadata, spec } = structuredClone(requestObject) as Manifest
      const pinned = JSON.stringify(spec.affinity).replaceAll(
        new RegExp(`"${scene.nodes[0]?.replace(/\d+$/, '')}\\d+"`, 'g'),
        '"NODE"',
      )
      return [
        user.username,
        { metadata: { ...metadata, creationTimestamp: null }, spec: { ...spec, affinity: JSON.parse(pinned) } },
      ]
    }),
  )
}

export const guardChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster, guard, builtIn } = lab

  await sceneTest(
    context,
    lab,
    { name: 'takeover', nodes: 3 },
    'the built-in controller is gone: a new node and a lost pod are covered all the same, by the pod that it would have made; it takes them over when it is back',
    async (scene) => {
      const first = await builtIn.replica('takeover-1')
      await running(await guard.replica('guard-takeover', { flags: [takeoverFlag] }), async () => {
        await running(first, async () => {
          await scene.create()
          await scene.covers(scene.nodes)
        })
        assert.deepEqual(
          podsCreated(cluster, scene.namespace).filter(({ user }) => user === guard.user),
          [],
        )
        const readyMs = Date.now()
        const node = await scene.addNode()
        const [lost] = await scene.live()
        await cluster.ask('DELETE', `${scene.pods}/${lost?.name}`)
        await eventually('a ready pod on each', async () => {
          const pods = await scene.live()
          return pods.length === 4 && pods.every(({ ready }) => ready)
        })
        const made = podsCreated(cluster, scene.namespace).filter(({ user }) => user === guard.user)
        assert.deepEqual(made.map(({ pod }) => pod.node).sort(), [lost?.node, node].sort())
        const tookMs = (made.find(({ pod }) => pod.node === node)?.atMs ?? 0) - readyMs
        context.diagnostic(
          `a new node’s pod was created after ${tookMs} ms, with --takeover-after=${TAKEOVER_AFTER_MS} ms`,
        )
        assert.ok(tookMs >= TAKEOVER_AFTER_MS - 1000, `${tookMs} ms`)

        const bodies = createdBodies(cluster, scene)
        assert.deepEqual(bodies.get(guard.user), bodies.get(builtIn.user))

        const uids = (await scene.live()).map(({ uid }) => uid)
        await running(await builtIn.replica('takeover-2'), async () => {
          await scene.covers(scene.nodes)
          await scene.addNode()
          const pods = await scene.covers(scene.nodes)
          assert.deepEqual(
            pods.slice(0, 4).map(({ uid }) => uid),
            uids,
          )
        })
      })
      const byUs = podsDeleted(cluster, scene.namespace).filter(({ user }) => user === guard.user)
      assert.deepEqual(byUs, [])
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'unhashed', nodes: 2 },
    'a new template that no revision has yet, and no built-in controller: the pods come without a hash, it says so, and the built-in one replaces them in its own order',
    async (scene) => {
      await running(await guard.replica('guard-unhashed', { flags: [takeoverFlag] }), async () => {
        await scene.create()
        const pods = await eventually('a ready pod on each', async () => {
          const live = await scene.live()
          return live.length === 2 && live.every(({ ready }) => ready) ? live : undefined
        })
        assert.deepEqual(
          pods.map(({ node, hash }) => ({ node, hash })),
          scene.nodes.map((node) => ({ node, hash: '' })),
        )
        await eventually('its events', async () =>
          (await scene.events()).some(
            ({ component, message }) => component === 'picket-controller' && /revision/.test(message),
          ),
        )
        await running(await builtIn.replica('unhashed-built-in'), async () => void (await scene.covers(scene.nodes)))
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'stuck', nodes: 3 },
    'a pod that cannot end on a node that is gone is ended, and Failed pods are replaced, with none of upstream’s controllers',
    async (scene) => {
      await running(await builtIn.replica('stuck-built-in'), async () => {
        await scene.create()
        await scene.covers(scene.nodes)
      })
      const [stuck, failed] = await scene.live()
      await cluster.controllerManager.stop()
      await cluster.merge(`${scene.pods}/${stuck?.name}`, { metadata: { labels: { 'lab/stop': 'never' } } })
      await running(await guard.replica('guard-stuck', { flags: [takeoverFlag] }), async () => {
        await cluster.ask('DELETE', `${scene.pods}/${stuck?.name}`)
        await scene.removeNode(stuck?.node ?? '')
        const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
        await cluster.merge(`${scene.pods}/${failed?.name}/status`, { status })
        // Upstream's pod collector would end the first one in a minute: here nobody but the guard can.
        await eventually(
          'one ready pod on each node that is left',
          async () => {
            const pods = await scene.all()
            return (
              pods.every(({ ready, deleted }) => ready && !deleted) &&
              JSON.stringify(pods.map(({ node }) => node)) === JSON.stringify(scene.nodes)
            )
          },
          180_000,
        )
      })
      await cluster.controllerManager.start()
      const byUs = podsDeleted(cluster, scene.namespace).filter(({ user }) => user === guard.user)
      assert.deepEqual(byUs.map(({ pod }) => pod.name).sort(), [stuck?.name, failed?.name].sort())
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'ending', nodes: 2 },
    'nothing is created for a DaemonSet that is being deleted',
    async (scene) => {
      await running(await guard.replica('guard-ending', { flags: [takeoverFlag] }), async () => {
        const set = await scene.create({ updateStrategy: { type: 'OnDelete' } })
        await cluster.merge(scene.daemonSet, { metadata: { finalizers: ['lab.picket.dev/held'] } })
        await cluster.ask('DELETE', scene.daemonSet)
        // A second one is covered: by then the first would have been too.
        await cluster.ask('POST', scene.daemonSets, {
          ...(set as unknown as object),
          metadata: { name: 'other' },
          status: undefined,
        })
        await eventually('pods of the other', async () => (await scene.live()).length >= 2)
        const pods = await scene.live()
        assert.ok(
          pods.every(({ name }) => name.startsWith('other-')),
          JSON.stringify(pods),
        )
        await cluster.merge(scene.daemonSet, { metadata: { finalizers: null } })
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'dry', nodes: 2 },
    '--dry-run tells what it would do, and writes nothing but its Lease',
    async (scene) => {
      const dry = await guard.replica('guard-dry', { flags: [takeoverFlag, '--dry-run'] })
      await running(dry, async () => {
        const from = cluster.audited().length
        await scene.create()
        await scene.patch(withImage('agent:2'))
        await eventually('its decisions in the log', () => scene.nodes.every((node) => dry.output().includes(node)))
        const writes = cluster
          .audited()
          .slice(from)
          .filter(({ user, verb }) => user.username === guard.user && !['get', 'list', 'watch'].includes(verb))
          .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)
        assert.deepEqual(
          [...new Set(writes)].filter((one) => !one.endsWith(' leases')),
          [],
        )
        assert.deepEqual(await scene.all(), [])
      })
    },
  )
}
