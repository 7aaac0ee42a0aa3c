import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { JsonObject, Node, Plan, Pod, Taint, UpdateStrategy } from '../../../controller/cluster.ts'
import { isAvailable } from '../../../controller/plan/availability.ts'
import { budgetOf } from '../../../controller/plan/budget.ts'
import { planDaemonSet } from '../../../controller/plan/plan-daemon-set.ts'
import {
  condition,
  LABELS,
  node,
  number,
  percent,
  START_MS,
  surgeOf,
  taint,
  template,
  upTo,
} from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const IMAGES = ['agent:1', 'agent:2', 'agent:3']
const TAINTS: readonly (readonly Taint[])[] = [
  [],
  [taint('dedicated', 'NoSchedule')],
  [taint('dedicated', 'NoExecute')],
  [taint('node.kubernetes.io/not-ready', 'NoExecute')],
]

const nodeOf = (name: string): fc.Arbitrary<Node> =>
  fc
    .record({ taints: fc.constantFrom(...TAINTS), zone: fc.constantFrom('x', 'y') })
    .map(({ taints, zone }) => node(name, { taints, labels: { zone } }))

const spec = (zone: string | undefined): JsonObject => (zone === undefined ? {} : { nodeSelector: { zone } })

/** Said by hand, not by the code under test. */
const mayRun = (cluster: Simulator, { taints, labels }: Node): 'run' | 'keep' | 'no' => {
  const { nodeSelector } = cluster.set.template.spec as { nodeSelector?: { zone: string } }
  if (nodeSelector && nodeSelector.zone !== labels.zone) return 'no'
  if (taints.includes(TAINTS[2]?.[0] as Taint)) return 'no'
  return taints.includes(TAINTS[1]?.[0] as Taint) ? 'keep' : 'run'
}

/** What befalls a cluster. An index chooses among the pods that there are. */
type Event = (cluster: Simulator) => void

const onPod =
  (deed: (cluster: Simulator, pod: Pod) => void) =>
  (index: number): Event =>
  (cluster) => {
    const pods = [...cluster.pods.values()]
    const chosen = pods[index % Math.max(1, pods.length)]
    if (chosen) deed(cluster, chosen)
  }

const setPod = (fields: (cluster: Simulator, pod: Pod) => Partial<Pod>): ((index: number) => Event) =>
  onPod((cluster, chosen) => cluster.changePod(chosen.name, fields(cluster, chosen)))

let strays = 0
const POD_EVENTS: readonly ((index: number) => Event)[] = [
  onPod((cluster, { name }) => cluster.makeReady((p) => p.name === name)),
  onPod((cluster, { name }) => cluster.makeReady((p) => p.name === name)),
  setPod(({ nowMs }) => ({ ready: condition('False', nowMs) })),
  setPod(({ nowMs }, { target = '' }) => ({ phase: 'Failed', nodeName: target, ready: condition('False', nowMs) })),
  setPod(({ nowMs }, { target = '' }) => ({ phase: 'Succeeded', nodeName: target, ready: condition('False', nowMs) })),
  setPod(({ nowMs }) => ({ deletedMs: nowMs })),
  setPod(() => ({ owner: undefined })),
  setPod(() => ({ labels: { app: 'else' } })),
  // A second one on the same node, as from another replica or by hand.
  onPod((cluster, like) => {
    const name = `stray-${strays++}`
    const body = cluster.bodies.get(like.name)
    cluster.pods.set(name, { ...like, name, uid: name, createdMs: cluster.nowMs, deletedMs: undefined })
    if (body) cluster.bodies.set(name, body)
  }),
]

const podEvent = fc.tuple(fc.constantFrom(...POD_EVENTS), fc.nat(30)).map(([event, index]) => event(index))

const nodeEvent: fc.Arbitrary<Event> = fc.constantFrom(...NAMES).chain((name) =>
  fc.oneof(
    nodeOf(name).map(
      (made): Event =>
        (cluster) =>
          void cluster.nodes.set(name, made),
    ),
    fc.constant((cluster: Simulator) => void cluster.nodes.delete(name)),
  ),
)

const specEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(fc.constantFrom(...IMAGES), fc.constantFrom(undefined, undefined, 'x')).map(
    ([image, zone]): Event =>
      (cluster) =>
        cluster.change({ template: template(spec(zone), image) }),
  ),
  fc.constantFrom(0, 10).map(
    (minReadySeconds): Event =>
      (cluster) =>
        cluster.change({ minReadySeconds }),
  ),
)

