import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { ClusterEvent, TaintNode } from '../../controller/cluster.ts'
import { createStartupTaint } from '../../controller/startup-taint.ts'
import { createClusterCache } from '../../controller/watch/cluster-cache.ts'
import type { ObjectStore, Stored } from '../../controller/watch/object-store.ts'
import { type Clock, realClock } from '../../lib/io/clock.ts'
import type { ApiRequest } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import { eventually } from '../support/eventually.ts'
import { daemonSetOf, nodeOf, podOf } from '../support/rollout-cluster.ts'

const TAINT = { key: 'picket.dev/agent-not-ready', value: '', effect: 'NoSchedule' }
const OPTIONS = { key: TAINT.key, mode: 'bootstrap', backAfterMs: 60_000, daemonSets: ['logs/agent'] } as const

const put = <T extends Stored>(store: ObjectStore<T>, object: T): void =>
  void store.apply('MODIFIED', { uid: object.uid, resourceVersion: object.resourceVersion, object })

const refusal = (status: number): KubeError =>
  new KubeError('refused', { status, reason: undefined, retryAfterMs: undefined, expired: false, cause: undefined })

/** A cluster of two nodes whose agents are Ready, and an API server that answers as it is told. */
const start = (
  t: TestContext,
  answer: (request: ApiRequest, nth: number) => void,
  dryRun = false,
  daemonSets: readonly string[] = OPTIONS.daemonSets,
) => {
  const cache = createClusterCache()
  const template = { spec: { tolerations: [{ operator: 'Exists' }] } }
  put(cache.daemonSetStore, { ...daemonSetOf('v1'), template })
  for (const name of ['a', 'b']) {
    put(cache.nodeStore, nodeOf(name, { taints: [TAINT] }))
    put(cache.podStore, podOf(name, 'v1', 1))
  }
  const seen = {
    asked: [] as string[],
    events: [] as string[],
    acted: [] as string[],
    dry: [] as string[],
    absent: [] as string[],
  }
  let passedMs = 0
  const sleep: Clock['sleep'] = (ms, signal) => {
    passedMs += ms
    return realClock.sleep(1, signal)
  }
  const taint = createStartupTaint(
    { ...OPTIONS, daemonSets, dryRun },
    {
      cache,
      // Waits are not waited for.
      clock: { ...realClock, monotonic: () => passedMs, sleep },
      send: async (request) => {
        seen.asked.push(request.path)
        answer(request, seen.asked.length)
      },
      event: ({ about, reason }: ClusterEvent) => seen.events.push(`${about.identity.name} ${reason}`),
      acted: ({ node }: TaintNode, error) => seen.acted.push(`${node.name} ${error ? 'failed' : 'done'}`),
      absent: (names) => seen.absent.push(names.join()),
      dryRun: (actions) => seen.dry.push(...actions.map(({ node }) => node.name)),
    },
  )
  const stop = new AbortController()
  const ended = taint.run(stop.signal)
  t.after(async () => {
    stop.abort()
    await ended
  })
  return { cache, taint, seen, passedMs: () => passedMs }
}

test('each node is patched, and its event is written once that has succeeded', async (t) => {
  const { seen, taint, cache } = start(t, () => {})
  await eventually('both', () => seen.acted.length === 2)
  assert.deepEqual(seen.asked, ['/api/v1/nodes/a', '/api/v1/nodes/b'])
  assert.deepEqual(seen.events, ['a StartupTaintRemoved', 'b StartupTaintRemoved'])
  for (const name of ['a', 'b']) put(cache.nodeStore, nodeOf(name, { resourceVersion: '2' }))
  put(cache.nodeStore, nodeOf('c', { taints: [TAINT] }))
  put(cache.podStore, podOf('c', 'v1', 1))
  taint.see({ kind: 'look_at_node', node: 'c' })
  await eventually('the third', () => seen.events.includes('c StartupTaintRemoved'))
  assert.deepEqual(seen.asked.slice(2), ['/api/v1/nodes/c'])
})

test('a node that has moved on is looked at again, and its neighbour is not held up', async (t) => {
  const { seen } = start(t, ({ path }, nth) => {
    if (path.endsWith('/a') && nth < 3) throw refusal(422)
  })
  await eventually(
    'both',
    () => seen.events.includes('a StartupTaintRemoved') && seen.events.includes('b StartupTaintRemoved'),
  )
  assert.ok(!seen.acted.includes('a failed'), 'it is no failure that anybody need be told of')
})

test('a refusal for good is told with its node', async (t) => {
  const { seen } = start(t, ({ path }) => {
    if (path.endsWith('/a')) throw refusal(403)
  })
  await eventually('the failure', () => seen.acted.includes('a failed') && seen.acted.includes('b done'))
  assert.ok(!seen.events.includes('a StartupTaintRemoved'))
})

test('a DaemonSet that nodes are to wait for and that does not exist is named once', async (t) => {
  const { seen, taint, cache } = start(t, () => {}, false, ['logs/agent', 'logs/agnet'])
  await eventually('the first look', () => seen.events.includes('a StartupTaintRemoved'))
  put(cache.nodeStore, nodeOf('c', { taints: [TAINT] }))
  put(cache.podStore, podOf('c', 'v1', 1))
  taint.see({ kind: 'look_at_node', node: 'c' })
  await eventually('another look', () => seen.events.includes('c StartupTaintRemoved'))
  assert.deepEqual(seen.absent, ['logs/agnet'])
})

test('a dry run tells what it would do, and asks for nothing', async (t) => {
  const { seen } = start(t, () => {}, true)
  await eventually('its words', () => seen.dry.length >= 2)
  assert.deepEqual([seen.dry.slice(0, 2), seen.asked, seen.events], [['a', 'b'], [], []])
})

test('a node whose patch is refused is asked for ever less often, whatever happens around it', async (t) => {
  const askedMs: number[] = []
  const { seen, taint, passedMs } = start(t, ({ path }) => {
    if (!path.endsWith('/a')) return
    askedMs.push(passedMs())
    throw refusal(403)
  })
  await eventually('six refusals', () => {
    taint.see({ kind: 'look_at_node', node: 'b' })
    return seen.acted.filter((one) => one === 'a failed').length >= 6
  })
  const pausesMs = askedMs.slice(1, 6).map((atMs, i) => atMs - (askedMs[i] ?? 0))
  const leastMs = [2000, 4000, 8000, 16_000, 32_000]
  assert.ok(
    leastMs.every((ms, i) => (pausesMs[i] ?? 0) >= ms),
    `${pausesMs}`,
  )
})

test('a patch that is refused again and again with the status of one that is outdated is told at last', async (t) => {
  const { seen } = start(t, ({ path }) => {
    if (path.endsWith('/a')) throw refusal(422)
  })
  await eventually('the failure', () => seen.acted.includes('a failed'))
  const asked = seen.asked.filter((path) => path.endsWith('/a')).length
  const told = seen.acted.filter((one) => one === 'a failed').length
  assert.equal(asked - told, 4)
})
