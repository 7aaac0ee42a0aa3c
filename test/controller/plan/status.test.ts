import assert from 'node:assert/strict'
import test from 'node:test'
import type { Pod } from '../../../controller/cluster.ts'
import { NO_PLAN } from '../../../controller/plan/no-plan.ts'
import { planDaemonSet } from '../../../controller/plan/plan-daemon-set.ts'
import { condition, daemonSet, LABELS, nodes, pod, START_MS, surgeOf, taint } from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

const fresh = { labels: { ...LABELS, 'controller-revision-hash': new Simulator().hash } }
const ready = { ready: condition('True') }

test('the numbers are those of the nodes that are to have a pod, by the oldest pod of each', () => {
  const keepOff = { taints: [taint('dedicated', 'NoSchedule')] }
  const pods: Pod[] = [
    pod('good', 'node-0', { ...fresh, ...ready }),
    pod('old', 'node-1', ready),
    pod('new-beside-old', 'node-1', { ...fresh, createdMs: START_MS + 1000 }),
    pod('unready', 'node-2', fresh),
    pod('leaving', 'node-3', { ...fresh, ...ready, deletedMs: START_MS }),
    pod('past', 'node-4', { ...fresh, phase: 'Failed', deletedMs: START_MS }),
    pod('stays', 'node-5', { ...fresh, ...ready }),
    pod('nowhere', 'gone', { ...fresh, ...ready }),
  ]
  const cluster = new Simulator(
    { strategy: surgeOf(1), generation: 7 },
    [...nodes(0, 5), ...nodes(5, 7, keepOff)],
    pods,
  )
  assert.deepEqual(planDaemonSet(cluster.observe()).status, {
    desiredNumberScheduled: 5,
    currentNumberScheduled: 4,
    numberMisscheduled: 1,
    numberReady: 3,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
    numberUnavailable: 2,
    observedGeneration: 7,
  })
})

test('status follows the pods, and is not written when it is right', () => {
  const cluster = new Simulator({ generation: 3 }, nodes(0, 5))
  cluster.turn()
  cluster.turn()
  assert.deepEqual(cluster.set.status, {
    ...daemonSet().status,
    desiredNumberScheduled: 5,
    currentNumberScheduled: 5,
    updatedNumberScheduled: 5,
    numberUnavailable: 5,
    observedGeneration: 3,
  })
  assert.deepEqual(planDaemonSet(cluster.observe()), NO_PLAN)
  cluster.makeReady(({ target }) => target === 'node-1')
  assert.deepEqual(planDaemonSet(cluster.observe()).status, {
    ...{ desiredNumberScheduled: 5, currentNumberScheduled: 5, updatedNumberScheduled: 5, numberMisscheduled: 0 },
    ...{ numberReady: 1, numberAvailable: 1, numberUnavailable: 4, observedGeneration: 3 },
  })
})

test('while something asked for has not been seen, only the numbers are brought up to date', () => {
  const cluster = new Simulator({}, nodes(0, 2))
  cluster.turn()
  cluster.change({})
  cluster.pods.delete('node-1.1')
  const { pods, cleanup, status } = planDaemonSet(cluster.observe({ satisfied: false }))
  assert.deepEqual([pods, cleanup, status?.currentNumberScheduled, status?.observedGeneration], [[], [], 1, 1])
})

test('in a namespace that is being deleted nothing is done', () => {
  const cluster = new Simulator({}, nodes(0, 2))
  assert.deepEqual(planDaemonSet(cluster.observe({ namespaceTerminating: true })), NO_PLAN)
})

test('a pod is available from the moment on at which it has been ready for minReadySeconds', () => {
  const cluster = new Simulator({ minReadySeconds: 10 }, nodes(0, 3))
  cluster.turn()
  cluster.makeReady(({ target }) => target === 'node-1')
  cluster.nowMs += 4000
  cluster.makeReady(({ target }) => target === 'node-2')
  const look = (): unknown[] => {
    const { status, requeueAfterMs } = planDaemonSet(cluster.observe())
    return [status?.numberReady, status?.numberAvailable, requeueAfterMs]
  }
  assert.deepEqual(look(), [2, 0, 6000])
  cluster.nowMs += 5999
  assert.deepEqual(look(), [2, 0, 1])
  cluster.nowMs += 1
  assert.deepEqual(look(), [2, 1, 4000])
  cluster.nowMs += 4000
  assert.deepEqual(look(), [2, 2, undefined])
})

test('a clock of a node that is ahead delays no look beyond minReadySeconds', () => {
  const cluster = new Simulator({ minReadySeconds: 10 }, nodes(0, 1))
  cluster.turn()
  cluster.changePod('node-0.1', { ready: condition('True', cluster.nowMs + 3_600_000) })
  assert.deepEqual(planDaemonSet(cluster.observe()).requeueAfterMs, 10_000)
})