const duplicateRevision: Event = (cluster) => {
  const [like] = cluster.revisions.values()
  if (!like) return
  const name = `agent-copy-${strays++}`
  const labels = { ...like.labels, 'controller-revision-hash': name }
  cluster.revisions.set(name, { ...like, name, uid: name, labels, revision: like.revision + 1 })
}

const later =
  (seconds: number): Event =>
  (cluster) => {
    cluster.nowMs += seconds * 1000
  }

const elsewhere: fc.Arbitrary<Event> = fc.oneof(
  fc.nat(20).map(later),
  fc.constant((cluster: Simulator) => cluster.bury()),
  fc.constant((cluster: Simulator) => void cluster.makeReady((p) => isLiving(p) && cluster.nodes.has(p.target ?? ''))),
  fc.constant(duplicateRevision),
)

const event = fc.oneof(
  { arbitrary: podEvent, weight: 6 },
  { arbitrary: nodeEvent, weight: 2 },
  { arbitrary: specEvent, weight: 1 },
  { arbitrary: elsewhere, weight: 2 },
)

const strategy: fc.Arbitrary<UpdateStrategy> = fc.oneof(
  fc.constantFrom(1, 2, 3).map(upTo),
  fc.constantFrom(34, 100).map((share) => upTo(percent(share))),
  fc.constantFrom(1, 2).map((n) => surgeOf(number(n))),
  fc.constant(surgeOf(percent(50))),
)

const cluster = (strategies: fc.Arbitrary<UpdateStrategy>): fc.Arbitrary<Simulator> =>
  fc
    .tuple(strategies, fc.boolean(), ...NAMES.map((name) => fc.option(nodeOf(name))))
    .map(([chosen, lingering, ...all]) => {
      const made = new Simulator(
        { strategy: chosen, template: template({}, IMAGES[0]) },
        all.filter((n) => n !== null),
      )
      made.lingering = lingering
      return made
    })

const isLiving = ({ phase, deletedMs }: Pod): boolean =>
  deletedMs === undefined && phase !== 'Failed' && phase !== 'Succeeded'

const ours = ({ pods }: Simulator): Pod[] => [...pods.values()].filter(({ labels }) => labels.app === LABELS.app)
const up = ({ set, nowMs }: Simulator, p: Pod): boolean => isLiving(p) && isAvailable(p, set.minReadySeconds, nowMs)

const HASH = 'controller-revision-hash'

/** One pod, or with a surge an old and a new one. Of more the oldest stays, as upstream has it, be it available or not. */
const isOrderly = (cluster: Simulator, there: readonly Pod[]): boolean => {
  const [first, second] = there
  const surge = budgetOf(cluster.set.strategy, 1).maxSurge > 0
  return (
    there.length === 1 ||
    (surge && there.length === 2 && (first?.labels[HASH] === cluster.hash) !== (second?.labels[HASH] === cluster.hash))
  )
}

/** Eligible nodes that have an available pod, and none after the plan. */
const takenDown = (cluster: Simulator, plan: Plan): string[] => {
  const deleted = new Set(plan.pods.map((action) => (action.kind === 'delete_pod' ? action.pod.name : '')))
  return [...cluster.nodes.values()].flatMap((n) => {
    if (mayRun(cluster, n) !== 'run') return []
    const there = ours(cluster).filter((p) => p.target === n.name && isLiving(p))
    const available = there.filter((p) => up(cluster, p))
    return isOrderly(cluster, there) && available.length > 0 && available.every(({ name }) => deleted.has(name))
      ? [n.name]
      : []
  })
}

const down = (cluster: Simulator): number =>
  [...cluster.nodes.values()].filter(
    (n) => mayRun(cluster, n) === 'run' && !ours(cluster).some((p) => p.target === n.name && up(cluster, p)),
  ).length

const checkTurn = (cluster: Simulator, plan: Plan): void => {
  const desired = [...cluster.nodes.values()].filter((n) => mayRun(cluster, n) === 'run').length
  const taken = takenDown(cluster, plan)
  if (taken.length > 0) {
    const { maxUnavailable } = budgetOf(cluster.set.strategy, desired)
    assert.ok(taken.length + down(cluster) <= maxUnavailable, `taken down: ${taken.join()}`)
  }
  const creating = plan.pods.flatMap((action) => (action.kind === 'create_pod' ? [action.node] : []))
  const refilled = plan.pods.filter(
    (action) => action.kind === 'delete_pod' && !isLiving(action.pod) && creating.includes(action.pod.target ?? ''),
  )
  assert.deepEqual(refilled, [], 'an ended pod is deleted and its node filled in one turn')
  const beside = ours(cluster).filter(
    (p) =>
      p.phase === 'Failed' &&
      p.deletedMs === undefined &&
      p.labels[HASH] === cluster.hash &&
      creating.includes(p.target ?? ''),
  )
  assert.deepEqual(beside, [], 'a pod is created beside a failed one of the same revision')
  assert.equal(new Set(creating).size, creating.length, 'two pods are created for one node')
}

