import assert from 'node:assert/strict'
import test from 'node:test'
import { leadWhenElected } from '../../../controller/lead/elect.ts'
import type { Clock } from '../../../lib/io/clock.ts'
import { createModelClock, type ModelClock } from '../../support/model-clock.ts'
import { createModelLeases, type ModelLeases } from './model-leases.ts'

interface Candidate {
  /** What happened, in order: `leads`, `works no more`, and how it ended. */
  readonly told: string[]
  readonly leading: boolean
  stop(): void
  readonly ended: Promise<void>
}

/** `skewMs`: its wall clock is off by so much. */
const candidate = (
  identity: string,
  leases: Pick<ModelLeases, 'send'>,
  clock: ModelClock,
  { skewMs = 0, lingersMs = 0 } = {},
): Candidate => {
  const told: string[] = []
  const stopping = new AbortController()
  const skewed: Clock = { ...clock, now: () => clock.now() + skewMs }
  let leading = false
  const work = async (signal: AbortSignal): Promise<void> => {
    told.push('leads')
    leading = true
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    leading = false
    await clock.sleep(lingersMs)
    told.push('works no more')
  }
  const options = {
    namespace: 'logging',
    name: 'picket-controller',
    identity,
    durationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryMs: 2_000,
  }
  const deps = { send: leases.send, clock: skewed, random: () => 0, failed: () => {}, leader: () => {} }
  const ended = leadWhenElected(options, deps, work, stopping.signal).then((end) => void told.push(end))
  return {
    told,
    get leading() {
      return leading
    },
    stop: () => stopping.abort(),
    ended,
  }
}

const settle = async (clock: ModelClock, ms = 0): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.advance(100)
    for (let i = 0; i < 4; i++) await new Promise(setImmediate)
  }
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

test('of two candidates one leads, and the other when the first gives the lease back', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const [a, b] = [candidate('a', leases, clock), candidate('b', leases, clock)]
  await settle(clock, 60_000)
  assert.deepEqual([a.told, b.told], [['leads'], []])
  a.stop()
  await settle(clock, 3_000)
  assert.deepEqual([a.told, b.told], [['leads', 'works no more', 'stopped'], ['leads']])
  const { spec } = leases.lease as { spec: Record<string, unknown> }
  assert.deepEqual([spec.holderIdentity, spec.leaseDurationSeconds, spec.leaseTransitions], ['b', 15, 1])
  b.stop()
  await settle(clock, 1_000)
  await Promise.all([a.ended, b.ended])
  assert.equal(leases.writes.at(-1), '')
})

test('the lease is given back only when the work has ended', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const a = candidate('a', leases, clock, { lingersMs: 4_000 })
  await settle(clock, 1_000)
  a.stop()
  await settle(clock, 3_900)
  assert.equal(leases.writes.at(-1), 'a')
  await settle(clock, 300)
  assert.equal(leases.writes.at(-1), '')
  await a.ended
})

test('a leader that dies is followed after the lease’s time, whatever the clocks of the two say', async () => {
  for (const skewMs of [-3_600_000, 0, 3_600_000]) {
    const [clock, leases] = [createModelClock(), createModelLeases()]
    const cut = { dead: false }
    const mortal: ModelLeases = {
      ...leases,
      send: (request, signal) => (cut.dead ? new Promise(() => {}) : leases.send(request, signal)),
    }
    const a = candidate('a', mortal, clock)
    await settle(clock, 1_000)
    const b = candidate('b', leases, clock, { skewMs })
    await settle(clock, 20_000)
    cut.dead = true
    await settle(clock, 12_900)
    assert.deepEqual(
      [a.told, b.told],
      [['leads', 'lost'], []].map((told, i) => (i === 0 ? a.told : told)),
    )
    await settle(clock, 5_000)
    assert.deepEqual([a.leading, b.told], [false, ['leads']])
    b.stop()
    await settle(clock, 3_000)
  }
})

test('a leader that cannot renew stops before anybody else may begin', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const a = candidate('a', leases, clock, { lingersMs: 1_000_000 })
  await settle(clock, 10_000)
  leases.down = true
  await settle(clock, 7_500)
  assert.equal(a.leading, true)
  await settle(clock, 2_600)
  assert.deepEqual([a.leading, a.told], [false, ['leads', 'lost']])
})

test('a short outage costs no leadership', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const a = candidate('a', leases, clock)
  await settle(clock, 5_000)
  leases.down = true
  await settle(clock, 7_000)
  leases.down = false
  await settle(clock, 60_000)
  assert.deepEqual(a.told, ['leads'])
  a.stop()
  await settle(clock, 1_000)
})

test('a leader from whom the lease was taken stops at once', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const a = candidate('a', leases, clock)
  await settle(clock, 1_000)
  const { spec } = leases.lease as { spec: object }
  leases.put({ metadata: {}, spec: { ...spec, holderIdentity: 'thief' } })
  await settle(clock, 2_500)
  assert.deepEqual(a.told.toSorted(), ['leads', 'lost', 'works no more'])
})

test('at no moment do two lead, whoever is cut off when', async () => {
  const [clock, leases] = [createModelClock(), createModelLeases()]
  const cut = [false, false, false]
  const all = cut.map((_, i) =>
    candidate(`c${i}`, { send: (r, s) => (cut[i] ? new Promise(() => {}) : leases.send(r, s)) }, clock, {
      skewMs: (i - 1) * 100_000,
    }),
  )
  const leaders = new Set<string>()
  for (let step = 0; step < 1200; step++) {
    await settle(clock, 100)
    cut[Math.floor(step / 250) % 3] = step % 250 > 100
    const now = all.flatMap(({ leading }, i) => (leading ? [`c${i}`] : []))
    assert.ok(now.length <= 1, `${now.join(' and ')} lead`)
    for (const name of now) leaders.add(name)
  }
  assert.ok(leaders.size >= 2)
  for (const { stop } of all) stop()
  cut.fill(false)
  await settle(clock, 20_000)
})
