import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { agentOn, type PicketPod, PODS, picketPods } from './agents.ts'
import { disturbed } from './disturbed.ts'
import type { NodeLab } from './lab.ts'
import type { RealNode } from './real-node.ts'
import { DAEMON_SET, helm, install, kubectl, RELEASE_NAMESPACE } from './release.ts'

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${RELEASE_NAMESPACE}/leases/picket-controller`

const uids = (pods: readonly PicketPod[]): readonly string[] => pods.map(({ uid }) => uid)

const holder = async ({ cluster }: NodeLab): Promise<string> =>
  (await cluster.ask<{ spec: { holderIdentity: string } }>('GET', LEASE)).spec.holderIdentity

/** What the rollout says of itself, as the reason why something has not come. */
const said = async ({ cluster }: NodeLab): Promise<never> => {
  const path = `/apis/apps/v1/namespaces/${RELEASE_NAMESPACE}/daemonsets/${DAEMON_SET}`
  const { metadata, status } = await cluster.ask<{ metadata: { annotations: object }; status: object }>('GET', path)
  throw new Error(JSON.stringify([metadata.annotations, status]))
}

const rolledOut = (lab: NodeLab): Promise<string> =>
  kubectl(lab, 'rollout', 'status', `daemonset/${DAEMON_SET}`, '--timeout=120s')

/** `kubectl rollout restart` left its mark in the template, which no chart has: without it the pods are what the chart makes. */
const asCharted = async (lab: NodeLab): Promise<void> => {
  const path = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'
  const patch = JSON.stringify([{ op: 'remove', path }])
  await kubectl(lab, 'patch', 'daemonset', DAEMON_SET, '--type=json', `--patch=${patch}`)
  await rolledOut(lab)
}

/** Kubernetes' own DaemonSet controller is down: the agent that goes is replaced all the same, and is its own when it is back. */
const madeByNobodyElse = async (lab: NodeLab, { name }: RealNode): Promise<void> => {
  const { controllerManager } = lab.cluster
  const before = await agentOn(lab, name)
  await controllerManager.stop()
  try {
    await lab.cluster.ask('DELETE', `${PODS}/${before.name}`)
    assert.notEqual((await agentOn(lab, name, before)).uid, before.uid)
  } finally {
    await controllerManager.start()
  }
  const made = await agentOn(lab, name)
  await rolledOut(lab)
  assert.equal((await agentOn(lab, name)).uid, made.uid)
}

/** What becomes of the release. */
export const releaseChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [one, two] = lab.nodes

  await disturbed(context, lab, 'helm upgrade with another configuration, and helm rollback', {
    pod: 'upgraded',
    node: one,
    happens: async () => {
      const before = await picketPods(lab, 'agent')
      await install(lab, { sets: ['config.outputs.elasticsearch.fields.service\\.environment=lab'] })
      await rolledOut(lab)
      const upgraded = await picketPods(lab, 'agent')
      await helm(lab, 'rollback', '--wait', '--timeout=120s')
      await rolledOut(lab)
      const back = await picketPods(lab, 'agent')
      const revisions = [before, upgraded, back].map((pods) => [...new Set(pods.map(({ revision }) => revision))])
      assert.deepEqual(
        revisions.map(({ length }) => length),
        [1, 1, 1],
      )
      assert.deepEqual([revisions[2], revisions[1]?.[0] === revisions[0]?.[0]], [revisions[0], false])
    },
  })

  await disturbed(
    context,
    lab,
    'the controller’s leader is killed: the other one leads, and makes the pod that nobody else makes',
    {
      pod: 'leader-killed',
      node: two,
      happens: async () => {
        const before = await holder(lab)
        const leader = (await picketPods(lab, 'controller')).find(({ name }) => before.includes(name)) as PicketPod
        await lab.cluster.ask('DELETE', `${PODS}/${leader.name}?gracePeriodSeconds=0`)
        await eventually(
          'another leader',
          async () => (await holder(lab)) !== before && (await holder(lab)) !== '',
          60_000,
        )
        await madeByNobodyElse(lab, two)
      },
    },
  )

  await disturbed(
    context,
    lab,
    'the DaemonSet is deleted with --cascade=orphan and installed again: its pods are adopted as they are',
    {
      pod: 'adopted',
      node: one,
      happens: async () => {
        await asCharted(lab)
        const before = await picketPods(lab, 'agent')
        await kubectl(lab, 'delete', 'daemonset', DAEMON_SET, '--cascade=orphan')
        await install(lab)
        await rolledOut(lab)
        assert.deepEqual(uids(await picketPods(lab, 'agent')), uids(before))
      },
    },
  )

  await disturbed(
    context,
    lab,
    'the same with another configuration: the adopted pods are replaced as the update strategy says',
    {
      pod: 'adopted-and-updated',
      node: two,
      happens: async () => {
        const before = await agentOn(lab, two.name)
        await kubectl(lab, 'delete', 'daemonset', DAEMON_SET, '--cascade=orphan')
        await install(lab, { sets: ['config.outputs.elasticsearch.fields.service\\.environment=lab'] })
        await rolledOut(lab)
        assert.notEqual((await agentOn(lab, two.name)).uid, before.uid)
        await install(lab)
        await rolledOut(lab)
      },
    },
  )

  await disturbed(
    context,
    lab,
    'rollout: picket, the controller replaces a canary first, and the rest when it has stood',
    {
      pod: 'canary',
      node: two,
      happens: async () => {
        const kind = ['agent.rollout.kind=picket', 'agent.rollout.canary=1', 'agent.rollout.canarySoak=5s']
        await install(lab, { sets: kind })
        const before = await picketPods(lab, 'agent')
        // Helm's own wait is for all nodes.
        await install(lab, { sets: [...kind, 'agent.podAnnotations.lab/turn=second'], wait: false })
        const replaced = async (): Promise<number> =>
          (await picketPods(lab, 'agent')).filter(({ uid, isReady }) => isReady && !uids(before).includes(uid)).length
        await eventually('the canary', async () => (await replaced()) === 1 || said(lab), 60_000)
        await eventually('all', async () => (await replaced()) === before.length, 90_000)
        await install(lab)
        await rolledOut(lab)
      },
    },
  )
}
