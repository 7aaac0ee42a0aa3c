import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { leadWhenElected } from '../../../controller/lead/elect.ts'
import { readLease } from '../../../controller/lead/lease.ts'
import type { Send } from '../../../lib/kube/api-client.ts'
import { createModelClock, type ModelClock } from '../../support/model-clock.ts'
import { createLeaseServer, type LeaseServer, type Passage } from './lease-server.ts'

const TIMES = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 }
/** With the jitter of 1.2. */
const LONGEST_PAUSE_MS = 4400
const QUICK: Passage = { thereMs: 5, backMs: 5 }

interface Told {
  readonly atMs: number
  readonly what: string
}

interface Contender {
  readonly told: readonly Told[]
  readonly leading: boolean
  readonly outcome: string | undefined
  stop(): void
}

interface Setting {
  readonly clock: ModelClock
  readonly server: LeaseServer
  readonly passage?: () => Passage
  readonly random?: () => number
  /** What its work does once it is to end. */
  readonly windDownMs?: number
  /** How wrong the wall clock of its machine is. */
  readonly skewMs?: number
}

const contend = (identity: string, setting: Setting): Contender => {
  const { clock, server, passage = () => QUICK, random = () => 0.5, windDownMs = 0, skewMs = 0 } = setting
  const told: Told[] = []
  const tell = (what: string): void => void told.push({ atMs: clock.monotonic(), what })
  const end = new AbortController()
  let leading = false
  let outcome: string | undefined
  const work = async (signal: AbortSignal): Promise<void> => {
    leading = true
    tell('leads')
    await new Promise((resolve) => {
      if (signal.aborted) resolve(undefined)
      signal.addEventListener('abort', resolve, { once: true })
    })
    if (windDownMs > 0) await clock.sleep(windDownMs)
    leading = false
    tell('leads no more')
  }
  const deps = {
    send: server.way(passage),
    clock: { ...clock, now: () => clock.now() + skewMs },
    random,
    leader: (who: string) => tell(`sees ${who === '' ? 'nobody' : who}`),
    failed: (error: Error) => tell(`failed: ${error.message}`),
    recovered: () => tell('recovered'),
  }
  const options = { namespace: 'kube-system', name: 'picket', identity, ...TIMES }
  void leadWhenElected(options, deps, work, end.signal).then(
    (how) => {
      outcome = how
    },
    (error: Error) => {
      outcome = error.message
    },
  )
  return {
    told,
    get leading() {
      return leading
    },
    get outcome() {
      return outcome
    },
    stop: () => end.abort(),
  }
}

/** Looks after every 100 ms whether two lead. */
const watchOver = async (clock: ModelClock, ms: number, contenders: readonly Contender[]): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.advance(100)
    assert.ok(contenders.filter((one) => one.leading).length <= 1, `two lead at ${clock.monotonic()}`)
  }
}

const setUp = (): { clock: ModelClock; server: LeaseServer } => {
  const clock = createModelClock()
  return { clock, server: createLeaseServer(clock) }
}
const when = ({ told }: Contender, what: string): number => told.find((one) => one.what === what)?.atMs ?? Number.NaN
const words = ({ told }: Contender): string[] => told.map((one) => one.what)

test('one of three that start at the same moment leads, and keeps on leading', async () => {
  const { clock, server } = setUp()
  const all = ['a', 'b', 'c'].map((name) => contend(name, { clock, server }))
  await watchOver(clock, 120_000, all)
  assert.deepEqual(all.map(words), [['sees a', 'leads'], ['sees a'], ['sees a']])
  assert.deepEqual([...new Set(server.writes.map((one) => one.holder))], ['a'])
})

test('a leader that is stopped ends its work first, gives the lease back then, and the next takes it within a pause', async () => {
  const { clock, server } = setUp()
  const a = contend('a', { clock, server, windDownMs: 25_000 })
  await clock.advance(1000)
  const b = contend('b', { clock, server, random: () => 0.99 })
  await watchOver(clock, 9000, [a, b])
  a.stop()
  await clock.advance(0)
  await watchOver(clock, 40_000, [a, b])
  const endedMs = when(a, 'leads no more')
  const tookMs = when(b, 'leads') - endedMs
  assert.deepEqual([endedMs, a.outcome, words(b)], [35_000, 'stopped', ['sees a', 'sees nobody', 'sees b', 'leads']])
  assert.ok(tookMs > 0 && tookMs <= LONGEST_PAUSE_MS + 100, `${tookMs} ms`)
  const [gaveBack, taken] = server.writes.filter((one, i) => one.holder !== server.writes[i - 1]?.holder).slice(1)
  assert.deepEqual([gaveBack?.holder, taken?.holder], ['', 'b'])
  assert.equal(readLease(server.lease ?? null).transitions, 1)
})

