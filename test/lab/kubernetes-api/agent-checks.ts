import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startBulkSink } from '../../support/bulk-sink.ts'
import { type CriWriter, createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { labAgent } from '../agent/lab-agent.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { Cluster } from '../kubernetes/cluster.ts'

const NODE = 'node-1'
const PODS = '/api/v1/namespaces/default/pods'

/** A pod of a Deployment's ReplicaSet on the agent's node, with the uid that the server gives it. */
const createPod = async (plane: Cluster, name: string): Promise<string> => {
  const hash = '7d4b9c6f5d'
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { 'app.kubernetes.io/name': 'storefront', 'pod-template-hash': hash, tier: 'front' },
      annotations: { 'elastic.co/dataset': 'storefront.logs', 'example.com/owner': 'team-blue' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${hash}`, uid: `${name}-owner`, controller: true },
      ],
    },
    spec: { nodeName: NODE, containers: [{ name: 'nginx', image: 'nginx:1.29' }] },
  }
  return ((await plane.ask('POST', PODS, pod)) as { metadata: { uid: string } }).metadata.uid
}

const configOf = (plane: Cluster, places: Readonly<Record<'folder' | 'tokenFile' | 'sink' | 'port', string>>) => `
state_dir: ${places.folder}/state
node: { name: ${NODE} }
sources:
  containers: { kind: containers, path: ${places.folder}/log/containers, allowed_roots: [${places.folder}/log/pods] }
enrich:
  kubernetes: on
  api_server: https://127.0.0.1:${plane.port}
  token_file: ${places.tokenFile}
  ca_file: ${plane.caFile}
  annotations: true
  namespace_labels: true
  node_labels: true
outputs:
  search: { kind: elasticsearch, hosts: ["${places.sink}"] }
server: { listen: "127.0.0.1:${places.port}" }
`

/** The agent as a user starts it, beside the API server: what it reads in files carries what the server knows. */
export const agentChecks = async (context: TestContext, plane: Cluster, tokenFile: string): Promise<void> => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-enrich-'))
  context.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const sink = await startBulkSink()
  context.after(() => sink.close())
  const [port = 0] = await freePorts(1)
  const config = configOf(plane, { folder, tokenFile, sink: sink.url, port: String(port) })
  const agent = labAgent(context, { folder, config, port })
  const writers = new Map<string, CriWriter>()
  const startPod = async (name: string): Promise<string> => {
    const uid = await createPod(plane, name)
    writers.set(name, createCriWriter(join(folder, 'log'), 'default', name, 'nginx', uid))
    return uid
  }
  const write = (pod: string, text: string): void => void (writers.get(pod) as CriWriter).line(text)
  const documentOf = (message: string): Promise<Record<string, unknown>> =>
    eventually(`a document with ${message}`, () => [...sink.documents.values()].find((d) => d.message === message))
  const enriched = (name: string, uid: string) => ({
    data_stream: { type: 'logs', dataset: 'storefront.logs', namespace: 'default' },
    host: { name: NODE },
    kubernetes: {
      namespace: 'default',
      namespace_labels: { 'kubernetes_io/metadata_name': 'default', team: 'blue' },
      pod: { name, uid },
      node: { name: NODE, labels: { 'topology_kubernetes_io/zone': 'a' } },
      container: { name: 'nginx' },
      labels: { 'app_kubernetes_io/name': 'storefront', tier: 'front' },
      annotations: { 'elastic_co/dataset': 'storefront.logs', 'example_com/owner': 'team-blue' },
      deployment: { name: 'web' },
    },
    orchestrator: { namespace: 'default' },
    service: { name: 'storefront' },
  })
  const assertEnriched = async (message: string, name: string, uid: string): Promise<void> => {
    const {
      '@timestamp': _time,
      container: _container,
      log: _log,
      stream: _stream,
      message: _,
      ...facts
    } = await documentOf(message)
    assert.deepEqual(facts, enriched(name, uid))
  }

  await context.test('the agent: labels, owner, namespace and node in the documents', async () => {
    const uid = await startPod('web-7d4b9c6f5d-x2x7p')
    write('web-7d4b9c6f5d-x2x7p', 'known before the agent')
    await agent.start()
    await assertEnriched('known before the agent', 'web-7d4b9c6f5d-x2x7p', uid)
    const late = await startPod('web-7d4b9c6f5d-late1')
    write('web-7d4b9c6f5d-late1', 'a pod that came later')
    await assertEnriched('a pod that came later', 'web-7d4b9c6f5d-late1', late)
  })

  await context.test('the agent: a label that changes is in the lines that come after it', async () => {
    const name = 'web-7d4b9c6f5d-x2x7p'
    await plane.ask(
      'PATCH',
      `${PODS}/${name}`,
      { metadata: { labels: { tier: 'back' } } },
      'application/merge-patch+json',
    )
    let n = 0
    await eventually('a line with the new label', async () => {
      n += 1
      write(name, `after the change ${n}`)
      const { kubernetes } = (await documentOf(`after the change ${n}`)) as { kubernetes: { labels: { tier: string } } }
      return kubernetes.labels.tier === 'back'
    })
  })

  await context.test('the agent: started while the API server is away, it still knows its pods', async () => {
    const name = 'web-7d4b9c6f5d-late1'
    assert.equal(await agent.stop(), 0)
    plane.apiServer.signal('SIGSTOP')
    write(name, 'while the API server is away')
    await agent.start()
    const { kubernetes } = (await documentOf('while the API server is away')) as {
      kubernetes: { deployment?: { name: string } }
    }
    plane.apiServer.signal('SIGCONT')
    assert.deepEqual(kubernetes.deployment, { name: 'web' })
    await eventually('the watch stands', async () => (await agent.metric('picket_watch_up', 'pods')) === 1, 60_000)
    assert.deepEqual(agent.unready, [])
    assert.equal(await agent.stop(), 0)
    assert.equal(sink.documents.size, [...writers.values()].flatMap(({ written }) => written).length)
  })
}
