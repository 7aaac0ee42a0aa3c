import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { picketPods } from './agents.ts'
import { coverageSays } from './coverage.ts'
import { PAUSE_IMAGE } from './images.ts'
import { type NodeLab, WORKLOADS } from './lab.ts'
import type { RealNode } from './real-node.ts'
import { install } from './release.ts'

const FILLER = `/api/v1/namespaces/${WORKLOADS}/pods/filler`
const DEADLINE_MS = 60_000

const label = (lab: NodeLab, node: RealNode, value: string | null): Promise<unknown> =>
  lab.cluster.merge(`/api/v1/nodes/${node.name}`, { metadata: { labels: { 'lab/agents': value } } })

const gone = (lab: NodeLab, node: RealNode): Promise<unknown> =>
  eventually(
    `no agent on ${node.name}`,
    async () => !(await picketPods(lab, 'agent')).some((pod) => pod.node === node.name),
    DEADLINE_MS,
  )

interface Measured {
  readonly spec: {
    readonly containers: readonly { readonly resources?: { readonly requests?: { readonly cpu?: string } } }[]
  }
}

const millis = (cpu = '0'): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000)

/** What is left of the node's CPU. */
const freeCpu = async ({ cluster }: NodeLab, { name }: RealNode): Promise<number> => {
  const { status } = await cluster.ask<{ status: { allocatable: { cpu: string } } }>('GET', `/api/v1/nodes/${name}`)
  const selector = encodeURIComponent(`spec.nodeName=${name}`)
  const { items } = await cluster.ask<{ items: readonly Measured[] }>('GET', `/api/v1/pods?fieldSelector=${selector}`)
  const requested = items
    .flatMap(({ spec }) => spec.containers)
    .reduce((sum, { resources }) => sum + millis(resources?.requests?.cpu), 0)
  return millis(status.allocatable.cpu) - requested
}

/** A pod that takes all the rest. */
const fill = async (lab: NodeLab, node: RealNode): Promise<void> => {
  await lab.cluster.ask('POST', `/api/v1/namespaces/${WORKLOADS}/pods`, {
    metadata: { name: 'filler' },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node.name },
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'filler',
          image: PAUSE_IMAGE,
          resources: { requests: { cpu: `${await freeCpu(lab, node)}m` } },
        },
      ],
    },
  })
  await eventually(
    'the filler runs',
    async () => (await lab.cluster.ask<{ status: { phase: string } }>('GET', FILLER)).status.phase === 'Running',
    DEADLINE_MS,
  )
}

/** A node that is full before its agent comes. */
export const roomChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [, two] = lab.nodes

  await context.test('a full node, and an agent without priority: coverage has the scheduler’s words', async () => {
    await label(lab, two, null)
    await gone(lab, two)
    await install(lab, { sets: ['agent.priorityClass.create=false'] })
    await fill(lab, two)
    await label(lab, two, 'yes')
    const { reason, detail } = await coverageSays(lab, two.name, 'pending')
    assert.equal(reason, 'pending')
    assert.match(detail, /Insufficient cpu/)
  })

  await context.test('a full node, and an agent with the chart’s priority: the workload makes room', async () => {
    await install(lab)
    await coverageSays(lab, two.name, 'covered')
    await eventually(
      'the filler is gone',
      async () => (await lab.cluster.call('GET', FILLER)).status === 404,
      DEADLINE_MS,
    )
  })
}
