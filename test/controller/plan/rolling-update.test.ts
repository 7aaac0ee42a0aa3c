import assert from 'node:assert/strict'
import test from 'node:test'
import type { UpdateStrategy } from '../../../controller/cluster.ts'
import { budgetOf } from '../../../controller/plan/budget.ts'
import { placesOf } from '../../../controller/plan/places.ts'
import { condition, daemonSet, nodes, percent, pod, surgeOf, taint, template, upTo } from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

/** Upstream's update_test.go. One sync of its is up to two turns of ours: there a fake makes manage()'s deeds seen at once. */

const HASH = 'controller-revision-hash'
const created = (...on: readonly number[]): string[] => on.map((i) => `+node-${i}`)
const deleted = (generation: number, ...on: readonly number[]): string[] => on.map((i) => `-node-${i}.${generation}`)

const running = (count: number, strategy: UpdateStrategy): Simulator => {
  const cluster = new Simulator({ strategy }, nodes(0, count))
  cluster.turn()
  cluster.makeReady()
  return cluster
}

const updateTo = (cluster: Simulator, image: string): void => cluster.change({ template: template({}, image) })

test('a new image goes over the nodes two at a time, each after the last are ready', () => {
  const cluster = running(5, upTo(2))
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), deleted(1, 0, 1))
  assert.deepEqual(cluster.turn(), created(0, 1))
  assert.deepEqual(cluster.turn(), [])
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 2, 3))
  assert.deepEqual(cluster.turn(), created(2, 3))
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 4))
  assert.deepEqual(cluster.turn(), created(4))
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), [])
})

test('with a surge of two, new pods start beside old ones, which go once the new are ready', () => {
  const cluster = running(5, surgeOf(2))
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), created(0, 1))
  assert.deepEqual(cluster.turn(), [])
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 0, 1))
  assert.deepEqual(cluster.turn(), created(2, 3))
  assert.deepEqual(cluster.turn(), [])
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 2, 3))
  assert.deepEqual(cluster.turn(), created(4))
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 4))
  assert.deepEqual(cluster.turn(), [])
})

test('with a surge, the old pod on a node that is no longer tolerated goes only once the others are replaced', () => {
  const tolerations = [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }]
  const cluster = new Simulator({ strategy: surgeOf(1), template: template({ tolerations }) }, nodes(0, 5))
  cluster.changeNode('node-0', { taints: [taint('dedicated', 'NoSchedule')] })
  assert.deepEqual(cluster.turn(), created(0, 1, 2, 3, 4))
  cluster.makeReady()
  updateTo(cluster, 'agent:2')
  // Five are available and four are wanted: one may go at once.
  assert.deepEqual(cluster.turn(), [...created(1), ...deleted(1, 0)])
  assert.deepEqual(cluster.turn(), [])
  for (const next of [2, 3, 4]) {
    cluster.makeReady()
    assert.deepEqual(cluster.turn(), deleted(1, next - 1))
    assert.deepEqual(cluster.turn(), created(next))
    assert.deepEqual(cluster.turn(), [])
  }
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), deleted(1, 4))
  assert.deepEqual(cluster.turn(), [])
})

test('tolerations that move a DaemonSet to other nodes: old pods stay where they may until others are available', () => {
  const zone = (name: string) => ({ taints: [taint('zone', 'NoSchedule', name)] })
  const moveTo = (...zones: readonly string[]) => ({
    template: template({ tolerations: zones.map((value) => ({ key: 'zone', value, effect: 'NoSchedule' })) }),
  })
  const cluster = new Simulator({ strategy: surgeOf(1), ...moveTo('y', 'common') }, [
    ...[...nodes(0, 2, zone('y')), ...nodes(2, 4, zone('z')), ...nodes(4, 6, zone('common'))],
  ])
  const turns = (count: number): string[] => Array.from({ length: count }, () => cluster.turn()).flat()
  assert.deepEqual(turns(3), created(0, 1, 4, 5))
  cluster.makeReady()
  cluster.change(moveTo('z', 'common'))
  assert.deepEqual(turns(3), [...created(2, 3), ...created(4)])
  cluster.makeReady(({ target }) => target === 'node-2')
  // Of node-0 and node-1, neither of which counts any more, one may go for each that is available beyond the four that are wanted.
  assert.deepEqual(turns(3), deleted(1, 0))
  cluster.makeReady()
  assert.deepEqual(turns(1), deleted(1, 4))
  assert.deepEqual(turns(3), [...created(5), ...deleted(1, 1)])
  cluster.makeReady()
  assert.deepEqual(turns(3), deleted(1, 5))
  cluster.change(moveTo('y', 'z', 'common'))
  assert.deepEqual(turns(3), [...created(0, 1), ...created(2)])
  cluster.change(moveTo())
  cluster.makeReady()
  turns(10)
  assert.deepEqual([...cluster.pods.keys()], [])
})