test('one that is stopped just as it takes the lease gives it back: nobody waits for the time to run out', async () => {
  const { clock, server } = setUp()
  const a = contend('a', { clock, server })
  // There after 5 ms, back after 5: the lease has been made, and the answer is on its way.
  await clock.advance(17)
  assert.equal(readLease(server.lease ?? null).holder, 'a')
  a.stop()
  await clock.advance(1000)
  assert.deepEqual(
    [words(a).includes('leads'), a.outcome, readLease(server.lease ?? null).holder],
    [false, 'stopped', ''],
  )
})

test('a renewal that arrives late, while the lease is given back, does not keep it', async () => {
  const { clock, server } = setUp()
  let thereMs = 5
  const a = contend('a', { clock, server, passage: () => ({ thereMs, backMs: 5 }) })
  await clock.advance(1000)
  const renewedMs = 20 + TIMES.retryMs
  thereMs = 14
  await clock.advance(renewedMs + 2 - clock.monotonic())
  // The look arrives before the renewal, and the giving back after it.
  thereMs = 5
  a.stop()
  await new Promise(setImmediate)
  await clock.advance(1000)
  assert.deepEqual(
    server.writes.map(({ method, holder }) => `${method} ${holder}`),
    ['POST a', 'PUT a', 'PUT '],
  )
  assert.equal(a.outcome, 'stopped')
})

test('when the leader dies, another takes over once the lease has run out, however wrong its clock', async () => {
  for (const skewMs of [-86_400_000, 0, 86_400_000]) {
    const { clock, server } = setUp()
    let dead = false
    const a = contend('a', { clock, server, passage: () => (dead ? { ...QUICK, lost: 'request' } : QUICK) })
    await clock.advance(500)
    const b = contend('b', { clock, server, skewMs })
    await watchOver(clock, 20_000, [a, b])
    dead = true
    const lastMs = server.writes.at(-1)?.atMs as number
    await watchOver(clock, 30_000, [a, b])
    const afterMs = when(b, 'leads') - lastMs
    assert.ok(afterMs >= TIMES.durationMs && afterMs <= TIMES.durationMs + LONGEST_PAUSE_MS + 100, `${afterMs} ms`)
  }
})

test('a leader that is cut off from the API server stops before another may begin, and says so once', async () => {
  for (const lost of ['request', 'answer'] as const) {
    const { clock, server } = setUp()
    let cut = false
    const a = contend('a', { clock, server, passage: () => (cut ? { ...QUICK, lost } : QUICK) })
    await clock.advance(500)
    const b = contend('b', { clock, server })
    await watchOver(clock, 20_000, [a, b])
    cut = true
    const cutMs = clock.monotonic()
    await watchOver(clock, 60_000, [a, b])
    assert.ok(when(a, 'leads no more') - cutMs <= TIMES.renewDeadlineMs)
    assert.deepEqual(
      [a.outcome, words(a), b.leading],
      ['lost', ['sees a', 'leads', 'failed: not answered within 5000 ms', 'leads no more'], true],
    )
  }
})

test('a short outage costs no leadership', async () => {
  const { clock, server } = setUp()
  let cut = false
  const a = contend('a', { clock, server, passage: () => (cut ? { ...QUICK, lost: 'request' } : QUICK) })
  await clock.advance(5000)
  cut = true
  await clock.advance(6000)
  cut = false
  await clock.advance(60_000)
  assert.deepEqual(
    [words(a), a.leading],
    [['sees a', 'leads', 'failed: not answered within 5000 ms', 'recovered'], true],
  )
})

test('a leader from whom the lease was taken stops at the next renewal', async () => {
  const { clock, server } = setUp()
  const a = contend('a', { clock, server })
  await clock.advance(5000)
  server.give('thief')
  await clock.advance(2100)
  assert.deepEqual([words(a), a.outcome], [['sees a', 'leads', 'sees thief', 'leads no more'], 'lost'])
})

test('a request that hears no signal keeps nobody from losing the lease, nor from trying again', async () => {
  const { clock, server } = setUp()
  let deaf = false
  const way = server.way(() => QUICK)
  const send: Send = (request, signal) => (deaf ? new Promise(() => {}) : way(request, signal))
  const a = contend('a', { clock, server: { ...server, way: () => send } })
  await clock.advance(500)
  const b = contend('b', { clock, server })
  await watchOver(clock, 5000, [a, b])
  deaf = true
  await watchOver(clock, 30_000, [a, b])
  assert.deepEqual([a.outcome, b.leading], ['lost', true])
  const c = contend('c', { clock, server: { ...server, way: () => send } })
  await watchOver(clock, 30_000, [b, c])
  b.stop()
  deaf = false
  await watchOver(clock, 20_000, [b, c])
  assert.deepEqual([b.outcome, c.leading], ['stopped', true])
})

