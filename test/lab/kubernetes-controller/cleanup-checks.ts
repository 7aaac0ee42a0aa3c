import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { createNode } from '../kubernetes/nodes.ts'
import type { Lab } from './lab.ts'
import { createControllerAccount } from './rights.ts'
import { NAMESPACE } from './under-test.ts'

const LAUNCHER = join(import.meta.dirname, '../../../bin/picket-controller.mjs')
const TAINT = { key: 'picket.dev/agent-not-ready', effect: 'NoSchedule' } as const
const OTHER = { key: 'lab/other', value: 'stays', effect: 'NoSchedule' } as const
const MARK = 'picket.dev/startup-taint-removed'
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/picket-controller`
/** More than a page. */
const NODES = 520
const LABEL = 'lab/cleanup'

interface Ran {
  readonly code: number
  readonly out: string
  readonly said: string
}

interface LabNode {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] }
}

const createNodes = async (cluster: Cluster): Promise<readonly string[]> => {
  const names = Array.from({ length: NODES }, (_, n) => `cleanup-${n}`)
  const rest = names.values()
  const worker = async (): Promise<void> => {
    for (const name of rest)
      await createNode(cluster, name, { labels: { [LABEL]: 'true' }, taints: [OTHER, TAINT], unschedulable: true })
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  await cluster.merge(`/api/v1/nodes/${names[7]}`, { metadata: { annotations: { [MARK]: 'some time' } } })
  return names
}

const nodesOf = async (cluster: Cluster): Promise<readonly LabNode[]> =>
  (await cluster.ask<{ items: LabNode[] }>('GET', `/api/v1/nodes?labelSelector=${LABEL}`)).items

/** Nodes that still have something of ours. */
const unclean = async (cluster: Cluster): Promise<readonly string[]> =>
  (await nodesOf(cluster))
    .filter(
      ({ metadata, spec }) =>
        (spec.taints ?? []).some(({ key }) => key === TAINT.key) || MARK in (metadata.annotations ?? {}),
    )
    .map(({ metadata }) => metadata.name)

/** `picket-controller cleanup`, with the rights that the documentation asks for. */
export const cleanupChecks = async (context: TestContext, { cluster, guard }: Lab): Promise<void> => {
  const kubeconfig = await createControllerAccount(cluster, 'cleanup')
  const cleanup = (...more: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const argv = [LAUNCHER, 'cleanup', `--kubeconfig=${kubeconfig}`, `--lease-namespace=${NAMESPACE}`, ...more]
      execFile(process.execPath, argv, { maxBuffer: 1 << 24 }, (error, out, said) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, said }),
      )
    })
  const names = await createNodes(cluster)
  const controller = await guard.replica('cleanup-guard')
  await controller.start()

  await context.test('while a controller leads, cleanup names it and does nothing', async () => {
    const { code, out, said } = await cleanup('--wait=4s')
    assert.deepEqual([code, out], [1, ''])
    assert.match(said, /nothing was done: \S+ is still running; delete its Deployment first/)
    assert.equal((await unclean(cluster)).length, NODES)
  })

  await context.test('a dry run names every node, and writes nothing', async () => {
    const { code, out } = await cleanup('--dry-run')
    assert.deepEqual([code, out.match(/would be taken off/g)?.length], [0, NODES])
    assert.equal((await unclean(cluster)).length, NODES)
  })

  await context.test(
    'a controller that ends meanwhile is waited for; then every node is clean, page after page, while somebody else writes to them',
    async () => {
      const running = cleanup()
      await controller.stop('SIGTERM')
      let over = false
      const disturb = async (): Promise<void> => {
        for (let n = 0; !over; n = (n + 1) % 20)
          await cluster.merge(`/api/v1/nodes/${names[n]}`, {
            metadata: { annotations: { 'lab/turn': String(Date.now()) } },
          })
      }
      const disturbing = disturb()
      const { code, out, said } = await running
      over = true
      await disturbing
      assert.deepEqual([code, said], [0, ''])
      assert.equal(out.match(/^node cleanup-\d+: .* taken off$/gm)?.length, NODES)
      assert.match(out, new RegExp(`^lease ${NAMESPACE}/picket-controller: deleted$`, 'm'))
      assert.deepEqual(await unclean(cluster), [])
      for (const { spec } of await nodesOf(cluster)) assert.ok(spec.taints?.some(({ key }) => key === OTHER.key))
      await assert.rejects(cluster.ask('GET', LEASE), /404/)
    },
  )

  await context.test('a second run finds nothing to do', async () => {
    const { code, out } = await cleanup()
    assert.deepEqual([code, out.split('\n')[0]], [0, 'nothing to do'])
  })

  await cluster.ask('DELETE', `/api/v1/nodes?labelSelector=${LABEL}`)
  await eventually('no node of these checks', async () => (await nodesOf(cluster)).length === 0)
}
