import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createWorkQueue, REQUEUE_LIMITS, type WorkQueue } from '../../../controller/queue/work-queue.ts'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { createModelClock, type ModelClock } from '../../support/model-clock.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Work {
  readonly workers: number
  readonly look: (key: string) => Promise<void>
  readonly failed: (key: string, error: Error) => void
}

/** Workers as the controller's. */
const runWorkers = async (queue: WorkQueue, { workers, look, failed }: Work, signal: AbortSignal): Promise<void> => {
  const worker = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await look(key)
        queue.forget(key)
      } catch (error) {
        failed(key, error as Error)
        queue.addRateLimited(key)
      }
      queue.done(key)
    }
  }
  if (signal.aborted) queue.shutDown()
  signal.addEventListener('abort', queue.shutDown, { once: true })
  await Promise.all(Array.from({ length: workers }, worker))
}

/** Whoever has just been given a key comes to it before time passes. */
const pass = async (clock: ModelClock, ms: number): Promise<void> => {
  await settle()
  await clock.advance(ms)
}

const start = (): { clock: ModelClock; queue: WorkQueue } => {
  const clock = createModelClock()
  return { clock, queue: createWorkQueue(clock, createTokenBucket(REQUEUE_LIMITS, clock)) }
}

/** Looks take no time; tells at which moment which key was looked at. */
const looks = (clock: ModelClock, queue: WorkQueue, signal: AbortSignal): (readonly [number, string])[] => {
  const seen: (readonly [number, string])[] = []
  const look = async (key: string): Promise<void> => void seen.push([clock.monotonic(), key])
  void runWorkers(queue, { workers: 1, look, failed: assert.fail }, signal)
  return seen
}

test('a key that waits is not put there twice', async () => {
  const { queue } = start()
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
  assert.equal(queue.depth, 2)
  assert.deepEqual([await queue.take(), await queue.take(), queue.depth], ['a', 'b', 0])
})

test('a key that changes while it is looked at is looked at once more, afterwards', async () => {
  const { queue } = start()
  queue.add('a')
  const key = await queue.take()
  queue.add('a')
  queue.add('a')
  const inHands = queue.depth
  queue.done('a')
  assert.deepEqual([key, inHands, queue.depth, await queue.take()], ['a', 0, 1, 'a'])
})

test('of several moments at which a key is to be looked at, the first counts', async () => {
  const { clock, queue } = start()
  const end = new AbortController()
  const seen = looks(clock, queue, end.signal)
  queue.addAfter('a', 500)
  queue.addAfter('a', 200)
  queue.addAfter('a', 900)
  queue.addAfter('b', 300)
  queue.addAfter('c', 0)
  await pass(clock, 2000)
  end.abort()
  assert.deepEqual(seen, [
    [0, 'c'],
    [200, 'a'],
    [300, 'b'],
  ])
})

test('a moment that no timer can hold is looked at early, not at once', async () => {
  const { clock, queue } = start()
  queue.addAfter('a', 30 * 86_400_000)
  await pass(clock, 20 * 86_400_000)
  const before = queue.depth
  await pass(clock, 10 * 86_400_000)
  assert.deepEqual([before, queue.depth], [0, 1])
})

test('a key that keeps failing is tried after 5 ms, 10 ms, … 1,000 s, and after a success from the start', async () => {
  const { clock, queue } = start()
  const end = new AbortController()
  const tries: number[] = []
  let failures = 20
  const look = async (): Promise<void> => {
    tries.push(clock.monotonic())
    failures -= 1
    if (failures >= 0) throw new Error('refused')
  }
  const running = runWorkers(queue, { workers: 2, look, failed: () => {} }, end.signal)
  queue.add('a')
  await pass(clock, 4_000_000)
  failures = 1
  queue.add('a')
  await pass(clock, 1000)
  end.abort()
  await running
  const waits = tries.slice(1).map((at, i) => at - (tries[i] as number))
  const doubling = Array.from({ length: 18 }, (_, n) => 5 * 2 ** n)
  assert.deepEqual(waits.slice(0, 20), [...doubling, 1_000_000, 1_000_000])
  assert.equal(waits.at(-1), 5)
})

