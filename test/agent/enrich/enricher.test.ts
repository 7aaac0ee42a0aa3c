import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createEnricher, type Enricher, type EnrichOptions } from '../../../agent/enrich/enricher.ts'
import { pathFactsProvider } from '../../../agent/enrich/path-facts.ts'
import type { ContainerOrigin, TailedFile } from '../../../agent/event.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { type FakeApiServer, type Pending, startFakeApiServer } from '../../lib/kube/fake-api-server.ts'
import { createModelClock, type ModelClock } from '../../lib/kube/model-clock.ts'
import { eventually } from '../../support/eventually.ts'

const UID = '6f0d2f3e-1c1b-4a53-9a63-0a6ff0b0c0de'
const ID = '0123456789abcdef'.repeat(4)

const fileOf = (origin: Partial<ContainerOrigin> = {}): TailedFile => ({
  source: 'containers',
  origin: {
    kind: 'container',
    namespace: 'shop',
    pod: 'web-0',
    container: 'nginx',
    podUid: UID,
    restart: 0,
    containerId: ID,
    ...origin,
  },
  tag: 'kube.shop.nginx.web-0',
  path: '/var/log/containers/x.log',
  format: 'cri',
  fingerprint: 'f',
  chain: 'c',
  predecessor: undefined,
  size: 0,
  state: 'growing',
  vanishing: false,
  read: () => 0,
})

const podOf = (resourceVersion: string, labels: Record<string, string> = {}, uid = UID) => ({
  metadata: {
    uid,
    name: 'web-0',
    namespace: 'shop',
    resourceVersion,
    labels,
    ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
  },
  spec: { nodeName: 'node-1', containers: [{ name: 'nginx', image: 'nginx:1.29' }] },
  status: { podIP: '10.1.2.3' },
})

const listOf = (...items: unknown[]) => ({ metadata: { resourceVersion: '10' }, items })

const PATH_FIELDS = {
  container: { id: ID, name: 'nginx' },
  kubernetes: { namespace: 'shop', pod: { name: 'web-0' }, container: { name: 'nginx' } },
  service: { name: 'nginx' },
}

const podFields = (labels: Record<string, string> = {}) => ({
  container: { id: ID, name: 'nginx', image: { name: 'nginx:1.29' } },
  kubernetes: {
    namespace: 'shop',
    pod: { name: 'web-0', uid: UID, ip: '10.1.2.3' },
    node: { name: 'node-1' },
    container: { name: 'nginx' },
    statefulset: { name: 'web' },
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  },
  orchestrator: { namespace: 'shop' },
  service: { name: 'nginx' },
})

interface Harness {
  readonly server: FakeApiServer
  readonly clock: ModelClock
  readonly enricher: Enricher
  readonly told: unknown[]
  stop(): Promise<void>
}

const stateFile = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-enrich-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'pods.json')
}

const start = async (t: TestContext, options: Partial<EnrichOptions> = {}): Promise<Harness> => {
  const server = await startFakeApiServer()
  const clock = createModelClock()
  const told: unknown[] = []
  const access = {
    server: server.url,
    tokenFile: undefined,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
  }
  const enricher = createEnricher(
    {
      node: 'node-1',
      labels: { include: ['*'], exclude: [] },
      annotations: { include: [], exclude: [] },
      namespaceLabels: [],
      nodeLabels: [],
      podGraceMs: 5000,
      goneGraceMs: 600_000,
      maxPods: 100,
      statePath: undefined,
      saveEveryMs: 30_000,
      ...options,
    },
    {
      client: createKubeClient(access),
      clock,
      filesystem: realFilesystem,
      random: () => 0.5,
      events: {
        watchFailed: (resource, error, retryInMs) => told.push(['failed', resource, error.message, retryInMs]),
        watchEstablished: (resource) => told.push(['established', resource]),
        stateDamaged: (_path, detail) => told.push(['damaged', detail]),
        checkpointFailed: (error) => told.push(['not saved', (error.cause as Error).message]),
      },
    },
  )
  const stopping = new AbortController()
  const done = enricher.run(stopping.signal)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await done
    await server.close()
  }
  t.after(stop)
  return { server, clock, enricher, told, stop }
}

/** Answers the list of pods and opens the watch. */
const watching = async (harness: Harness, ...pods: unknown[]): Promise<Pending> => {
  ;(await harness.server.next()).json(listOf(...pods))
  const watch = await harness.server.next()
  watch.open()
  await eventually('the watch stands', () => harness.told.length > 0)
  return watch
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const ask = ({ enricher }: Harness, file: TailedFile) => {
  const { facts, ready, version } = enricher.provider.facts(file)
  return plain([facts.fields, ready, version])
}

test('a file of a known pod has its facts at once, and others when the pod’s change', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness, podOf('9'))
  const file = fileOf()
  assert.deepEqual(ask(harness, file), [podFields(), true, 1])
  watch.event('MODIFIED', podOf('11', { app: 'web' }))
  await eventually('new facts', () => harness.enricher.provider.facts(file).version === 2)
  assert.deepEqual(ask(harness, file), [podFields({ app: 'web' }), true, 2])
})

