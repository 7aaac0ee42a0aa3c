import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { agentOn, type PicketPod, PODS, picketPods } from './agents.ts'
import { allCovered, coverageSays } from './coverage.ts'
import { disturbed } from './disturbed.ts'
import { isReady } from './kubelet.ts'
import type { NodeLab } from './lab.ts'
import type { RealNode } from './real-node.ts'
import { install, kubectl } from './release.ts'

const DEADLINE_MS = 60_000

const ready = ({ cluster }: NodeLab, { name }: RealNode, wanted: boolean): Promise<boolean> =>
  eventually(
    `${name} is ${wanted ? '' : 'not '}Ready`,
    async () => (await isReady(cluster, name)) === wanted,
    DEADLINE_MS,
  )

const taintsOf = async ({ cluster }: NodeLab, { name }: RealNode): Promise<readonly string[]> => {
  const { spec } = await cluster.ask<{ spec: { taints?: readonly { key: string; effect: string }[] } }>(
    'GET',
    `/api/v1/nodes/${name}`,
  )
  return (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort()
}

/** Runs `body` while the node's network plug-in has no configuration: the node is not Ready, and what starts there has to wait. */
const withoutNetwork = async (lab: NodeLab, node: RealNode, body: () => Promise<void>): Promise<void> => {
  const file = join(node.folder, 'cni', '10-lab.conflist')
  renameSync(file, `${file}.away`)
  try {
    const effects = ['NoExecute', 'NoSchedule'].map((effect) => `node.kubernetes.io/not-ready:${effect}`)
    await eventually(
      `the taints of ${node.name}`,
      async () => {
        assert.deepEqual(await taintsOf(lab, node), effects)
        return true
      },
      DEADLINE_MS,
    )
    await body()
  } finally {
    renameSync(`${file}.away`, file)
  }
  await ready(lab, node, true)
}

const same = (pod: PicketPod): object => ({ name: pod.name, uid: pod.uid, restarts: pod.restarts })

/** A pod is made for a node that is not ready, and bound to it: it starts when the node may. */
const comesInSpite = async (lab: NodeLab, node: RealNode): Promise<void> => {
  await withoutNetwork(lab, node, async () => {
    const before = await agentOn(lab, node.name)
    // By force: without its plug-in the node cannot take a pod's network down.
    await lab.cluster.ask('DELETE', `${PODS}/${before.name}?gracePeriodSeconds=0`)
    await eventually(
      'another pod, bound to the node',
      async () => (await picketPods(lab, 'agent')).some((pod) => pod.node === node.name && pod.uid !== before.uid),
      DEADLINE_MS,
    )
    await coverageSays(lab, node.name, 'not_covered')
  })
  await allCovered(lab)
}

/** What becomes of nodes. */
export const nodeChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [, two] = lab.nodes

  await disturbed(
    context,
    lab,
    'a node is cordoned and drained: its workload goes, its agent stays and reads what is said last',
    {
      pod: 'drained',
      node: two,
      leaves: true,
      happens: async () => {
        const before = await agentOn(lab, two.name)
        await kubectl(
          lab,
          'drain',
          two.name,
          '--ignore-daemonsets',
          '--force',
          '--delete-emptydir-data',
          '--timeout=60s',
        )
        assert.deepEqual(await taintsOf(lab, two), ['node.kubernetes.io/unschedulable:NoSchedule'])
        assert.deepEqual(same(await agentOn(lab, two.name)), same(before))
        await coverageSays(lab, two.name, 'covered')
        await kubectl(lab, 'uncordon', two.name)
      },
    },
  )

  await disturbed(context, lab, 'a node’s kubelet dies and comes back: not Ready meanwhile, and the agent goes on', {
    pod: 'not-ready',
    node: two,
    happens: async () => {
      const before = await agentOn(lab, two.name)
      await two.kubelet.stop()
      await ready(lab, two, false)
      await coverageSays(lab, two.name, 'not_covered')
      await two.kubelet.start()
      assert.deepEqual(same(await agentOn(lab, two.name)), same(before))
    },
  })

  await context.test('a node that is not ready yet gets its agent: everything is tolerated', () =>
    comesInSpite(lab, two),
  )

  await disturbed(
    context,
    lab,
    'the narrow set of tolerations: the agent stays on a node that is not ready, and comes to it',
    {
      pod: 'narrow',
      node: two,
      happens: async () => {
        await install(lab, { sets: ['agent.tolerations.mode=narrow'] })
        await comesInSpite(lab, two)
        await install(lab)
      },
    },
  )
}