test('new pods that do not become ready stop the rollout at the budget', () => {
  const cluster = running(5, upTo(3))
  updateTo(cluster, 'agent:bad')
  assert.deepEqual(cluster.turn(), deleted(1, 0, 1, 2))
  assert.deepEqual(cluster.turn(), created(0, 1, 2))
  assert.deepEqual(cluster.turn(), [])
})

test('old pods that are not ready go first and use the budget up: the ready ones are not touched', () => {
  const cluster = running(5, upTo(2))
  for (const i of [1, 3]) cluster.changePod(`node-${i}.1`, { ready: condition('False') })
  updateTo(cluster, 'agent:bad')
  assert.deepEqual(cluster.turn(), deleted(1, 1, 3))
  assert.deepEqual(cluster.turn(), created(1, 3))
  assert.deepEqual(cluster.turn(), [])
  updateTo(cluster, 'agent:worse')
  assert.deepEqual(cluster.turn(), deleted(2, 1, 3))
  assert.deepEqual(cluster.turn(), created(1, 3))
  assert.deepEqual(cluster.turn(), [])
  assert.deepEqual([...cluster.pods.keys()].sort(), ['node-0.1', 'node-1.3', 'node-2.1', 'node-3.3', 'node-4.1'])
})

test('ten bad images in a row never take the ten healthy pods down', () => {
  const cluster = running(20, upTo(0))
  const healthy = [...cluster.pods.keys()].sort().slice(0, 10)
  for (const name of cluster.pods.keys())
    if (!healthy.includes(name)) cluster.changePod(name, { ready: condition('False') })
  const sick = [...cluster.nodes.keys()].sort().slice(10)
  const alive = (): string[] => [...cluster.pods.values()].flatMap((p) => (p.ready?.status === 'True' ? [p.name] : []))
  for (let round = 0; round < 10; round++) {
    cluster.change({ strategy: upTo((7 * round) % 10), template: template({}, `agent:bad-${round}`) })
    assert.deepEqual(
      cluster.turn(),
      sick.map((name) => `-${name}.${round + 1}`),
    )
    assert.deepEqual(
      cluster.turn(),
      sick.map((name) => `+${name}`),
    )
    assert.deepEqual(cluster.turn(), [])
    assert.deepEqual(alive().sort(), healthy)
  }
  cluster.change({ strategy: upTo(11), template: template({}, 'agent:bad-too') })
  assert.deepEqual(cluster.turn(), [...sick.map((name) => `-${name}.11`), `-${healthy[0]}`])
  assert.deepEqual(cluster.turn(), [`+${healthy[0]?.slice(0, -2)}`, ...sick.map((name) => `+${name}`)])
  assert.deepEqual(cluster.turn(), [])
  assert.deepEqual(alive().sort(), healthy.slice(1))
})

test('over a hundred nodes ten at a time, until new and old pods fail', () => {
  const cluster = running(100, upTo(10))
  const names = [...cluster.nodes.keys()].sort()
  updateTo(cluster, 'agent:2')
  for (let from = 0; from < 100; from += 10) {
    const ten = names.slice(from, from + 10)
    assert.deepEqual(
      cluster.turn(),
      ten.map((name) => `-${name}.1`),
    )
    assert.deepEqual(
      cluster.turn(),
      ten.map((name) => `+${name}`),
    )
    cluster.makeReady()
  }
  assert.deepEqual(cluster.turn(), [])
  // 88 new ones unready, 12 of the revision before: two unready, ten ready.
  const before = [...cluster.revisions.values()].find(({ revision }) => revision === 1)?.labels ?? {}
  for (const [i, name] of names.entries()) {
    const old = i < 12 ? { labels: before } : {}
    const ready = i < 10 ? {} : { ready: condition('False') }
    cluster.changePod(`${name}.2`, { ...old, ...ready })
  }
  assert.deepEqual(cluster.turn(), [`-${names[10]}.2`, `-${names[11]}.2`])
  assert.deepEqual(cluster.turn(), [`+${names[10]}`, `+${names[11]}`])
  assert.deepEqual(cluster.turn(), [])
})

test('old pods go all at once where none of them is ready', () => {
  const cluster = new Simulator({ strategy: upTo(3) }, nodes(0, 5))
  cluster.turn()
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), deleted(1, 0, 1, 2, 3, 4))
  assert.deepEqual(cluster.turn(), created(0, 1, 2, 3, 4))
  assert.deepEqual(cluster.turn(), [])
})

test('with a surge of three, unready old pods take nothing from it', () => {
  const cluster = new Simulator({ strategy: surgeOf(3) }, nodes(0, 5))
  const at = (seconds: number): string[] => {
    cluster.nowMs = cluster.set.createdMs + seconds * 1000
    return cluster.turn()
  }
  at(0)
  updateTo(cluster, 'agent:2')
  assert.deepEqual(at(100), created(0, 1, 2, 3, 4))
  assert.deepEqual(at(200), deleted(1, 0, 1, 2, 3, 4))
  cluster.makeReady()
  cluster.change({ minReadySeconds: 15, template: template({}, 'agent:3') })
  assert.deepEqual(at(300), created(0, 1, 2))
  cluster.makeReady(({ name }) => name === 'node-0.3' || name === 'node-1.3')
  cluster.changePod('node-3.2', { ready: condition('False', cluster.nowMs) })
  assert.deepEqual(at(310), created(3))
  assert.deepEqual(at(320), deleted(2, 0, 1, 3))
  assert.deepEqual(cluster.turn(), created(4))
  cluster.makeReady()
  assert.deepEqual(at(340), deleted(2, 2, 4))
  assert.deepEqual(at(350), [])
})