test('a change of a pod that no document shows is no new version', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness, podOf('9'))
  const file = fileOf()
  const before = harness.enricher.provider.facts(file)
  watch.event('MODIFIED', {
    ...podOf('11'),
    status: { podIP: '10.1.2.3', containerStatuses: [{ name: 'nginx', restartCount: 3 }] },
  })
  watch.event('ADDED', podOf('12', {}, 'another'))
  await eventually('the other pod', () => harness.enricher.stats().pods === 2)
  assert.equal(harness.enricher.provider.facts(file), before)
})

test('only this node’s pods are asked for', async (t) => {
  const harness = await start(t)
  const { path, query } = await harness.server.next()
  assert.deepEqual([path, query.fieldSelector], ['/api/v1/pods', 'spec.nodeName=node-1'])
})

test('an unknown pod’s lines wait for it, and go on when it comes', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness)
  const file = fileOf()
  assert.deepEqual(ask(harness, file), [PATH_FIELDS, false, 1])
  await harness.clock.advance(4999)
  assert.deepEqual(ask(harness, file), [PATH_FIELDS, false, 1])
  watch.event('ADDED', podOf('11'))
  await eventually('the pod', () => harness.enricher.stats().pods === 1)
  assert.deepEqual(ask(harness, file), [podFields(), true, 2])
})

test('an unknown pod’s lines wait no longer than the grace; facts that come later count from then on', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness)
  const file = fileOf()
  ask(harness, file)
  await harness.clock.advance(5000)
  assert.deepEqual(ask(harness, file), [PATH_FIELDS, true, 1])
  watch.event('ADDED', podOf('11'))
  await eventually('the pod', () => harness.enricher.stats().pods === 1)
  assert.deepEqual(ask(harness, file), [podFields(), true, 2])
})

test('an API server that does not answer costs one grace, not one for every new pod', async (t) => {
  const harness = await start(t)
  await harness.server.next()
  const file = fileOf()
  assert.deepEqual(ask(harness, file), [PATH_FIELDS, false, 1])
  await harness.clock.advance(5000)
  assert.deepEqual(ask(harness, file), [PATH_FIELDS, true, 1])
  const later = fileOf({ pod: 'web-1', podUid: undefined })
  assert.equal(harness.enricher.provider.facts(later).ready, true)
  assert.deepEqual(harness.enricher.stats(), { pods: 0, evicted: 0, watching: false, blindMs: 5000 })
})

test('without a grace nothing waits', async (t) => {
  const harness = await start(t, { podGraceMs: 0 })
  assert.deepEqual(ask(harness, fileOf()), [PATH_FIELDS, true, 1])
})

test('a watch that fails is told, and its pods stay known', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness, podOf('9'))
  watch.event('ERROR', { code: 500, message: 'etcd is away' })
  await eventually('the failure', () => harness.told.length === 2)
  assert.deepEqual(harness.told, [
    ['established', 'pods'],
    ['failed', 'pods', 'etcd is away', 400],
  ])
  assert.deepEqual([harness.enricher.stats().watching, ask(harness, fileOf())], [false, [podFields(), true, 1]])
})

test('a deleted pod keeps its facts for the grace, for new files of it too', async (t) => {
  const harness = await start(t)
  const watch = await watching(harness, podOf('9'))
  watch.event('DELETED', podOf('12', { last: 'words' }))
  const file = fileOf()
  await eventually('the deletion', () => JSON.stringify(harness.enricher.provider.facts(file).facts).includes('words'))
  await harness.clock.advance(660_000)
  assert.equal(harness.enricher.stats().pods, 0)
  assert.deepEqual(ask(harness, file), [
    podFields({ last: 'words' }),
    true,
    harness.enricher.provider.facts(file).version,
  ])
  assert.deepEqual(ask(harness, fileOf()), [PATH_FIELDS, false, 1])
})

test('what is known is saved every while and at the end, and known at a start without an API server', async (t) => {
  const statePath = stateFile(t)
  const first = await start(t, { statePath })
  const watch = await watching(first, podOf('9', { app: 'web' }))
  await first.clock.advance(30_000)
  assert.equal(existsSync(statePath), true)
  watch.event('MODIFIED', podOf('11', { app: 'shop' }))
  await eventually('the change', () => JSON.stringify(ask(first, fileOf())).includes('"app":"shop"'))
  await first.stop()
  const second = await start(t, { statePath })
  assert.deepEqual(ask(second, fileOf()), [podFields({ app: 'shop' }), true, 1])
})

