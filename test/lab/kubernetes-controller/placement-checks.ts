import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { type Lab, sceneTest } from './lab.ts'
import type { Scene } from './scene.ts'

/** Upstream's integration tests (test/integration/daemonset) and what nodes go through, against a controller that runs. */
export const placementChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster } = lab

  const replaceAllAfter = async (scene: Scene, spoil: (pod: string) => Promise<unknown>): Promise<void> => {
    const before = await scene.covers(scene.nodes)
    for (const { name } of before) await spoil(`${scene.pods}/${name}`)
    const old = new Set(before.map(({ uid }) => uid))
    await eventually(
      'three others',
      async () => {
        const pods = await scene.live()
        return pods.length === 3 && pods.every(({ uid, ready }) => ready && !old.has(uid))
      },
      60_000,
    )
  }

  await sceneTest(
    context,
    lab,
    { name: 'launch', nodes: 5 },
    'every node gets a pod, and a deleted one comes back',
    async (scene) => {
      await scene.create()
      const [first] = await scene.covers(scene.nodes)
      await cluster.ask('DELETE', `${scene.pods}/${first?.name}`)
      await eventually('another pod', async () => (await scene.live()).every(({ uid }) => uid !== first?.uid))
      const uids = (await scene.covers(scene.nodes)).map(({ uid }) => uid)
      assert.equal(uids.includes(first?.uid ?? ''), false)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'nodes', nodes: 2 },
    'nodes come, are relabelled, are tainted, go',
    async (scene) => {
      await scene.create()
      await scene.covers(['nodes-0', 'nodes-1'])
      await scene.addNode()
      await scene.covers(['nodes-0', 'nodes-1', 'nodes-2'])
      await scene.patchNode('nodes-1', { metadata: { labels: { 'lab/scene': 'elsewhere' } } })
      await scene.covers(['nodes-0', 'nodes-2'])
      await scene.patchNode('nodes-1', { metadata: { labels: { 'lab/scene': 'nodes' } } })
      await scene.covers(['nodes-0', 'nodes-1', 'nodes-2'])
      await scene.patchNode('nodes-2', { spec: { taints: [{ key: 'maintenance', effect: 'NoExecute' }] } })
      await scene.covers(['nodes-0', 'nodes-1'])
      await scene.patchNode('nodes-2', { spec: { taints: [] } })
      await scene.covers(['nodes-0', 'nodes-1', 'nodes-2'])
      await scene.removeNode('nodes-0')
      await scene.covers(['nodes-1', 'nodes-2'], 90_000)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'noschedule', nodes: 2 },
    'a pod stays on a node that is tainted NoSchedule, and none comes to one that is',
    async (scene) => {
      await scene.create()
      const before = await scene.covers(scene.nodes)
      const taints = [{ key: 'maintenance', effect: 'NoSchedule' as const }]
      await scene.patchNode('noschedule-0', { spec: { taints } })
      await scene.addNode({ taints })
      // Neither is a reason for upstream to look at the DaemonSet again (updateNode): something else has to be.
      await cluster.merge(scene.daemonSet, { metadata: { annotations: { touched: 'yes' } } })
      await eventually('a pod that is where none is wanted', async () => {
        const { status } = await scene.read()
        return status.desiredNumberScheduled === 1 && status.numberMisscheduled === 1
      })
      assert.deepEqual(
        (await scene.live()).map(({ uid }) => uid),
        before.map(({ uid }) => uid),
      )
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'host', nodes: 1 },
    'an agent on the host network runs on a node without network, and on a cordoned one',
    async (scene) => {
      await scene.addNode({
        taints: [
          { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
        ],
        unschedulable: true,
      })
      await scene.create({ podSpec: { hostNetwork: true } })
      await scene.covers(scene.nodes)
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'affinity', nodes: 6 },
    'node affinity by label or by name chooses its nodes',
    async (scene) => {
      for (const node of ['affinity-0', 'affinity-3'])
        await scene.patchNode(node, { metadata: { labels: { zone: 'test' } } })
      const nodeSelectorTerms = [
        { matchExpressions: [{ key: 'zone', operator: 'In', values: ['test'] }] },
        { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['affinity-1'] }] },
      ]
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
      await scene.create({ podSpec: { affinity } })
      await scene.covers(['affinity-0', 'affinity-1', 'affinity-3'])
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'capacity', nodes: 0 },
    'a node without room has its pod, pending with the scheduler’s words',
    async (scene) => {
      await scene.addNode({ resources: { cpu: '100m', memory: '100Mi', pods: '110' } })
      await scene.addNode()
      const requests = { cpu: '200m', memory: '50Mi' }
      await scene.create({ podSpec: { containers: [{ name: 'agent', image: 'agent:1', resources: { requests } }] } })
      await eventually('one ready, one pending', async () => {
        const pods = await scene.live()
        const { status } = await scene.read()
        assert.deepEqual(
          pods.map(({ node, ready }) => ({ node, ready })),
          [
            { node: 'capacity-0', ready: false },
            { node: 'capacity-1', ready: true },
          ],
        )
        assert.deepEqual([status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady], [2, 2, 1])
        return true
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'terminal', nodes: 3 },
    'pods that failed or ended, also one that a finalizer holds, are replaced',
    async (scene) => {
      await scene.create()
      await replaceAllAfter(scene, (pod) => cluster.merge(`${pod}/status`, { status: { phase: 'Succeeded' } }))
      await replaceAllAfter(scene, (pod) => cluster.merge(`${pod}/status`, { status: { phase: 'Failed' } }))
      const held = (await scene.covers(scene.nodes)).map(({ name }) => `${scene.pods}/${name}`)
      for (const pod of held) {
        await cluster.merge(pod, { metadata: { finalizers: ['lab.picket.dev/held'], labels: { 'lab/stop': 'never' } } })
        await cluster.merge(`${pod}/status`, { status: { phase: 'Failed' } })
      }
      await eventually(
        'pods beside those that are held',
        async () => {
          const pods = (await scene.all()).filter(({ phase }) => phase === 'Running')
          assert.deepEqual(
            pods.map(({ node }) => node),
            [...scene.nodes],
          )
          return true
        },
        60_000,
      )
      for (const pod of held) await cluster.merge(pod, { metadata: { finalizers: null, labels: { 'lab/stop': null } } })
      await scene.covers(scene.nodes)
    },
  )
}
