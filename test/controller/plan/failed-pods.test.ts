import assert from 'node:assert/strict'
import test from 'node:test'
import { planDaemonSet } from '../../../controller/plan/plan-daemon-set.ts'
import { LABELS, nodes, pod, surgeOf, upTo } from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

const fresh = { labels: { ...LABELS, 'controller-revision-hash': new Simulator().hash } }

test('failed pods go, living ones stay, and a node gets its next pod in a later turn', () => {
  const failed = pod('failed', 'node-0', { ...fresh, phase: 'Failed' })
  const alive = ['a', 'b', 'c'].map((name) => pod(name, 'node-0', fresh))
  const rows = [
    { title: 'one that lives', pods: alive.slice(0, 1), wanted: [] },
    { title: 'none', pods: [], wanted: ['+node-0'] },
    { title: 'one that failed', pods: [failed], wanted: ['-failed', '!FailedDaemonPod'] },
    {
      title: 'one that failed and three that live',
      pods: [failed, ...alive],
      wanted: ['-failed', '-b', '-c', '!FailedDaemonPod'],
    },
    {
      title: 'one that ended well, though it is to run for ever',
      pods: [{ ...failed, phase: 'Succeeded' as const }],
      wanted: ['-failed', '!SucceededDaemonPod'],
    },
  ]
  const found = rows.map(({ title, pods }) => [title, new Simulator({}, nodes(0, 1), pods).turn()])
  assert.deepEqual(
    found,
    rows.map(({ title, wanted }) => [title, wanted]),
  )
})

test('a node whose pods fail waits longer each time, up to a quarter of an hour', () => {
  for (const strategy of [upTo(1), surgeOf(1)]) {
    const cluster = new Simulator({ strategy }, nodes(0, 1))
    // The first turn has the generation observed, which is part of the backoff's key.
    cluster.turn()
    const waits: (number | undefined)[] = []
    for (let i = 0; i < 12; i++) {
      const [{ name } = { name: '' }] = cluster.pods.values()
      cluster.changePod(name, { phase: 'Failed' })
      const plan = planDaemonSet(cluster.observe())
      waits.push(plan.requeueAfterMs)
      cluster.nowMs += (plan.requeueAfterMs ?? 0) - 1
      if (plan.requeueAfterMs !== undefined) assert.deepEqual(planDaemonSet(cluster.observe()).pods, [])
      cluster.nowMs += 1
      assert.deepEqual(cluster.turn(), [`-${name}`, '!FailedDaemonPod'])
      assert.deepEqual(cluster.turn(), ['+node-0'])
    }
    const seconds = waits.map((ms) => ms !== undefined && Math.round(ms / 1000))
    assert.deepEqual(seconds, [false, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900])
  }
})

test('after a failure the next one waits, unless the DaemonSet was changed or half an hour passed', () => {
  const failing = (): Simulator => {
    const cluster = new Simulator({}, nodes(0, 1), [pod('p', 'node-0', { ...fresh, phase: 'Failed' })])
    cluster.set = { ...cluster.set, status: { ...cluster.set.status, observedGeneration: 1 } }
    cluster.turn()
    cluster.pods.set('q', pod('q', 'node-0', { ...fresh, phase: 'Failed' }))
    return cluster
  }
  const waiting = failing()
  assert.deepEqual([waiting.turn(), planDaemonSet(waiting.observe()).requeueAfterMs], [[], 1000])
  const changed = failing()
  changed.change({})
  changed.turn()
  assert.deepEqual(changed.turn(), ['-q', '!FailedDaemonPod'])
  const rested = failing()
  rested.nowMs += 30 * 60_000 + 1
  assert.deepEqual(rested.turn(), ['-q', '!FailedDaemonPod'])
  assert.deepEqual([...rested.backoff.values()], [{ delayMs: 1000, updatedMs: rested.nowMs }])
})

test('failed pods beyond the limit of a turn neither make their nodes wait nor are they told of twice', () => {
  const pods = nodes(0, 300).map(({ name }) => pod(`p-${name}`, name, { ...fresh, phase: 'Failed' }))
  const cluster = new Simulator({}, nodes(0, 300), pods)
  cluster.set = { ...cluster.set, status: { ...cluster.set.status, observedGeneration: 1 } }
  assert.deepEqual([cluster.turn().length, cluster.backoff.size], [500, 250])
})

test('a node whose pod has failed is not left alone for an hour because the clock was set back by one', () => {
  const cluster = new Simulator({}, nodes(0, 1))
  cluster.turn()
  const fail = (): string => {
    const [{ name } = { name: '' }] = cluster.pods.values()
    cluster.changePod(name, { phase: 'Failed' })
    return name
  }
  const failAndTurn = (): unknown => [fail(), cluster.turn()]
  assert.deepEqual(failAndTurn(), ['node-0.1', ['-node-0.1', '!FailedDaemonPod']])
  cluster.turn()
  cluster.nowMs -= 3_600_000
  assert.deepEqual(failAndTurn(), ['node-0.2', ['-node-0.2', '!FailedDaemonPod']])
  cluster.turn()
  fail()
  assert.deepEqual([cluster.turn(), planDaemonSet(cluster.observe()).requeueAfterMs], [[], 2000])
})
