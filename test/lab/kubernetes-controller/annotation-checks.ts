import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { withImage } from './daemon-set.ts'
import { type Lab, sceneTest } from './lab.ts'
import type { Scene } from './scene.ts'

const TAINT = { key: 'picket.dev/agent-not-ready', effect: 'NoSchedule' } as const
const TAINT_SCENE = 'startup-taint'
/** The DaemonSet that nodes wait for in the last of these checks. */
export const startupTaintFlag = `--startup-taint-for=scene-${TAINT_SCENE}/agent`

const ON_DELETE = { updateStrategy: { type: 'OnDelete' } }
const NEVER_STARTS = 'foo:non-existent'

const annotate = (cluster: Cluster, scene: Scene, annotations: Readonly<Record<string, string>>): Promise<unknown> =>
  cluster.merge(scene.daemonSet, { metadata: { annotations } })

const phaseOf = async (cluster: Cluster, scene: Scene): Promise<string> => {
  const { metadata } = await cluster.ask<{ metadata: { annotations: Record<string, string> } }>('GET', scene.daemonSet)
  const state = metadata.annotations['picket.dev/rollout-state']
  return state === undefined ? 'none' : (JSON.parse(state) as { phase: string }).phase
}

const reaches = (cluster: Cluster, scene: Scene, phase: string): Promise<unknown> =>
  eventually(`phase ${phase}`, async () => assert.equal(await phaseOf(cluster, scene), phase) ?? true)

const imagesOf = async (scene: Scene): Promise<readonly string[]> => (await scene.live()).map(({ image }) => image)

/** Says of a pod what a kubelet would that cannot get its image. */
const failToPull = async (cluster: Cluster, scene: Scene): Promise<void> => {
  const pod = await eventually('a pod that never starts, bound', async () =>
    (await scene.live()).find(({ image, phase }) => image === NEVER_STARTS && phase === 'Pending'),
  )
  const status = {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'agent',
        image: NEVER_STARTS,
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } },
      },
    ],
  }
  await cluster.merge(`${scene.pods}/${pod.name}/status`, { status })
}

const reasonsOf = async (scene: Scene): Promise<readonly string[]> =>
  (await scene.events()).map(({ reason }) => reason).filter((reason) => /^(Rollout|Canary|Resume)/.test(reason))

interface LabNode {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] }
}

/** Rollouts by annotations, and the startup taint, against a controller that runs with `startupTaintFlag`. */
export const annotationChecks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { cluster } = lab

  await sceneTest(
    context,
    lab,
    { name: 'canary', nodes: 5 },
    'a rollout by annotations: one canary, its soak, then the others',
    async (scene) => {
      await scene.create({ ...ON_DELETE, annotations: { 'picket.dev/max-unavailable': '2' } })
      await scene.covers(scene.nodes)
      await annotate(cluster, scene, { 'picket.dev/canary': '1', 'picket.dev/canary-soak': 'manual' })
      await scene.patch(withImage('agent:2'))
      await reaches(cluster, scene, 'soaking')
      assert.deepEqual((await imagesOf(scene)).toSorted(), [...Array(4).fill('agent:1'), 'agent:2'])
      const fresh = (await scene.live()).find(({ image }) => image === 'agent:2')
      await annotate(cluster, scene, { 'picket.dev/canary-valid': fresh?.hash ?? '' })
      await reaches(cluster, scene, 'done')
      await scene.covers(scene.nodes)
      assert.deepEqual(await imagesOf(scene), Array(5).fill('agent:2'))
      await eventually(
        'its events',
        async () =>
          assert.deepEqual((await reasonsOf(scene)).toSorted(), [
            'CanaryPassed',
            'CanarySoaking',
            'RolloutDone',
            'RolloutStarted',
          ]) ?? true,
      )
    },
  )

  await sceneTest(
    context,
    lab,
    { name: 'rollback', nodes: 4 },
    'a canary that cannot start: the template is put back, and not tried again when it is applied again',
    async (scene) => {
      const annotations = { 'picket.dev/canary': '1', 'picket.dev/auto-rollback': 'true' }
      await scene.create({ ...ON_DELETE, annotations })
      const before = await scene.covers(scene.nodes)
      await scene.patch(withImage(NEVER_STARTS))
      await failToPull(cluster, scene)
      await reaches(cluster, scene, 'rolled-back')
      const after = await scene.covers(scene.nodes)
      const told = (pods: typeof after) => pods.map(({ image, hash }) => ({ image, hash }))
      assert.deepEqual(told(after), told(before))
      const kept = after.filter(({ uid }) => before.some((pod) => pod.uid === uid))
      assert.equal(kept.length, 3, 'only the canary’s pod was replaced')
      await scene.patch(withImage(NEVER_STARTS))
      await reaches(cluster, scene, 'paused')
      assert.deepEqual(await imagesOf(scene), Array(4).fill('agent:1'))
      assert.ok((await reasonsOf(scene)).includes('RolloutRolledBack'))
    },
  )

  await sceneTest(
    context,
    lab,
    { name: TAINT_SCENE, nodes: 0 },
    'the startup taint goes with the agent’s readiness, and no other taint is touched',
    async (scene) => {
      const other = { key: 'lab/other', value: 'x', effect: 'NoExecute' } as const
      const first = await scene.addNode({ taints: [TAINT] })
      const second = await scene.addNode({ taints: [other, TAINT] })
      const apart = await scene.addNode({ labels: { 'lab/scene': 'elsewhere' }, taints: [TAINT] })
      const read = (name: string): Promise<LabNode> => cluster.ask('GET', `/api/v1/nodes/${name}`)
      await scene.create({
        tolerations: [
          { key: TAINT.key, operator: 'Exists' },
          { key: other.key, operator: 'Exists' },
        ],
      })
      const taintsOf = async (name: string): Promise<readonly object[]> => (await read(name)).spec.taints ?? []
      for (const [name, left] of [
        [first, []],
        [second, [other]],
        [apart, []],
      ] as const)
        await eventually(`the taints of ${name}`, async () => assert.deepEqual(await taintsOf(name), left) ?? true)
      assert.ok((await read(first)).metadata.annotations?.['picket.dev/startup-taint-removed'])
      // Events are sent beside the work, not before it goes on.
      await eventually('an event on each', async () => {
        const { items } = await cluster.ask<{ items: { reason: string; involvedObject: { name: string } }[] }>(
          'GET',
          '/api/v1/namespaces/default/events',
        )
        const told = items.filter(({ reason }) => reason === 'StartupTaintRemoved').map((e) => e.involvedObject.name)
        assert.deepEqual(told.toSorted(), [first, second, apart].toSorted())
        return true
      })
    },
  )
}
