import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { agentOn, pidOf } from './agents.ts'
import { type NodeLab, WORKLOADS } from './lab.ts'
import { run } from './programs.ts'
import { HOST_PORT, RELEASE_NAMESPACE } from './release.ts'
import { startWriter } from './writer.ts'

const METRICS_PORT = 9464
/** So often that a Service which leads to everybody would be seen to. */
const CALLS = 12

/** The node whose agent answers, by its node_uname_info. */
const ASK = `
const text = await (await fetch(process.argv[1] + '/metrics', { signal: AbortSignal.timeout(5000) })).text()
process.stdout.write(/^node_uname_info\\{.*\\bnodename="([^"]+)"/m.exec(text)[1])
`

/** Asks from within the network of the pod whose process this is. */
const askFrom = async (pid: number, address: string, port: number): Promise<string> => {
  const program = [process.execPath, '--input-type=module', '--eval', ASK, `http://${address}:${port}`]
  const { code, stdout, stderr } = await run('nsenter', [`--target=${pid}`, '--net', '--', ...program], process.env)
  if (code !== 0) throw new Error(`${address}:${port}: ${stderr}`)
  return stdout
}

/** Once the kubelet has said which container it is: the agent may have delivered its first lines before. */
const writerPid = ({ cluster }: NodeLab, name: string): Promise<number> =>
  eventually(`the process of ${name}`, async () => {
    const path = `/api/v1/namespaces/${WORKLOADS}/pods/${name}`
    const { status } = await cluster.ask<PodStatus>('GET', path)
    return pidOf({ name, containerId: (status.containerStatuses?.[0]?.containerID ?? '').replace(/^.*:\/\//, '') })
  })

interface PodStatus {
  readonly status: { readonly containerStatuses?: readonly { readonly containerID?: string }[] }
}

interface Slice {
  readonly endpoints: readonly { readonly addresses: readonly string[]; readonly nodeName?: string }[]
}

/** Where the cluster's DNS would have its records from. */
const recordsOf = async ({ cluster }: NodeLab, service: string): Promise<readonly (readonly [string, string])[]> => {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${RELEASE_NAMESPACE}/endpointslices`
  const label = encodeURIComponent(`kubernetes.io/service-name=${service}`)
  const { items } = await cluster.ask<{ items: readonly Slice[] }>('GET', `${path}?labelSelector=${label}`)
  return items
    .flatMap(({ endpoints }) => endpoints)
    .map(({ addresses, nodeName = '' }) => [addresses[0] ?? '', nodeName] as const)
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
}

const addressOf = async ({ cluster }: NodeLab, service: string): Promise<string> => {
  const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/services/${service}`
  return (await cluster.ask<{ spec: { clusterIP: string } }>('GET', path)).spec.clusterIP
}

/** The ways of Kubernetes' own page on DaemonSets to speak with their pods; the fourth, that they push, is what all else is about. */
export const reachChecks = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [one, two] = lab.nodes
  const writers = await Promise.all([one, two].map((node) => startWriter(lab, `asks-from-${node.name}`, { node })))
  for (const { delivers } of writers) await delivers(1)
  const pids = await Promise.all(writers.map(({ name }) => writerPid(lab, name)))
  const fromEach = (ask: (pid: number, i: number) => Promise<unknown>): Promise<unknown[]> => Promise.all(pids.map(ask))

  await context.test('a pod reaches its own node’s agent by the node’s address and the known port', async () => {
    const answers = await fromEach((pid, i) => askFrom(pid, lab.nodes[i]?.address ?? '', HOST_PORT))
    assert.deepEqual(answers, [one.name, two.name])
  })

  await context.test('a pod reaches all agents by the records of the headless Service', async () => {
    const records = await recordsOf(lab, 'picket-agent')
    const agents = await Promise.all(lab.nodes.map(({ name }) => agentOn(lab, name)))
    assert.deepEqual(
      records,
      agents.map(({ address, node }) => [address, node]),
    )
    const all = await fromEach((pid) => Promise.all(records.map(([address]) => askFrom(pid, address, METRICS_PORT))))
    assert.deepEqual(all, [
      [one.name, two.name],
      [one.name, two.name],
    ])
  })

  await context.test(
    'a pod reaches its own node’s agent, and no other, by the Service with the local policy',
    async () => {
      const address = await addressOf(lab, 'picket-agent-local')
      const often = await fromEach(async (pid) => {
        const answers = new Set<string>()
        for (let i = 0; i < CALLS; i += 1) answers.add(await askFrom(pid, address, METRICS_PORT))
        return [...answers]
      })
      assert.deepEqual(often, [[one.name], [two.name]])
    },
  )

  await context.test('the node page is on no address but the pod’s own loopback', async () => {
    const { address } = await agentOn(lab, one.name)
    for (const where of [address, one.address]) await assert.rejects(fetch(`http://${where}:9465/`), /fetch failed/)
  })

  for (const writer of writers) {
    await writer.end()
    await writer.everyLineOnce()
  }
}
