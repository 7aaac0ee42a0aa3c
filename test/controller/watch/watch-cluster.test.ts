import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createClusterCache } from '../../../controller/watch/cluster-cache.ts'
import type { Trigger } from '../../../controller/watch/triggers.ts'
import { type WatchOptions, watchCluster } from '../../../controller/watch/watch-cluster.ts'
import { createKubeClient } from '../../../lib/kube/kube-client.ts'
import { type Pending, startFakeApiServer } from '../../lib/kube/fake-api-server.ts'
import { createModelClock } from '../../lib/kube/model-clock.ts'
import { eventually } from '../../support/eventually.ts'

const NONE = { tokenFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined }
const resourceOf = ({ path }: Pending): string => path.slice(path.lastIndexOf('/') + 1)

const start = async (t: TestContext, options: WatchOptions = { namespace: undefined, selector: '' }) => {
  const server = await startFakeApiServer()
  const cache = createClusterCache()
  const triggers: Trigger[] = []
  const stop = new AbortController()
  const clock = createModelClock()
  const failures: string[] = []
  const watch = watchCluster(
    options,
    {
      client: createKubeClient({ ...NONE, server: server.url }),
      clock,
      random: () => 0,
      cache,
      trigger: (trigger) => triggers.push(trigger),
      established: () => {},
      failed: (resource, error) => failures.push(`${resource}: ${error.message}`),
    },
    stop.signal,
  )
  t.after(async () => {
    stop.abort()
    await watch.ended
    await server.close()
  })
  /** The next `count` requests, whichever of the watches they come from. */
  const requests = async (count: number): Promise<Map<string, Pending>> => {
    const all = new Map<string, Pending>()
    for (let i = 0; i < count; i++) {
      const one = await server.next()
      all.set(resourceOf(one), one)
    }
    return all
  }
  return { cache, clock, watch, triggers, failures, requests, server }
}

const list = (version: string, items: object[] = []) => ({ metadata: { resourceVersion: version }, items })
const metadata = (name: string, resourceVersion: string, more = {}) => ({
  metadata: { namespace: 'logging', name, uid: `${name}-uid`, resourceVersion, labels: { app: 'agent' }, ...more },
})
const set = (resourceVersion: string) => ({
  ...metadata('agent', resourceVersion),
  spec: { selector: { matchLabels: { app: 'agent' } }, template: {} },
})
const ours = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'agent-uid', controller: true }],
}

test('what is asked of the server: everything, or one namespace, and DaemonSets by their labels', async (t) => {
  const wide = await start(t)
  const narrow = await start(t, { namespace: 'logging', selector: 'a=b' })
  const asked = async ({ requests }: typeof wide) =>
    [...(await requests(5)).values()].map(({ path, query }) => [path, query]).sort()
  const paged = { limit: '500' }
  assert.deepEqual(await asked(wide), [
    ['/api/v1/namespaces', paged],
    ['/api/v1/nodes', paged],
    ['/api/v1/pods', paged],
    ['/apis/apps/v1/controllerrevisions', paged],
    ['/apis/apps/v1/daemonsets', paged],
  ])
  assert.deepEqual(await asked(narrow), [
    ['/api/v1/namespaces', { fieldSelector: 'metadata.name=logging', ...paged }],
    ['/api/v1/namespaces/logging/pods', paged],
    ['/api/v1/nodes', paged],
    ['/apis/apps/v1/namespaces/logging/controllerrevisions', paged],
    ['/apis/apps/v1/namespaces/logging/daemonsets', { labelSelector: 'a=b', ...paged }],
  ])
})

test('work may begin when every resource has been listed, and versions follow the watch', async (t) => {
  const { requests, watch, cache, triggers, server } = await start(t)
  const lists = await requests(5)
  lists.get('daemonsets')?.json(list('10', [set('5')]))
  lists
    .get('pods')
    ?.json(
      list('11', [
        metadata('p', '6', ours),
        { metadata: { uid: 'foreign', ownerReferences: [{ kind: 'ReplicaSet', controller: true }] } },
      ]),
    )
  for (const resource of ['nodes', 'controllerrevisions', 'namespaces']) lists.get(resource)?.json(list('12'))
  await watch.synced
  const watches = await requests(5)
  assert.deepEqual([watch.version('pods'), cache.podStore.size], ['11', 1])
  triggers.length = 0
  watches.get('pods')?.event('MODIFIED', metadata('p', '20', { ...ours, deletionTimestamp: '2026-01-01T00:00:00Z' }))
  watches.get('pods')?.event('ADDED', {
    metadata: { uid: 'f2', resourceVersion: '21', ownerReferences: [{ kind: 'Job', controller: true }] },
  })
  await eventually('the second event', () => watch.version('pods') === '21')
  assert.deepEqual(
    [triggers, cache.podStore.size, server.waiting],
    [
      [
        { kind: 'deletion_observed', key: 'logging/agent' },
        { kind: 'enqueue', key: 'logging/agent', afterMs: 0 },
      ],
      1,
      0,
    ],
  )
})

test('what happened while the server had forgotten where we were is made up for by a new list', async (t) => {
  const { requests, triggers, failures, clock, server } = await start(t)
  const lists = await requests(5)
  lists.get('daemonsets')?.json(list('10', [set('5')]))
  await eventually('the DaemonSet', () => triggers.length === 1)
  lists.get('pods')?.json(list('11', [metadata('stays', '6', ours), metadata('goes', '7', ours)]))
  for (const resource of ['nodes', 'controllerrevisions', 'namespaces']) lists.get(resource)?.json(list('12'))
  const watches = await requests(5)
  triggers.length = 0
  watches.get('pods')?.event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' })
  watches.get('pods')?.end()
  await clock.sleeper(50)
  await clock.advance(50)
  const again = await server.next()
  assert.deepEqual([again.path, again.query], ['/api/v1/pods', { limit: '500' }])
  again.json(list('30', [metadata('stays', '6', ours), metadata('new', '25', ours)]))
  await eventually('the new list', () => triggers.length === 4)
  assert.deepEqual(
    triggers.map(({ kind }) => kind),
    ['deletion_observed', 'enqueue', 'creation_observed', 'enqueue'],
  )
  assert.deepEqual(failures, ['pods: too old resource version'])
})