const turn = (cluster: Simulator): Plan => {
  const plan = planDaemonSet(cluster.observe())
  checkTurn(cluster, plan)
  cluster.apply(plan)
  return plan
}

const isDone = ({ claims, history, pods, cleanup, status }: Plan): boolean =>
  claims.length + history.length + pods.length + cleanup.length === 0 && status === undefined

/** From here on the cluster is kind: pods start and end, and time goes by. */
const settle = (cluster: Simulator): void => {
  for (let round = 0; round < 100; round++) {
    cluster.bury()
    cluster.makeReady((p) => isLiving(p) && cluster.nodes.has(p.target ?? ''))
    cluster.nowMs += 20 * 60_000
    if (isDone(turn(cluster))) return
  }
  assert.fail('it does not come to rest')
}

const imageOf = (cluster: Simulator, name: string): unknown =>
  (cluster.bodies.get(name)?.spec as { containers?: { image?: unknown }[] } | undefined)?.containers?.[0]?.image

const run = (cluster: Simulator, events: readonly Event[]): void => {
  cluster.nowMs = START_MS
  turn(cluster)
  for (const happen of events) {
    happen(cluster)
    cluster.nowMs += 1000
    turn(cluster)
  }
  settle(cluster)
}

test('whatever happened, each eligible node ends with one available pod of the template, and no other node with one', () => {
  fc.assert(
    fc.property(cluster(strategy), fc.array(event, { maxLength: 40, size: 'max' }), (cluster, events) => {
      run(cluster, events)
      const { containers } = cluster.set.template.spec as { containers: readonly { image: string }[] }
      for (const n of cluster.nodes.values()) {
        const there = ours(cluster).filter((p) => p.target === n.name)
        const found = there.map((p) => [up(cluster, p), p.labels[HASH], imageOf(cluster, p.name)])
        const wanted = [true, currentHash(cluster), containers[0]?.image]
        const verdict = mayRun(cluster, n)
        if (verdict === 'run') assert.deepEqual(found, [wanted])
        else if (verdict === 'no') assert.deepEqual(found, [])
        else assert.ok(found.length <= 1)
      }
      assert.deepEqual(
        ours(cluster).filter((p) => !cluster.nodes.has(p.target ?? '')),
        [],
      )
    }),
    { numRuns: 500 },
  )
})

/** Of the newest revision: the one that is current once all is settled. */
const currentHash = ({ revisions }: Simulator): string | undefined =>
  [...revisions.values()].sort((a, b) => b.revision - a.revision)[0]?.labels[HASH]

test('with OnDelete each eligible node ends with one available pod, of whatever template', () => {
  fc.assert(
    fc.property(
      cluster(fc.constant({ kind: 'OnDelete' })),
      fc.array(event, { maxLength: 40, size: 'max' }),
      (cluster, events) => {
        run(cluster, events)
        for (const n of cluster.nodes.values()) {
          const there = ours(cluster).filter((p) => p.target === n.name)
          const verdict = mayRun(cluster, n)
          if (verdict === 'keep') assert.ok(there.length <= 1)
          else
            assert.deepEqual(
              there.map((p) => up(cluster, p)),
              verdict === 'run' ? [true] : [],
            )
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a second look at a settled cluster finds nothing to do', () => {
  fc.assert(
    fc.property(cluster(strategy), fc.array(event, { maxLength: 20, size: 'max' }), (cluster, events) => {
      run(cluster, events)
      assert.deepEqual(planDaemonSet(cluster.observe()), {
        ...{ claims: [], history: [], pods: [], cleanup: [], status: undefined, events: [] },
        ...{ backoff: new Map(), requeueAfterMs: undefined },
      })
    }),
    { numRuns: 200 },
  )
})

test('the same cluster, listed in another order, gets the same plan', () => {
  fc.assert(
    fc.property(cluster(strategy), fc.array(event, { maxLength: 20, size: 'max' }), (cluster, events) => {
      turn(cluster)
      for (const happen of events) happen(cluster)
      const seen = cluster.observe()
      const other = { ...seen, pods: [...seen.pods].reverse() }
      const deeds = ({ pods, status }: Plan): unknown => [
        pods.map((action) => (action.kind === 'create_pod' ? action.node : action.pod.name)).sort(),
        status,
      ]
      assert.deepEqual(deeds(planDaemonSet(other)), deeds(planDaemonSet(seen)))
    }),
    { numRuns: 200 },
  )
})
