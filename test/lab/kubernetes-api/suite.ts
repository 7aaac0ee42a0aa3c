import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parse } from 'yaml'
import { createEnricher, type Enricher } from '../../../agent/enrich/enricher.ts'
import type { ContainerOrigin, TailedFile } from '../../../agent/event.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { eventually } from '../../support/eventually.ts'
import { ensureBuilt, etcd, kubernetes, missingForBuild } from '../kubernetes/build.ts'
import { type Cluster, startApiServer } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'
import { type Relay, startRelay } from '../kubernetes/relay.ts'
import type { Suite } from '../suite.ts'
import { agentChecks } from './agent-checks.ts'

const NODE = 'node-1'
const DOCS = join(import.meta.dirname, '../../../docs/kubernetes-metadata.md')

interface Agent {
  readonly enricher: Enricher
  readonly told: string[]
  stop(): Promise<void>
}

interface Lab {
  readonly plane: Cluster
  readonly relay: Relay
  readonly tokenFile: string
}

const startAgent = ({ plane, relay, tokenFile }: Lab): Agent => {
  const told: string[] = []
  const server = `https://127.0.0.1:${relay.port}`
  const enricher = createEnricher(
    {
      node: NODE,
      labels: { include: ['*'], exclude: [] },
      annotations: { include: ['*'], exclude: ['kubernetes.io/config.*'] },
      namespaceLabels: ['team'],
      nodeLabels: ['topology.kubernetes.io/*'],
      podGraceMs: 5000,
      goneGraceMs: 60_000,
      maxPods: 100,
      statePath: undefined,
      saveEveryMs: 30_000,
    },
    {
      client: createKubeClient({ server, tokenFile, caFile: plane.caFile, certFile: undefined, keyFile: undefined }),
      clock: realClock,
      filesystem: realFilesystem,
      random: Math.random,
      events: {
        watchFailed: (resource, error) => told.push(`${resource} failed: ${error.message}`),
        watchEstablished: (resource) => told.push(`${resource} established`),
        stateDamaged: (_path, detail) => told.push(detail),
        checkpointFailed: (error) => told.push(error.message),
      },
    },
  )
  const stopping = new AbortController()
  const done = enricher.run(stopping.signal)
  return {
    enricher,
    told,
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

const fileOf = (pod: string, more: Partial<ContainerOrigin> = {}): TailedFile => ({
  source: 'containers',
  origin: {
    kind: 'container',
    namespace: 'default',
    pod,
    container: 'app',
    podUid: undefined,
    restart: 0,
    containerId: undefined,
    ...more,
  },
  tag: 'kube',
  path: '/x',
  format: 'cri',
  fingerprint: 'f',
  chain: 'c',
  predecessor: undefined,
  size: 0,
  state: 'growing',
  vanishing: false,
  read: () => 0,
})

const PODS = '/api/v1/namespaces/default/pods'

const createPod = async (plane: Cluster, name: string, node = NODE, metadata: object = {}): Promise<string> => {
  const spec = { nodeName: node, containers: [{ name: 'app', image: 'app:1' }] }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name }, ...metadata }, spec }
  return ((await plane.ask('POST', PODS, pod)) as { metadata: { uid: string } }).metadata.uid
}

const label = (plane: Cluster, pod: string, labels: Record<string, string>): Promise<unknown> =>
  plane.ask('PATCH', `${PODS}/${pod}`, { metadata: { labels } }, 'application/merge-patch+json')

const kubernetesOf = ({ enricher }: Agent, file: TailedFile): Record<string, unknown> =>
  JSON.parse(JSON.stringify(enricher.provider.facts(file).facts.fields.kubernetes)) as Record<string, unknown>

const knows = (agent: Agent, file: TailedFile, text: string): Promise<boolean> =>
  eventually(`${text} in the facts of ${file.path}`, () => JSON.stringify(kubernetesOf(agent, file)).includes(text))