test('what is wrong is told when it changes, and that it is over', async () => {
  const { clock, server } = setUp()
  const statuses: (number | undefined)[] = [403, 403, 403, 500, 403, undefined]
  const passage = (): Passage => {
    const status = statuses.shift()
    return status === undefined ? QUICK : { ...QUICK, status }
  }
  const a = contend('a', { clock, server, passage })
  await clock.advance(60_000)
  assert.deepEqual(words(a), ['failed: Refused', 'failed: Refused', 'failed: Refused', 'sees a', 'recovered', 'leads'])
  assert.equal(when(a, 'recovered') > 5 * TIMES.retryMs, true)
})

test('a verb that is denied for ever is told once and asked for at the pace of the pauses', async () => {
  const { clock, server } = setUp()
  let asked = 0
  const passage = (): Passage => {
    asked += 1
    return { ...QUICK, status: 403 }
  }
  const a = contend('a', { clock, server, passage })
  await clock.advance(320_000)
  a.stop()
  await clock.advance(1)
  assert.deepEqual([words(a), asked, a.outcome], [['failed: Refused'], 100, 'stopped'])
})

test('a conflict is no trouble: the version is read again and the lease kept', async () => {
  const { clock, server } = setUp()
  let lose = false
  const passage = (): Passage => {
    if (!lose) return QUICK
    lose = false
    return { ...QUICK, lost: 'answer' }
  }
  const a = contend('a', { clock, server, passage })
  await clock.advance(5000)
  lose = true
  await clock.advance(60_000)
  assert.deepEqual(
    [words(a), a.leading],
    [['sees a', 'leads', 'failed: not answered within 5000 ms', 'recovered'], true],
  )
})

test('a lease that somebody deletes is made again by its holder', async () => {
  const { clock, server } = setUp()
  const a = contend('a', { clock, server })
  await clock.advance(5000)
  server.remove()
  await clock.advance(5000)
  assert.deepEqual([words(a), a.leading, server.writes.at(-1)?.holder], [['sees a', 'leads'], true, 'a'])
})

test('an answer that comes after the deadline makes nobody leader: the lease may be about to end', async () => {
  const { clock, server } = setUp()
  const a = contend('a', { clock, server, passage: () => ({ thereMs: 10, backMs: 11_000 }) })
  await clock.advance(120_000)
  assert.equal(a.leading, false)
})

test('work that fails gives the lease back, and its error is told', async () => {
  const { clock, server } = setUp()
  const deps = {
    send: server.way(() => QUICK),
    clock,
    random: () => 0,
    leader: () => {},
    failed: assert.fail,
    recovered: assert.fail,
  }
  const options = { namespace: 'kube-system', name: 'picket', identity: 'a', ...TIMES }
  const run = leadWhenElected(options, deps, () => Promise.reject(new Error('broken')), new AbortController().signal)
  const outcome = run.then(assert.fail, (error: Error) => error.message)
  await clock.advance(1000)
  assert.deepEqual([await outcome, server.writes.at(-1)?.holder], ['broken', ''])
})

/** Weather of a network for one candidate: stretches of requests that fare alike. */
const weather = fc.array(
  fc.record({
    thereMs: fc.oneof(fc.nat(50), fc.nat(20_000)),
    backMs: fc.oneof(fc.nat(50), fc.nat(20_000)),
    lost: fc.option(fc.constantFrom('request' as const, 'answer' as const), { nil: undefined, freq: 3 }),
    requests: fc.integer({ min: 1, max: 8 }),
  }),
  { maxLength: 12 },
)

type Weather = typeof weather extends fc.Arbitrary<infer W> ? W : never

const passages = (stretches: Weather): (() => Passage) => {
  const all = stretches.flatMap(({ requests, lost, ...rest }) =>
    Array.from({ length: requests }, (): Passage => (lost === undefined ? rest : { ...rest, lost })),
  )
  return () => all.shift() ?? QUICK
}

test('no network, however it delays and loses, makes two lead at the same time, and in good weather one does', async () => {
  const property = async (storms: readonly Weather[], stops: readonly number[], dice: readonly number[]) => {
    const { clock, server } = setUp()
    let thrown = 0
    const random = (): number => {
      thrown += 1
      return dice[thrown % dice.length] as number
    }
    const all: Contender[] = []
    const enter = (i: number, stretches: Weather): void =>
      void all.push(contend(`${i}`, { clock, server, random, passage: passages(stretches), windDownMs: i * 700 }))
    for (const [i, stretches] of storms.entries()) enter(i, stretches)
    for (const [i, atMs] of stops.entries()) {
      await watchOver(clock, atMs, all)
      all[i % storms.length]?.stop()
      enter(storms.length + i, [])
    }
    await watchOver(clock, 300_000, all)
    assert.equal(all.filter((one) => one.leading).length, 1)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(weather, { minLength: 2, maxLength: 3 }),
      fc.array(fc.nat(60_000), { minLength: 1, maxLength: 2 }),
      fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 5 }),
      property,
    ),
    { numRuns: 25 },
  )
})
