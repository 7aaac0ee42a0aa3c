import assert from 'node:assert/strict'
import test from 'node:test'
import type { DaemonSet, Observation, Plan, PodAction } from '../../../controller/cluster.ts'
import { createGuard, type Guard } from '../../../controller/guard/guard.ts'
import { aDaemonSet, aNode, aPod, aRevision, NOW_MS } from './make.ts'

const setUp = () => {
  let nowS = 0
  const guard = createGuard({
    takeoverAfterMs: 30_000,
    monotonicMs: () => nowS * 1000,
    failedCreateMs: () => undefined,
    shipsNothing: () => new Map(),
    perNode: false,
  })
  const observe = (differs: Partial<Observation> = {}): Observation => ({
    nowMs: NOW_MS + nowS * 1000,
    daemonSet: aDaemonSet(),
    nodes: [aNode('n1')],
    pods: [],
    revisions: [aRevision('aaa', 1)],
    satisfied: true,
    namespaceTerminating: false,
    backoff: new Map(),
    ...differs,
  })
  return {
    guard,
    at: (seconds: number, differs?: Partial<Observation>): Observation => {
      nowS = seconds
      return observe(differs)
    },
  }
}

const counters = (guard: Guard): string[] =>
  guard
    .families()
    .flatMap(({ name, kind, samples }) =>
      kind === 'counter' ? samples.map(({ labels, value }) => `${name} ${labels.cause ?? ''} ${value}`) : [],
    )
const gauge = (guard: Guard, name: string) =>
  guard
    .families()
    .find((f) => f.name === name)
    ?.samples.map(({ value }) => value)
const report = (guard: Guard, { pods }: Plan, error?: Error): void => {
  for (const action of pods) guard.acted(aDaemonSet(), action, error)
}

test('what came about is counted, what failed is not, and what others did is not the guard’s', () => {
  const { guard, at } = setUp()
  report(guard, guard.plan(at(0)))
  report(guard, guard.plan(at(30)), new Error('quota'))
  assert.deepEqual(counters(guard), [
    'picket_takeovers_total  0',
    'picket_guard_deletions_total failed 0',
    'picket_guard_deletions_total lost_node 0',
  ])
  report(guard, guard.plan(at(60)))
  const failed = { nodes: [aNode('n1')], pods: [aPod('n1', { phase: 'Failed' }), aPod('gone', { deletedMs: NOW_MS })] }
  report(guard, guard.plan(at(70, failed)))
  report(guard, guard.plan(at(130, failed)))
  const others: PodAction = { kind: 'delete_pod', pod: aPod('n1'), why: 'a rollout' }
  guard.acted(aDaemonSet(), others, undefined)
  assert.deepEqual(counters(guard), [
    'picket_takeovers_total  1',
    'picket_guard_deletions_total failed 1',
    'picket_guard_deletions_total lost_node 1',
  ])
})

test('there is a turn at least every 30 s, for a lost node wakes nobody', () => {
  const { guard, at } = setUp()
  assert.equal(guard.plan(at(0, { pods: [aPod('n1')] })).requeueAfterMs, 30_000)
})

test('beside another planner nothing is done, its plan stays, and uncovered nodes are told', () => {
  const { guard, at } = setUp()
  const theirs: Plan = {
    claims: [],
    history: [],
    pods: [{ kind: 'create_pod', node: 'n1', body: {}, why: 'theirs' }],
    cleanup: [],
    status: undefined,
    events: [],
    backoff: new Map([['key', { delayMs: 1, updatedMs: 2 }]]),
    requeueAfterMs: 70_000,
  }
  const planner = guard.beside(() => theirs)
  assert.deepEqual(planner(at(0)), { ...theirs, requeueAfterMs: 30_000 })
  const { events, ...rest } = planner(at(30))
  const { events: _, ...expected } = theirs
  assert.deepEqual(rest, { ...expected, requeueAfterMs: 30_000 })
  assert.deepEqual(
    events.map(({ about, reason }) => `${about.kind} ${reason}`),
    ['DaemonSet NodeUncovered', 'Node NodeUncovered'],
  )
})

test('a DaemonSet that is gone leaves no series, one of the same name begins anew', () => {
  const { guard, at } = setUp()
  const again: DaemonSet = aDaemonSet({ uid: 'second' })
  report(guard, guard.plan(at(0)))
  assert.deepEqual(gauge(guard, 'picket_coverage_uncovered_nodes')?.length, 14)
  assert.deepEqual(guard.plan(at(30, { daemonSet: again })).pods, [])
  assert.deepEqual(
    guard.plan(at(60, { daemonSet: again })).pods.map(({ kind }) => kind),
    ['create_pod'],
  )
  guard.gone('monitoring', 'picket')
  assert.deepEqual(gauge(guard, 'picket_coverage_uncovered_nodes'), [])
})
