import assert from 'node:assert/strict'
import test from 'node:test'
import type { Act } from '../../controller/act/act.ts'
import type { Observation } from '../../controller/cluster.ts'
import { createFailedPods } from '../../controller/observe/failed-pods.ts'
import { NO_PLAN } from '../../controller/plan/no-plan.ts'
import { createExpectations } from '../../controller/queue/expectations.ts'
import { createOwnWrites } from '../../controller/queue/own-writes.ts'
import { createWorkQueue, REQUEUE_LIMITS } from '../../controller/queue/work-queue.ts'
import { createReconcile, type Planner } from '../../controller/reconcile.ts'
import { createClusterCache } from '../../controller/watch/cluster-cache.ts'
import { createTokenBucket } from '../../lib/kube/token-bucket.ts'
import { createModelClock } from '../support/model-clock.ts'
import { daemonSet, node, OTHERS, pod, revision } from './plan/cluster-objects.ts'

const KEY = 'logging/agent'
const start = (act: Act = async () => undefined, planner: Planner = () => NO_PLAN) => {
  const clock = createModelClock()
  const queue = createWorkQueue(clock, createTokenBucket(REQUEUE_LIMITS, clock))
  const cache = createClusterCache()
  const expectations = createExpectations(clock)
  const ownWrites = createOwnWrites(clock)
  const failedPods = createFailedPods()
  const told: unknown[] = []
  const observed: Observation[] = []
  const seen = { version: '0' }
  const reconcile = createReconcile({
    queue,
    cache,
    expectations,
    ownWrites,
    version: () => seen.version,
    failedPods,
    planner: (observation) => {
      observed.push(observation)
      return planner(observation)
    },
    act,
    rollouts: {
      turn: async () => ({ error: undefined, requeueAfterMs: undefined }),
      forget: () => {},
      urgent: () => [],
      watching: () => [],
    },
    clock,
    telemetry: {
      turned: (_, __, error) => told.push(error?.message ?? 'done'),
      gone: (namespace, name) => told.push(`gone ${namespace}/${name}`),
      putOff: () => told.push('put off'),
    },
    signal: new AbortController().signal,
  })
  const add = (fields = {}): void => {
    const object = daemonSet(fields)
    cache.daemonSetStore.apply('ADDED', { ...object, object })
  }
  return { clock, queue, cache, expectations, ownWrites, told, observed, seen, reconcile, add }
}

test('a turn sees what it owns and the orphans of its namespace, and every node in the order of names', async () => {
  const { reconcile, cache, add, observed, expectations, clock } = start()
  add()
  const pods = [
    pod('mine', 'b'),
    pod('orphan', 'a', { owner: undefined }),
    pod('abroad', 'a', { owner: undefined, namespace: 'elsewhere' }),
    pod('others', 'a', { owner: OTHERS }),
  ]
  for (const object of pods) cache.podStore.apply('ADDED', { ...object, object })
  for (const object of [revision('agent-1', 1, {}), revision('other-1', 1, {}, { owner: OTHERS })])
    cache.revisionStore.apply('ADDED', { ...object, object })
  for (const object of ['c', 'a', 'b'].map((name) => node(name))) cache.nodeStore.apply('ADDED', { ...object, object })
  cache.namespaceStore.apply('ADDED', {
    uid: 'n',
    resourceVersion: '1',
    object: { uid: 'n', resourceVersion: '1', name: 'logging', terminating: true },
  })
  expectations.expect(KEY, 1, 0)
  await reconcile(KEY)
  cache.nodeStore.apply('DELETED', { uid: 'b-uid', resourceVersion: '2', object: undefined })
  await reconcile(KEY)
  const names = (all: readonly { readonly name: string }[] = []) => all.map(({ name }) => name)
  const [first, second] = observed
  assert.deepEqual(
    [names(first?.pods), names(first?.revisions), names(first?.nodes), names(second?.nodes)],
    [['mine', 'orphan'], ['agent-1'], ['a', 'b', 'c'], ['a', 'c']],
  )
  assert.deepEqual([first?.satisfied, first?.namespaceTerminating, first?.nowMs], [false, true, clock.now()])
})

test('before the watch has caught up with its own writes a turn is put off', async () => {
  const { reconcile, add, told, ownWrites, seen, queue, clock } = start()
  add()
  ownWrites.wrote(KEY, 'pods', '12')
  seen.version = '11'
  await reconcile(KEY)
  await clock.advance(100)
  assert.deepEqual([told, queue.depth], [['put off'], 1])
  seen.version = '12'
  await reconcile(KEY)
  assert.deepEqual(told, ['put off', 'done'])
})

test('a turn that fails, or whose plan does, comes again; one that wants to look again later does', async () => {
  const failing = start(async () => new Error('refused'))
  const broken = start(undefined, () => {
    throw new Error('an odd selector')
  })
  const patient = start(undefined, () => ({ ...NO_PLAN, requeueAfterMs: 5 }))
  for (const { add, reconcile, clock, queue } of [failing, broken, patient]) {
    add()
    await reconcile(KEY)
    assert.equal(queue.depth, 0)
    await clock.advance(5)
    assert.equal(queue.depth, 1)
  }
  assert.deepEqual([failing.told, broken.told, patient.told], [['refused'], ['an odd selector'], ['done']])
})

test('what was waited for of a DaemonSet that is gone is not waited for by the next of that name', async () => {
  const { reconcile, add, told, expectations, ownWrites, seen, observed } = start()
  expectations.expect(KEY, 3, 0)
  ownWrites.wrote(KEY, 'pods', '99')
  seen.version = '1'
  await reconcile(KEY)
  add({ uid: 'new' })
  await reconcile(KEY)
  assert.deepEqual([told, observed[0]?.satisfied], [[`gone ${KEY}`, 'done'], true])
})

test('the waits of nodes whose pods failed are kept between turns, and dropped when nothing more happens', async () => {
  const entry = (updatedMs: number) => ({ delayMs: 1000, updatedMs })
  let backoff = new Map<string, { delayMs: number; updatedMs: number }>()
  const { reconcile, add, observed, clock } = start(undefined, () => ({ ...NO_PLAN, backoff }))
  add()
  backoff = new Map([['a', entry(clock.now())]])
  await reconcile(KEY)
  backoff = new Map()
  await reconcile(KEY)
  assert.deepEqual([...(observed[1]?.backoff.keys() ?? [])], ['a'])
  await clock.advance(1_800_001)
  await reconcile(KEY)
  assert.deepEqual([...(observed[2]?.backoff.keys() ?? [])], [])
})
