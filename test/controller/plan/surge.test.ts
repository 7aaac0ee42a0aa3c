import assert from 'node:assert/strict'
import test from 'node:test'
import type { Pod } from '../../../controller/cluster.ts'
import { condition, LABELS, nodes, pod, START_MS, surgeOf } from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

/** What manage() does where a surge is allowed: upstream's Surge tests of daemon_controller_test.go. */

const NOW_MS = START_MS + 1_000_000
const readyFor = (seconds: number): Partial<Pod> => ({ ready: condition('True', NOW_MS - seconds * 1000) })
const bornAt = (seconds: number): Partial<Pod> => ({ createdMs: START_MS + seconds * 1000 })

const cluster = (minReadySeconds: number, pods: (fresh: Partial<Pod>) => readonly Pod[]): Simulator => {
  const { hash } = new Simulator()
  const fresh = { labels: { ...LABELS, 'controller-revision-hash': hash } }
  const all = new Simulator({ strategy: surgeOf(1), minReadySeconds }, nodes(0, 5), pods(fresh))
  all.nowMs = NOW_MS
  return all
}

test('a ready old pod is kept beside a new one that is not, and a second old one goes', () => {
  const pods = (fresh: Partial<Pod>): Pod[] => [
    pod('new', 'node-1', { ...fresh, ...bornAt(100) }),
    pod('old', 'node-1', { ...readyFor(60), ...bornAt(50) }),
    pod('old-too', 'node-1', { ...readyFor(60), ...bornAt(60) }),
    pod('other', 'node-2', fresh),
  ]
  assert.deepEqual(cluster(0, pods).turn(), ['+node-0', '+node-3', '+node-4', '-old-too'])
})

test('old pods that are not ready go once a new one is there', () => {
  const pods = (fresh: Partial<Pod>): Pod[] => [
    pod('new', 'node-1', { ...fresh, ...bornAt(100) }),
    pod('old', 'node-1', bornAt(50)),
    pod('old-too', 'node-1', { ...readyFor(60), ...bornAt(60) }),
    pod('other', 'node-2', fresh),
  ]
  assert.deepEqual(cluster(0, pods).turn(), ['+node-0', '+node-3', '+node-4', '-old-too', '-old'])
})

test('the old pod stays until the new one has been ready for minReadySeconds', () => {
  const pods =
    (seconds: number) =>
    (fresh: Partial<Pod>): Pod[] => [
      pod('new', 'node-1', { ...fresh, ...readyFor(seconds), ...bornAt(100) }),
      pod('old', 'node-1', { ...readyFor(900), ...bornAt(50) }),
      pod('old-too', 'node-1', { ...readyFor(900), ...bornAt(60) }),
      pod('other', 'node-2', { ...fresh, ...readyFor(900) }),
    ]
  const creates = ['+node-0', '+node-3', '+node-4']
  assert.deepEqual(cluster(15, pods(10)).turn(), [...creates, '-old-too'])
  assert.deepEqual(cluster(15, pods(20)).turn(), [...creates, '-old-too', '-old'])
})

test('a node whose only pod terminates gets a new one, though the surge is used up', () => {
  const pods = (fresh: Partial<Pod>): Pod[] => [
    pod('new-0', 'node-0', fresh),
    ...[0, 1, 2, 3].map((i) => pod(`old-${i}`, `node-${i}`, readyFor(60))),
    pod('old-4', 'node-4', { ...readyFor(60), deletedMs: NOW_MS }),
  ]
  assert.deepEqual(cluster(0, pods).turn(), ['+node-4'])
})

test('what is missing is created and duplicates go, as without a surge', () => {
  const crowd = (on: number, count: number): Pod[] =>
    Array.from({ length: count }, (_, i) => pod(`p${on}-${i}`, `node-${on}`, bornAt(i)))
  const pods = (): Pod[] => [...crowd(1, 1), ...crowd(2, 2), ...crowd(3, 5)]
  const wanted = ['+node-0', '+node-4', '-p2-1', '-p3-1', '-p3-2', '-p3-3', '-p3-4']
  assert.deepEqual(cluster(0, pods).turn(), wanted)
})

test('a pod that the kubelet rejects again and again is created only as often as the backoff allows', () => {
  const all = cluster(0, () => [])
  const madeAt: number[] = []
  for (let second = 0; second < 40; second++) {
    if (all.turn().includes('+node-0')) madeAt.push(second)
    for (const { name, target = '' } of all.pods.values()) all.changePod(name, { phase: 'Failed', nodeName: target })
    all.nowMs += 1000
  }
  assert.deepEqual(madeAt, [0, 2, 4, 6, 10, 18, 34])
})