test('a damaged file of pods is told, and costs nothing else', async (t) => {
  const statePath = stateFile(t)
  writeFileSync(statePath, '{"version":9}')
  const harness = await start(t, { statePath })
  assert.deepEqual(harness.told, [['damaged', 'pods of the last run are not known: version 9, this agent knows 1']])
  assert.deepEqual(ask(harness, fileOf()), [PATH_FIELDS, false, 1])
})

test('a state folder that cannot be written is told once, not every 30 s', async (t) => {
  const harness = await start(t, { statePath: '/nonexistent/pods.json' })
  const watch = await watching(harness, podOf('9'))
  await harness.clock.advance(30_000)
  watch.event('MODIFIED', podOf('11', { app: 'web' }))
  await harness.clock.advance(300_000)
  assert.deepEqual(
    harness.told.filter((one) => (one as string[])[0] === 'not saved').map((one) => (one as string[])[1]?.slice(0, 6)),
    ['ENOENT'],
  )
})

test('labels of the namespace and of the node are watched as metadata only, where they are wanted', async (t) => {
  const harness = await start(t, { namespaceLabels: ['team'], nodeLabels: ['topology.kubernetes.io/*'] })
  const named = (name: string, labels: Record<string, string>, resourceVersion = '5') => ({
    metadata: { name, labels, resourceVersion },
  })
  const answers: Record<string, unknown> = {
    '/api/v1/pods': listOf(podOf('9')),
    '/api/v1/namespaces': listOf(named('shop', { team: 'blue', secret: 'x' }), named('other', { team: 'red' })),
    '/api/v1/nodes': listOf(named('node-1', { 'topology.kubernetes.io/zone': 'a', disk: 'x' })),
  }
  const asked: Record<string, [string | undefined, string | undefined]> = {}
  const watches: Record<string, Pending> = {}
  for (let request = 0; request < 6; request += 1) {
    const one = await harness.server.next()
    asked[one.path] = [one.query.fieldSelector, one.headers.accept?.slice(17, 45)]
    if (one.query.watch === undefined) one.json(answers[one.path])
    else {
      one.open()
      watches[one.path] = one
    }
  }
  assert.deepEqual(asked, {
    '/api/v1/pods': ['spec.nodeName=node-1', ''],
    '/api/v1/namespaces': [undefined, 'as=PartialObjectMetadata;g=m'],
    '/api/v1/nodes': ['metadata.name=node-1', 'as=PartialObjectMetadata;g=m'],
  })
  const file = fileOf()
  const around = () => {
    const kubernetes = plain(harness.enricher.provider.facts(file).facts.fields.kubernetes) as Record<string, unknown>
    return [kubernetes.namespace_labels, kubernetes.node]
  }
  assert.deepEqual(around(), [{ team: 'blue' }, { name: 'node-1', labels: { 'topology_kubernetes_io/zone': 'a' } }])
  watches['/api/v1/namespaces']?.event('MODIFIED', named('shop', { team: 'green' }, '11'))
  watches['/api/v1/namespaces']?.event('DELETED', named('other', {}, '12'))
  await eventually('the new label', () => JSON.stringify(around()).includes('green'))
  assert.deepEqual(around()[0], { team: 'green' })
})

test('a plain file has no facts and never waits; without an API server no file does', async (t) => {
  const harness = await start(t)
  const file: TailedFile = { ...fileOf(), origin: { kind: 'plain' } }
  assert.deepEqual(ask(harness, file), [{}, true, 0])
  assert.deepEqual(plain(pathFactsProvider.facts(fileOf())), {
    facts: { fields: PATH_FIELDS },
    ready: true,
    version: 0,
  })
})

test('the path alone: the uid where it has no container id, never half an id, never a static pod’s hash', () => {
  const kubernetes = (podUid: string | undefined, containerId: string | undefined) =>
    plain(pathFactsProvider.facts(fileOf({ podUid, containerId })).facts.fields)
  const without = { ...PATH_FIELDS, container: { name: 'nginx' } }
  const withUid = { ...without, kubernetes: { ...PATH_FIELDS.kubernetes, pod: { name: 'web-0', uid: UID } } }
  assert.deepEqual(
    [
      kubernetes(UID, ID),
      kubernetes(UID, undefined),
      kubernetes(UID, ID.slice(1)),
      kubernetes('0'.repeat(32), undefined),
    ],
    [PATH_FIELDS, withUid, withUid, without],
  )
})
