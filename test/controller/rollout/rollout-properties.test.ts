import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Labels, Pod } from '../../../controller/cluster.ts'
import { deletesOf, type RolloutModel, rolloutModel } from './rollout-model.ts'

interface Round {
  readonly slow: readonly number[]
  readonly dead: readonly number[]
  readonly restart: boolean
}

interface Case {
  readonly size: number
  readonly maxUnavailable: number
  readonly budget: number
  readonly partition: number
  readonly canary: number
  readonly rounds: readonly Round[]
}

const index = fc.nat({ max: 11 })
const round: fc.Arbitrary<Round> = fc.record({
  slow: fc.array(index, { maxLength: 4 }),
  dead: fc.array(index, { maxLength: 3 }),
  restart: fc.boolean(),
})
const cases: fc.Arbitrary<Case> = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  maxUnavailable: fc.integer({ min: 1, max: 4 }),
  budget: fc.nat({ max: 3 }),
  partition: fc.nat({ max: 4 }),
  canary: fc.nat({ max: 3 }),
  rounds: fc.array(round, { minLength: 5, maxLength: 40 }),
})

const namesOf = (size: number): readonly string[] =>
  Array.from({ length: size }, (_, i) => `node-${String(i).padStart(2, '0')}`)

const annotationsOf = (c: Case, more: Labels = {}): Labels => ({
  'picket.dev/max-unavailable': String(c.maxUnavailable),
  'picket.dev/dead-node-budget': String(c.budget),
  'picket.dev/partition': String(c.partition),
  ...(c.canary > 0 ? { 'picket.dev/canary': String(c.canary), 'picket.dev/canary-soak': '30s' } : {}),
  ...more,
})

const isUp = ({ ready }: Pod): boolean => ready?.status === 'True'
const hashOf = ({ labels }: Pod): string => labels['controller-revision-hash'] ?? ''
const nodesWith = (model: RolloutModel, hash: string): readonly string[] =>
  model.pods.filter((pod) => hashOf(pod) === hash).map(({ target }) => target as string)

const pick = (names: readonly string[], indices: readonly number[]): ReadonlySet<string> =>
  new Set(indices.flatMap((i) => names[i] ?? []))

/** Down, but for as many of the dead as the budget has room for. */
const downOf = (model: RolloutModel, budget: number): number => {
  const down = model.nodes.filter(({ name }) => !model.pods.some((pod) => pod.target === name && isUp(pod)))
  const dead = down.filter(({ ready }) => ready?.status !== 'True')
  return down.length - Math.min(dead.length, budget)
}

const play = (
  c: Case,
  model: RolloutModel,
  look: (downBefore: number, deleted: readonly Pod[], before: readonly Pod[]) => void,
): void => {
  const names = namesOf(c.size)
  for (const { slow, dead, restart } of c.rounds) {
    if (restart) model.restart()
    const [before, down] = [model.pods, downOf(model, c.budget)]
    look(
      down,
      deletesOf(model.plan()).map(({ pod }) => pod),
      before,
    )
    const slowNodes = pick(names, slow)
    model.pass((name) => slowNodes.has(name), pick(names, dead))
  }
}

const settle = (model: RolloutModel, rounds = 120): void => {
  for (let i = 0; i < rounds; i++) {
    model.plan()
    model.pass(() => false, new Set())
  }
}

test('never are more nodes down by a rollout than may be, dead ones of the budget aside', () => {
  fc.assert(
    fc.property(cases, fc.boolean(), (c, isBad) => {
      const model = rolloutModel(namesOf(c.size), annotationsOf(c), isBad)
      play(c, model, (down, deleted) => {
        const working = deleted.filter(isUp).length
        assert.ok(working === 0 || down + working <= c.maxUnavailable, `${down} down, ${working} deleted`)
      })
    }),
  )
})

test('a partition keeps its number of old pods', () => {
  fc.assert(
    fc.property(cases, (c) => {
      const model = rolloutModel(namesOf(c.size), annotationsOf(c), false)
      play(c, model, (_, deleted, before) => {
        const old = before.filter((pod) => hashOf(pod) === 'v1').length
        assert.ok(deleted.length === 0 || old - deleted.length >= c.partition)
      })
      settle(model)
      assert.equal(nodesWith(model, 'v1').length, Math.min(c.partition, c.size))
    }),
  )
})

test('a revision that fails gets no further than its canaries and their successors on nodes that died', () => {
  fc.assert(
    fc.property(cases, (drawn) => {
      const c = { ...drawn, canary: Math.max(1, drawn.canary), partition: 0 }
      const model = rolloutModel(namesOf(c.size), annotationsOf(c), true)
      const chosen = new Set<string>()
      play(c, model, (_, deleted) => {
        for (const name of model.state()?.canaries ?? []) chosen.add(name)
        for (const { target } of deleted) assert.ok(chosen.has(target as string), `${target} is no canary`)
      })
      settle(model)
      for (const name of model.state()?.canaries ?? []) chosen.add(name)
      assert.equal(model.state()?.phase, 'paused')
      // Nodes that have died and lost their pod get the new template from the built-in controller, whatever we do: none does here.
      assert.deepEqual(
        nodesWith(model, 'v2').filter((name) => !chosen.has(name)),
        [],
      )
    }),
  )
})

test('once nodes and pods are well, every rollout comes to its end, and then nothing more is done', () => {
  fc.assert(
    fc.property(cases, (drawn) => {
      const c = { ...drawn, partition: 0 }
      const model = rolloutModel(namesOf(c.size), annotationsOf(c), false)
      play(c, model, () => {})
      settle(model)
      assert.equal(model.state()?.phase, 'done')
      assert.deepEqual(nodesWith(model, 'v2').toSorted(), namesOf(c.size))
      assert.deepEqual([model.plan().actions, model.plan().events], [[], []])
    }),
  )
})

test('with auto-rollback a revision that fails ends where it began: the old template on every node', () => {
  fc.assert(
    fc.property(cases, (c) => {
      const model = rolloutModel(
        namesOf(c.size),
        annotationsOf({ ...c, partition: 0 }, { 'picket.dev/auto-rollback': 'true' }),
        true,
      )
      play(c, model, () => {})
      settle(model)
      assert.deepEqual([model.state()?.phase, model.state()?.revision, model.state()?.bad], ['rolled-back', 'v1', 'v2'])
      assert.deepEqual(nodesWith(model, 'v1').toSorted(), namesOf(c.size))
      assert.deepEqual([model.plan().actions, model.plan().events], [[], []])
    }),
  )
})