/** The rights that the documentation asks for, taken from it. */
const grantDocumentedRights = async (plane: Cluster): Promise<void> => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(fs.readFileSync(DOCS, 'utf8'))?.[1]
  const role = parse(yaml ?? '') as { metadata: { name: string } }
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await plane.ask('POST', `${rbac}/clusterroles`, role)
  await plane.ask('POST', `${rbac}/clusterrolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'picket' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'picket' }],
  })
}

const established = (agent: Agent): Promise<boolean> =>
  eventually(
    `three watches, only ${agent.told.join('; ')}`,
    () => new Set(agent.told.filter((one) => one.endsWith(' established'))).size === 3,
    60_000,
  )

const run = async (context: TestContext): Promise<void> => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-token-'))
  context.after(() => fs.rmSync(folder, { recursive: true }))
  // Nobody makes service accounts or taints nodes here.
  const plane = await startApiServer({ disabledAdmission: ['ServiceAccount', 'TaintNodesByCondition'] })
  context.after(plane.dispose)
  const relay = await startRelay(plane.port)
  context.after(relay.close)
  const lab = { plane, relay, tokenFile: join(folder, 'token') }
  await plane.ask('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, labels: { 'topology.kubernetes.io/zone': 'a' } },
  })

  fs.writeFileSync(lab.tokenFile, 'expired')
  const agent = startAgent(lab)
  context.after(agent.stop)

  await context.test('a token that is no good, no rights, and then the documented rights', async () => {
    await eventually('401', () => agent.told.some((one) => one === 'pods failed: Unauthorized'))
    fs.writeFileSync(lab.tokenFile, tokens.picket)
    const forbidden =
      'pods failed: pods is forbidden: User "picket" cannot list resource "pods" in API group "" at the cluster scope'
    await eventually('403', () => agent.told.includes(forbidden))
    await grantDocumentedRights(plane)
    await established(agent)
  })

  await context.test(
    'a pod of this node: its facts, its changes, its end; another node’s pod stays unknown',
    async () => {
      await plane.ask(
        'PATCH',
        '/api/v1/namespaces/default',
        { metadata: { labels: { team: 'blue' } } },
        'application/merge-patch+json',
      )
      await createPod(plane, 'elsewhere', 'node-2')
      const uid = await createPod(plane, 'web')
      const file = fileOf('web', { podUid: uid })
      await knows(agent, file, uid)
      await knows(agent, file, 'blue')
      assert.deepEqual(kubernetesOf(agent, file), {
        namespace: 'default',
        namespace_labels: { team: 'blue' },
        pod: { name: 'web', uid },
        node: { name: NODE, labels: { 'topology_kubernetes_io/zone': 'a' } },
        container: { name: 'app' },
        labels: { app: 'web' },
      })
      await label(plane, 'web', { 'app.kubernetes.io/name': 'storefront' })
      await knows(agent, file, 'storefront')
      await plane.ask('DELETE', `${PODS}/web?gracePeriodSeconds=0`)
      await createPod(plane, 'after')
      await knows(agent, fileOf('after'), '"app":"after"')
      assert.equal((kubernetesOf(agent, fileOf('web', { podUid: uid })).pod as { uid: string }).uid, uid)
      assert.equal(JSON.stringify(kubernetesOf(agent, fileOf('elsewhere'))).includes('labels'), false)
    },
  )

  await context.test('a static pod’s mirror is found by its folder’s hash', async () => {
    const hash = '0123456789abcdef0123456789abcdef'
    const annotations = { 'kubernetes.io/config.mirror': hash, 'kubernetes.io/config.hash': hash, team: 'core' }
    await createPod(plane, 'static-node-1', NODE, { annotations })
    await knows(agent, fileOf('static-node-1', { podUid: hash }), 'core')
  })

  await context.test('what happened while the connection was cut is made up for', async () => {
    await createPod(plane, 'cut')
    await knows(agent, fileOf('cut'), '"app":"cut"')
    relay.cut()
    await label(plane, 'cut', { seen: 'later' })
    relay.mend()
    await eventually('the change', () => JSON.stringify(kubernetesOf(agent, fileOf('cut'))).includes('later'), 60_000)
  })

  await context.test('a restart of the API server', async () => {
    await plane.restartApiServer()
    await createPod(plane, 'restarted')
    await eventually(
      'the pod',
      () => JSON.stringify(kubernetesOf(agent, fileOf('restarted'))).includes('"app"'),
      60_000,
    )
  })

  await context.test('a version that the server has forgotten (410)', async () => {
    relay.cut()
    const changed = await createPod(plane, 'forgotten')
    for (let turn = 0; turn < 5; turn += 1) await label(plane, 'forgotten', { turn: String(turn) })
    await plane.ask('DELETE', `${PODS}/cut?gracePeriodSeconds=0`)
    // Its watch cache begins anew, behind which there is no history.
    await plane.restartApiServer()
    const before = agent.told.length
    relay.mend()
    await eventually(
      'the new list',
      () => JSON.stringify(kubernetesOf(agent, fileOf('forgotten', { podUid: changed }))).includes('"turn":"4"'),
      60_000,
    )
    assert.ok(
      agent.told.slice(before).some((one) => /^pods failed: too old resource version/.test(one)),
      agent.told.slice(before).join('; '),
    )
  })

  await agentChecks(context, plane, lab.tokenFile)
}

/** The agent's list-watch and its facts against a real kube-apiserver over a real etcd. */
export const kubernetesApiSuite: Suite = {
  name: 'kubernetes-api',
  missing: () => missingForBuild('etcd and kube-apiserver'),
  prepare: () => {
    for (const build of [etcd, kubernetes]) ensureBuilt(build)
  },
  run,
}
