import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Observation, PodAction } from '../../../controller/cluster.ts'
import { EMPTY_MEMORY, type GuardMemory } from '../../../controller/guard/guard-memory.ts'
import { planGuard } from '../../../controller/guard/plan-guard.ts'
import { judgeNode, placementOf } from '../../../controller/plan/eligibility.ts'
import { type Happening, ModelCluster } from './model-cluster.ts'

const TAKEOVER_S = 8
const SETTINGS = { takeoverAfterMs: TAKEOVER_S * 1000, acts: true }

const node = fc.integer({ min: 0, max: 4 })
const kindsOfNodes = [
  'node_added',
  'node_removed',
  'node_tainted',
  'node_untainted',
  'pod_deleted',
  'pod_failed',
  'pod_rejected',
  'pod_ready',
] as const
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constantFrom(...kindsOfNodes), node }), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constantFrom('template_changed' as const) }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('built_in_killed' as const, 'built_in_started' as const) }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ kind: fc.constant('quiet' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    weight: 6,
  },
)
const histories = fc.record({
  lagS: fc.integer({ min: 0, max: 12 }),
  happenings: fc.array(happening, { maxLength: 60 }),
})

const eligible = ({ nodes, daemonSet }: Observation): readonly string[] => {
  const placement = placementOf(daemonSet)
  return nodes.filter((n) => judgeNode(n, placement).run).map(({ name }) => name)
}
const counted = ({ pods }: Observation, name: string) =>
  pods.filter((p) => p.target === name && (p.phase !== 'Failed' || p.deletedMs === undefined))

/** Whatever it is, the built-in controller would want the same. */
const assertWanted = (action: PodAction, seen: Observation): void => {
  if (action.kind === 'create_pod') {
    assert.ok(eligible(seen).includes(action.node), `${action.node} is not eligible`)
    assert.deepEqual(counted(seen, action.node), [], `${action.node} has a pod`)
    return
  }
  const { pod } = action
  const lost = pod.deletedMs !== undefined && !seen.nodes.some(({ name }) => name === pod.nodeName)
  assert.ok(pod.phase === 'Failed' || (lost && action.graceSeconds === 0), `${pod.name} is a pod that is wanted`)
}

/** The guard beside the cluster, looking once a second. */
class Watch {
  readonly cluster: ModelCluster
  #memory: GuardMemory = EMPTY_MEMORY
  /** Per node, the second since which it has had no pod, as the cluster knows it. */
  #missing = new Map<string, number>()

  constructor(cluster: ModelCluster) {
    this.cluster = cluster
  }

  second(): void {
    this.cluster.pass()
    this.look()
  }

  look(): void {
    const seen = this.cluster.observe()
    const input = {
      observation: seen,
      monotonicMs: this.cluster.seconds * 1000,
      failedCreateMs: undefined,
      shipsNothing: new Map(),
    }
    const { plan, memory } = planGuard(input, this.#memory, SETTINGS)
    for (const action of plan.pods) assertWanted(action, seen)
    assert.deepEqual([plan.claims, plan.history, plan.cleanup, plan.status], [[], [], [], undefined])
    const again = planGuard(input, memory, SETTINGS).plan
    assert.deepEqual([again.pods, again.events], [[], []], 'a second plan on the same observation does something')
    this.#memory = memory
    for (const action of plan.pods) this.cluster.act(action)
    this.#assertCovered()
  }

  #assertCovered(): void {
    const now = this.cluster.observe()
    const bare = eligible(now).filter((name) => counted(now, name).length === 0)
    const uidOf = new Map(now.nodes.map(({ name, uid }) => [name, uid]))
    this.#missing = new Map(
      bare.map((name) => {
        const key = uidOf.get(name) ?? name
        return [key, this.#missing.get(key) ?? this.cluster.seconds]
      }),
    )
    for (const [name, since] of this.#missing)
      assert.ok(this.cluster.seconds - since <= TAKEOVER_S + 1, `${name} has no pod since second ${since}`)
  }
}

test('whatever happens, the guard makes only missing pods, takes away only dead ones, and no node is without one for longer than the time and a look', () => {
  fc.assert(
    fc.property(histories, ({ lagS, happenings }) => {
      const watch = new Watch(new ModelCluster(lagS))
      for (const each of happenings) {
        watch.cluster.happen(each)
        for (let s = each.kind === 'quiet' ? each.seconds : 1; s > 0; s--) watch.second()
      }
    }),
    { numRuns: 400 },
  )
})

test('with the built-in controller dead, every eligible node has its pod in the end, and then nothing is done any more', () => {
  fc.assert(
    fc.property(histories, ({ lagS, happenings }) => {
      const watch = new Watch(new ModelCluster(lagS))
      for (const each of happenings) {
        watch.cluster.happen(each)
        watch.second()
      }
      watch.cluster.happen({ kind: 'built_in_killed' })
      // Failed pods may have been tried often by then: the longest wait there is.
      for (let s = 0; s < 16 * 60; s += 1) watch.second()
      const { pods } = watch.cluster.observe()
      for (const name of eligible(watch.cluster.observe()))
        assert.ok(
          pods.some((p) => p.target === name && p.deletedMs === undefined && p.phase !== 'Failed'),
          `${name} has no pod`,
        )
      assert.deepEqual(
        pods.filter((p) => p.deletedMs !== undefined),
        [],
        'pods that nobody ends',
      )
    }),
    { numRuns: 20 },
  )
})