test('without a change nothing is done', () => {
  const cluster = running(5, upTo(3))
  cluster.change({})
  assert.deepEqual(cluster.turn(), [])
})

test('the budget is a number or a share of the eligible nodes, and never nothing at all', () => {
  const [one, other] = [pod('a', 'node-0'), pod('b', 'node-1')]
  const leaving = { ...other, deletedMs: 1 }
  const rows = [
    { title: 'no nodes', count: 0, pods: [], strategy: upTo(0), wanted: [0, 0, 0, 0] },
    { title: 'two nodes, one pod down', count: 2, pods: [one, other], strategy: upTo(1), wanted: [0, 1, 2, 0] },
    { title: 'two nodes, one without a pod', count: 2, pods: [one], strategy: upTo(0), wanted: [0, 1, 2, 1] },
    { title: 'neither down nor surge', count: 2, pods: [one], strategy: surgeOf(0), wanted: [0, 1, 2, 1] },
    { title: 'half down', count: 2, pods: [one, other], strategy: upTo(percent(50)), wanted: [0, 1, 2, 0] },
    { title: 'half in surge', count: 2, pods: [one, other], strategy: surgeOf(percent(50)), wanted: [1, 0, 2, 0] },
    { title: 'all in surge', count: 2, pods: [one, other], strategy: surgeOf(percent(100)), wanted: [2, 0, 2, 0] },
    {
      title: 'half of three, one terminating',
      count: 3,
      pods: [one, leaving],
      strategy: upTo(percent(50)),
      wanted: [0, 2, 3, 1],
    },
  ]
  const found = rows.map(({ title, count, pods, strategy }) => {
    const places = placesOf(daemonSet({ strategy }), nodes(0, count), pods)
    const desired = places.filter(({ run }) => run).length
    const { maxSurge, maxUnavailable } = budgetOf(strategy, desired)
    return [title, maxSurge, maxUnavailable, desired, places.filter((place) => place.pods.length === 0).length]
  })
  assert.deepEqual(
    found,
    rows.map(({ title, wanted }) => [title, ...wanted]),
  )
})

test('a pod on a node that is gone does not stop a surge', () => {
  const cluster = running(3, surgeOf(1))
  cluster.nodes.delete('node-1')
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), created(0))
  cluster.makeReady(({ target }) => target === 'node-0')
  assert.deepEqual(cluster.turn(), deleted(1, 0))
  assert.deepEqual(cluster.turn(), created(2))
})

test('nodes that are not eligible and have no pod take nothing from the budget', () => {
  const cluster = new Simulator({ strategy: upTo(1) }, [
    ...nodes(0, 2),
    ...nodes(2, 9, { taints: [taint('dedicated', 'NoSchedule')] }),
  ])
  cluster.turn()
  cluster.makeReady()
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), deleted(1, 0))
})

test('OnDelete leaves old pods alone, and makes new ones of the new template', () => {
  const cluster = running(2, { kind: 'OnDelete' })
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn(), [])
  cluster.pods.delete('node-1.1')
  assert.deepEqual(cluster.turn(), created(1))
  assert.deepEqual(cluster.pods.get('node-1.2')?.labels[HASH], cluster.hash)
  assert.notEqual(cluster.pods.get('node-0.1')?.labels[HASH], cluster.hash)
})

test('a rollback before the rollout has reached every node keeps the pods that were not reached', () => {
  const cluster = running(3, upTo(1))
  updateTo(cluster, 'agent:bad')
  cluster.turn()
  cluster.turn()
  updateTo(cluster, 'agent:1')
  assert.deepEqual(cluster.turn(), deleted(2, 0))
  assert.deepEqual(cluster.turn(), created(0))
  cluster.makeReady()
  assert.deepEqual(cluster.turn(), [])
  assert.deepEqual([...cluster.pods.keys()].sort(), ['node-0.3', 'node-1.1', 'node-2.1'])
  assert.deepEqual([...cluster.revisions.values()].map(({ revision }) => revision).sort(), [2, 3])
})

test('at most 250 pods are created and 250 deleted in one turn', () => {
  const cluster = new Simulator({ strategy: upTo(percent(100)) }, nodes(0, 600))
  assert.deepEqual(
    [cluster.turn().length, cluster.turn().length, cluster.turn().length, cluster.turn().length],
    [250, 250, 100, 0],
  )
  cluster.makeReady()
  updateTo(cluster, 'agent:2')
  assert.deepEqual(cluster.turn().length, 250)
  assert.deepEqual(cluster.pods.size, 350)
})