test('many keys that fail together come back at ten a second once a hundred have', async () => {
  const { clock, queue } = start()
  const end = new AbortController()
  const seen = looks(clock, queue, end.signal)
  for (let i = 0; i < 130; i += 1) queue.addRateLimited(`key-${i}`)
  await pass(clock, 5)
  const atOnce = seen.length
  await pass(clock, 995)
  const aSecondLater = seen.length
  await pass(clock, 2000)
  end.abort()
  assert.deepEqual([atOnce, aSecondLater, seen.length], [100, 110, 130])
})

test('how long the first of the waiting keys has waited', async () => {
  const { clock, queue } = start()
  assert.equal(queue.oldestMs, 0)
  queue.add('a')
  await pass(clock, 40)
  queue.add('b')
  await pass(clock, 2)
  assert.equal(queue.oldestMs, 42)
  await queue.take()
  assert.equal(queue.oldestMs, 2)
  await queue.take()
  assert.equal(queue.oldestMs, 0)
})

test('workers that are stopped finish what they have in hand and take nothing more', async () => {
  const { clock, queue } = start()
  const end = new AbortController()
  const seen: string[] = []
  const look = async (key: string): Promise<void> => {
    await clock.sleep(100)
    seen.push(key)
  }
  let ended = false
  void runWorkers(queue, { workers: 2, look, failed: assert.fail }, end.signal).then(() => {
    ended = true
  })
  for (const key of ['a', 'b', 'c']) queue.add(key)
  queue.addAfter('d', 10)
  await settle()
  end.abort()
  await settle()
  const early = ended
  await pass(clock, 100)
  assert.deepEqual(
    { early, ended, seen: seen.sort(), sleepers: clock.sleepers },
    { early: false, ended: true, seen: ['a', 'b'], sleepers: 0 },
  )
})

test('workers that start when all is over take nothing', async () => {
  const { queue } = start()
  queue.add('a')
  await runWorkers(queue, { workers: 2, look: () => assert.fail(), failed: assert.fail }, AbortSignal.abort())
})

/** What may happen to a queue: keys come in three ways, time passes. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c', 'd') }),
  fc.record({ kind: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c', 'd'), ms: fc.nat(300) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(100) }),
)

test('whatever happens, no key is in two hands, and each is looked at after it was last put there', async () => {
  const property = async (
    history: readonly (typeof happening extends fc.Arbitrary<infer H> ? H : never)[],
    lengths: readonly number[],
    failing: readonly boolean[],
    workers: number,
  ): Promise<void> => {
    const { clock, queue } = start()
    const end = new AbortController()
    const inHands = new Set<string>()
    const wanted = new Map<string, number>()
    const began = new Map<string, number>()
    let order = 0
    let looked = 0
    const look = async (key: string): Promise<void> => {
      assert.ok(!inHands.has(key), `${key} is in two hands`)
      inHands.add(key)
      order += 1
      began.set(key, order)
      looked += 1
      const nth = looked
      await clock.sleep(lengths[nth % lengths.length] as number)
      inHands.delete(key)
      if (failing[nth]) throw new Error('refused')
      wanted.delete(key)
    }
    const broken: Error[] = []
    const failed = (key: string, error: Error): void => {
      if (error.message !== 'refused') broken.push(error)
      order += 1
      wanted.set(key, order)
    }
    const running = runWorkers(queue, { workers, look, failed }, end.signal)
    const lastPut = new Map<string, number>()
    for (const one of history) {
      if (one.kind === 'pass') await pass(clock, one.ms)
      else {
        order += 1
        lastPut.set(one.key, order)
        if (one.kind === 'add') queue.add(one.key)
        else queue.addAfter(one.key, one.ms)
      }
      assert.ok(queue.depth <= 4, 'a key waits twice')
      assert.ok(inHands.size <= workers)
    }
    await pass(clock, 60_000)
    assert.deepEqual(broken, [])
    for (const [key, put] of lastPut) assert.ok((began.get(key) ?? 0) > put, `${key} was lost`)
    assert.deepEqual([queue.depth, [...inHands], [...wanted.keys()], clock.sleepers], [0, [], [], 0])
    end.abort()
    await running
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 40 }),
      fc.array(fc.nat(150), { minLength: 1, maxLength: 5 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 3 }),
      property,
    ),
    { numRuns: 150 },
  )
})
