import assert from 'node:assert/strict'
import test from 'node:test'
import { createPodCache, type PodCache } from '../../../agent/enrich/pod-cache.ts'
import type { PodFacts } from '../../../agent/enrich/pod-fields.ts'
import type { ContainerOrigin } from '../../../agent/event.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

const pod = (uid: string, more: Partial<PodFacts> = {}): PodFacts => ({
  uid,
  namespace: 'shop',
  name: 'web-0',
  node: 'node-1',
  ip: undefined,
  configHash: undefined,
  owner: undefined,
  labels: {},
  annotations: {},
  serviceName: undefined,
  serviceVersion: undefined,
  dataset: undefined,
  dataNamespace: undefined,
  containers: [{ name: 'nginx', image: 'nginx:1', runtime: undefined, runs: [] }],
  ...more,
})

const ran = (...runs: [restart: number, id: string][]): Partial<PodFacts> => ({
  containers: [
    { name: 'nginx', image: 'nginx:1', runtime: 'containerd', runs: runs.map(([restart, id]) => ({ restart, id })) },
  ],
})

const file = (more: Partial<ContainerOrigin> = {}): ContainerOrigin => ({
  kind: 'container',
  namespace: 'shop',
  pod: 'web-0',
  container: 'nginx',
  podUid: undefined,
  restart: 0,
  containerId: undefined,
  ...more,
})

const uidOf = (cache: PodCache, origin: ContainerOrigin, nowMs = 0): string | undefined =>
  cache.find(origin, nowMs)?.facts.uid

const cacheOf = (...pods: PodFacts[]): PodCache => {
  const cache = createPodCache({ maxPods: 100, goneGraceMs: 1000 })
  for (const one of pods) cache.put(one, 0)
  return cache
}

test('a folder’s uid decides', () => {
  const cache = cacheOf(pod('u1'), pod('u2'))
  assert.deepEqual(
    ['u1', 'u2', 'u3'].map((podUid) => uidOf(cache, file({ podUid }))),
    ['u1', 'u2', undefined],
  )
})

test('a static pod’s folder has its hash, which counts only for the pod whose name the folder has', () => {
  const hash = '0123456789abcdef0123456789abcdef'
  const cache = cacheOf(
    pod('mirror', { configHash: hash }),
    pod('liar', { configHash: hash, name: 'liar', namespace: 'evil' }),
  )
  assert.equal(uidOf(cacheOf(pod('mirror', { configHash: hash })), file({ podUid: hash })), 'mirror')
  assert.equal(uidOf(cache, file({ podUid: hash, pod: 'other' })), undefined)
})

test('another pod’s annotation does not take a static pod’s hash away', () => {
  const hash = '0123456789abcdef0123456789abcdef'
  const liar = pod('liar', { configHash: hash, name: 'liar', namespace: 'evil' })
  assert.equal(uidOf(cacheOf(pod('mirror', { configHash: hash }), liar), file({ podUid: hash })), 'mirror')
  assert.equal(uidOf(cacheOf(liar, pod('mirror', { configHash: hash })), file({ podUid: hash })), 'mirror')
})

test('a StatefulSet’s pods follow each other under one name: the container’s id tells whose file it is', () => {
  const cache = cacheOf(pod('old', ran([0, A])), pod('new', ran([0, B])))
  assert.deepEqual(
    [A, B, 'c'.repeat(64), undefined].map((containerId) => uidOf(cache, file({ containerId }))),
    ['old', 'new', undefined, 'new'],
  )
})

test('a pod whose status has no container yet takes the file with its name', () => {
  assert.equal(uidOf(cacheOf(pod('u1')), file({ containerId: A })), 'u1')
})

test('a crash loop’s earlier runs stay known', () => {
  const cache = cacheOf(pod('u1', ran([0, A])))
  for (let restart = 1; restart < 9; restart += 1) cache.put(pod('u1', ran([restart, `${restart}`.repeat(64)])), 0)
  assert.deepEqual(
    cache.find(file(), 0)?.facts.containers[0]?.runs.map((run) => run.restart),
    [8, 7, 6, 5, 4],
  )
})

test('equal facts are the same object, other facts another', () => {
  const cache = cacheOf(pod('u1'))
  const first = cache.find(file(), 0)
  const changes = cache.changes
  cache.put(pod('u1'), 1)
  assert.deepEqual([cache.find(file(), 0) === first, cache.changes], [true, changes])
  cache.put(pod('u1', { labels: { a: '1' } }), 1)
  assert.notEqual(cache.find(file(), 0), first)
})

test('a gone pod is kept for its grace, and while its files are read', () => {
  const cache = cacheOf(pod('u1'), pod('u2', { name: 'web-1' }))
  cache.replace([], 100)
  cache.find(file(), 900)
  cache.sweep(1099)
  assert.equal(cache.size, 2)
  cache.sweep(1100)
  assert.deepEqual([cache.size, uidOf(cache, file(), 1800)], [1, 'u1'])
  cache.sweep(2799)
  assert.equal(cache.size, 1)
  cache.sweep(2800)
  assert.deepEqual([cache.size, uidOf(cache, file({ podUid: 'u1' }))], [0, undefined])
})

test('a pod that is there after all is not gone', () => {
  const cache = cacheOf(pod('u1'))
  cache.gone('u1', 0)
  cache.replace([pod('u1')], 10)
  cache.sweep(1_000_000)
  assert.equal(cache.size, 1)
})

test('over the limit the gone and the longest unused go first', () => {
  const cache = createPodCache({ maxPods: 2, goneGraceMs: 1000 })
  cache.put(pod('u1', { name: 'one' }), 1)
  cache.put(pod('u2', { name: 'two' }), 2)
  cache.find(file({ pod: 'one' }), 5)
  cache.put(pod('u3', { name: 'three' }), 6)
  assert.deepEqual([uidOf(cache, file({ pod: 'two' })), cache.size, cache.evicted], [undefined, 2, 1])
  cache.gone('u3', 7)
  cache.put(pod('u4', { name: 'four' }), 8)
  assert.deepEqual(
    cache.saved().map((one) => one.facts.uid),
    ['u4', 'u1'],
  )
})

test('a pod is known by its uid, and a static one by the hash of its configuration, unless another claims it', () => {
  const HASH = '0123456789abcdef'.repeat(2)
  const cache = cacheOf(pod('u1'), pod('u2', { name: 'etcd', configHash: HASH }))
  assert.equal(cache.ofFolder('u1')?.facts.uid, 'u1')
  assert.equal(cache.ofFolder(HASH)?.facts.uid, 'u2')
  assert.equal(cache.ofFolder('u9'), undefined)
  cache.put(pod('u3', { name: 'liar', configHash: HASH }), 0)
  assert.equal(cache.ofFolder(HASH), undefined)
})
