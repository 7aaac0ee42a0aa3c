import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { podsCreated, podsDeleted } from './audit-checks.ts'
import { withImage } from './daemon-set.ts'
import { type Lab, running, sceneTest } from './lab.ts'
import { revisionsOf } from './rollout-checks.ts'
import type { Scene } from './scene.ts'
import type { UnderTest } from './under-test.ts'

/** Ours takes over from upstream's controller and gives back. */
export const handoverChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster, primary, builtIn } = lab

  /** A new node's pod shows that somebody is at work: it is `by` who makes it. */
  const takesCareOfANewNode = async (scene: Scene, by: UnderTest): Promise<void> => {
    const node = await scene.addNode()
    await scene.covers(scene.nodes)
    const made = podsCreated(cluster, scene.namespace).filter(({ pod }) => pod.node === node)
    assert.deepEqual(
      made.map(({ user }) => user),
      [by.user],
    )
  }
  const uidsOf = async (scene: Scene): Promise<readonly string[]> => (await scene.live()).map(({ uid }) => uid)

  await sceneTest(
    context,
    lab,
    { name: 'handover', nodes: 3 },
    'from the built-in controller to ours and back, with a rollout by each: no pod is restarted by the change itself',
    async (scene) => {
      await running(await builtIn.replica('handover-1'), async () => {
        await scene.create()
        await scene.covers(scene.nodes)
        await scene.patch(withImage('agent:2'))
        await scene.covers(scene.nodes)
      })
      const ofBuiltIn = await uidsOf(scene)
      const revisions = await revisionsOf(cluster, scene)
      await running(await primary.replica('handover-ours'), async () => {
        await takesCareOfANewNode(scene, primary)
        assert.deepEqual((await uidsOf(scene)).slice(0, 3), ofBuiltIn)
        assert.deepEqual(await revisionsOf(cluster, scene), revisions)
        await scene.patch(withImage('agent:3'))
        await scene.covers(scene.nodes)
      })
      const ofOurs = await uidsOf(scene)
      const deleted = podsDeleted(cluster, scene.namespace).length
      const ourRevisions = await revisionsOf(cluster, scene)
      await running(await builtIn.replica('handover-2'), async () => {
        await takesCareOfANewNode(scene, builtIn)
        assert.deepEqual((await uidsOf(scene)).slice(0, 4), ofOurs)
        assert.deepEqual(await revisionsOf(cluster, scene), ourRevisions)
        assert.equal((await scene.read()).status.collisionCount, undefined)
        assert.equal(podsDeleted(cluster, scene.namespace).length, deleted)
      })
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'refuses', nodes: 2 },
    'in primary mode it refuses to start where the built-in one is alive, says so, and leaves nothing behind',
    async (scene) => {
      await running(await builtIn.replica('refuses-built-in'), async () => {
        await scene.create()
        await scene.covers(scene.nodes)
        const controller = await primary.replica('refuses-ours', { flags: ['--probe=10s'] })
        await controller.start().catch(() => undefined)
        assert.equal(await controller.exit(), 1)
        assert.match(controller.output(), /another DaemonSet controller works in this cluster/)
        const { items } = await cluster.ask<{ items: { metadata: { name: string } }[] }>(
          'GET',
          '/apis/apps/v1/daemonsets',
        )
        assert.deepEqual(
          items.map(({ metadata }) => metadata.name),
          ['agent'],
        )
      })
    },
  )
}
