import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { findLetters } from '../../../agent/buffer/dead-letter-lines.ts'
import { listSegments } from '../../../agent/buffer/dead-letter-segment.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { type ChunkQueue, createQueue } from '../../../agent/buffer/queue.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import type { BulkBody, Outcome, Output } from '../../../agent/event.ts'
import { Crashed, type CrashFilesystem, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { fakeChunk, namesIn, streamOf } from '../../support/fake-chunk.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

/**
 * The queue against a world that does everything to it: any answer, a full disk, a stop, a kill, a power cut after any single
 * call to the disk. A document's fate at the output is in its name: `bad…` is rejected, `big…` is too large, `…@s0` and `…@s1` are for
 * data streams that may be refused for a while, others are taken.
 * What is not settled when the process dies is pushed again by the next one, as a lane would read it again.
 */
type Step =
  | {
      readonly kind: 'push'
      readonly documents: number
      readonly vanishing: boolean
      readonly encoding: BulkBody['encoding']
    }
  | { readonly kind: 'answer'; readonly how: 'take' | 'again' | 'split' | 'some' | 'nonsense'; readonly mask: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'starved'; readonly yes: boolean }
  | { readonly kind: 'disk'; readonly refuses: boolean }
  /** Which of two data streams the output refuses from now on: bit 0 for the first, bit 1 for the second. */
  | { readonly kind: 'narrow'; readonly mask: number }
  | { readonly kind: 'crash'; readonly afterCalls: number }
  | { readonly kind: 'kill' | 'close' }

type Items = Extract<Outcome, { kind: 'items' }>

const LIMIT_BYTES = 700
const LARGEST_FILE_BYTES = 200
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const randomOf = (seed: number) => {
  let state = (seed >>> 0) + 1
  return (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const verdict = (
  body: BulkBody,
  names: readonly string[],
  retry: readonly number[],
  held: readonly number[] = [],
): Outcome => {
  const again = new Set(retry)
  const rejected = names.flatMap((name, item) =>
    name.startsWith('bad') && !again.has(item) ? [{ item, status: 400, type: 'bad', reason: 'it is' }] : [],
  )
  const created = body.documents - rejected.length - retry.length
  const items = { kind: 'items', created, duplicates: 0, failureStore: 0, rejected, retry, retryReason: '429' } as const
  return held.length > 0 ? { ...items, held: held.map((item) => ({ item, reason: '403' })) } : items
}

interface Request {
  readonly body: BulkBody
  readonly names: readonly string[]
  readonly answer: (outcome: Outcome) => void
}

/** One process; everything it knew dies with it. */
interface Life {
  readonly queue: ChunkQueue
  readonly done: Promise<void>
  readonly requests: Request[]
}

class World {
  readonly clock = createModelClock()
  readonly random: () => number
  filesystem: CrashFilesystem = createCrashFilesystem()
  life: Life
  #next = 0
  narrow = 0
  /** What the output has taken; it knows ids, so a second time changes nothing. */
  readonly taken = new Set<string>()
  /** Documents that the lane must push again if the process dies. */
  readonly unsettled = new Map<string, readonly string[]>()
  readonly settled = new Set<string>()

  constructor(seed: number) {
    this.random = randomOf(seed)
    this.life = this.#begin()
  }

  /** A look that is no call of the process. */
  disk(): CrashFilesystem {
    return this.filesystem.reopened()
  }

  deadLetters(): Set<string> {
    const disk = this.disk()
    const letters = listSegments(disk, '/dead').flatMap((segment) => [...findLetters(disk, segment)])
    return new Set(letters.map(({ letter }) => JSON.parse(letter.document).m))
  }

  /** A new process on the disk as it is; it may die at once, again and again. */
  #begin(): Life {
    const { clock, filesystem } = this
    const { events } = recordEvents()
    const requests: Request[] = []
    const send = (body: BulkBody): Promise<Outcome> => {
      const { promise, resolve } = Promise.withResolvers<Outcome>()
      if (!filesystem.crashed) requests.push({ body, names: namesIn(body), answer: resolve })
      return promise
    }
    const output: Output = { name: 'es', send, close: async () => {} }
    const options = {
      maxInFlight: 2,
      totalLimitBytes: LIMIT_BYTES,
      overflow: 'block',
      spill: defaultSpillLimits,
    } as const
    try {
      const queue = createQueue(options, {
        output,
        store: openChunkStore('/queue', 'es', { filesystem, events }),
        deadLetters: openDeadLetters(
          '/dead',
          { output: 'es', limitBytes: 1 << 20, overflow: 'block' },
          { filesystem, events, exclusive: (work) => work() },
        ),
        events,
        clock,
        backoff: (attempt) => Math.min(attempt, 5) * 50,
      })
      const life = { queue, done: queue.run(new AbortController().signal), requests }
      for (const names of this.unsettled.values()) this.#push(queue, names, false, 'gzip')
      return life
    } catch (error) {
      assert.ok(error instanceof Crashed, String(error))
      this.filesystem = filesystem.restarted(this.random)
      return this.#begin()
    }
  }

  #push(queue: ChunkQueue, names: readonly string[], vanishing: boolean, encoding: BulkBody['encoding']): void {
    const { filesystem } = this
    const key = names.join()
    const calls: string[] = []
    this.unsettled.set(key, names)
    const told = (call: string): void => {
      calls.push(call)
      if (filesystem.crashed) return
      assert.match(calls.join(), /^(delivered|spilled)(,released)?$/)
      if (call === 'released') return
      this.unsettled.delete(key)
      for (const name of names) this.settled.add(name)
      if (call === 'delivered') this.#assertFinal(names)
    }
    queue.push(fakeChunk(names, { vanishing, encoding, told, oldestMs: this.clock.now() }))
  }

  #assertFinal(names: readonly string[]): void {
    const dead = this.deadLetters()
    // Put aside for a data stream that is held: safe in a file of its own, also after a power cut.
    const aside = names.every((name) => this.taken.has(name) || dead.has(name)) ? new Set() : this.#queued()
    for (const name of names) {
      const there = this.taken.has(name) || aside.has(name) || (/^(bad|big)/.test(name) && dead.has(name))
      assert.ok(there, `${name} was settled as delivered and is nowhere`)
    }
  }

  #queued(): Set<string> {
    const filesystem = this.filesystem.restarted(() => 1)
    const store = openChunkStore('/queue', 'es', { filesystem, events: recordEvents().events })
    const reads = store.found.map((chunk) => store.read(chunk))
    return new Set(reads.flatMap((read) => (read.kind === 'whole' ? namesIn(read.body) : [])))
  }

  push(documents: number, vanishing: boolean, encoding: BulkBody['encoding']): void {
    const names = Array.from({ length: documents }, () => {
      const n = this.#next++
      const stream = n % 3 === 0 ? `@s${(n / 3) % 2}` : ''
      return (n % 7 === 3 ? `bad${n}` : n % 11 === 5 ? `big${n}` : `ok${n}`) + stream
    })
    this.#push(this.life.queue, names, vanishing, encoding)
  }

  answer(how: Extract<Step, { kind: 'answer' }>['how'], mask: number): void {
    const request = this.life.requests.splice(mask % Math.max(1, this.life.requests.length), 1)[0]
    request?.answer(this.#outcome(request, how, mask))
  }

  #outcome({ body, names }: Request, how: Extract<Step, { kind: 'answer' }>['how'], mask: number): Outcome {
    if (how === 'again') return { kind: 'again', reason: '503', retryAfterMs: mask % 100, hold: false }
    if (how === 'nonsense') return { ...(verdict(body, names, []) as Items), created: -1 }
    const tooLarge = names.some((name) => name.startsWith('big')) || (how === 'split' && names.length > 1)
    if (tooLarge) return { kind: 'split', reason: '413' }
    const held = names.flatMap((name, i) => ((this.narrow >> Number(streamOf(name)?.[1] ?? 2)) & 1 ? [i] : []))
    const some = how === 'some' ? names.flatMap((_, i) => ((mask >> (i % 8)) & 1 ? [i] : [])) : []
    const retry = [...new Set([...held, ...some])].sort((a, b) => a - b)
    names.forEach((name, i) => {
      if (!name.startsWith('bad') && !retry.includes(i)) this.taken.add(name)
    })
    return verdict(body, names, retry, held)
  }

  async restart(disk: CrashFilesystem): Promise<void> {
    const { queue, done } = this.life
    this.filesystem.crashAfter(0) // the old process is gone: what it still tries does nothing
    try {
      this.filesystem.readdir('/')
    } catch {}
    queue.abort()
    await this.clock.advance(1000)
    await done
    this.filesystem = disk
    this.life = this.#begin()
  }

  async close(): Promise<void> {
    const closed = this.life.queue.close(500)
    await settle()
    await this.clock.advance(2000)
    await closed
    if (!this.filesystem.crashed) await this.restart(this.filesystem.reopened())
  }

  async do(step: Step): Promise<void> {
    if (step.kind === 'push') this.push(step.documents, step.vanishing, step.encoding)
    else if (step.kind === 'answer') this.answer(step.how, step.mask)
    else if (step.kind === 'advance') await this.clock.advance(step.ms)
    else if (step.kind === 'starved') this.life.queue.starved(step.yes)
    else if (step.kind === 'narrow') this.narrow = step.mask
    else if (step.kind === 'disk')
      this.filesystem.fail((call) => (step.refuses && /write|fsync/.test(call) ? 'ENOSPC' : undefined))
    else if (step.kind === 'crash') this.filesystem.crashAfter(step.afterCalls)
    else if (step.kind === 'kill') await this.restart(this.filesystem.reopened())
    else await this.close()
    await settle()
    if (this.filesystem.crashed) await this.restart(this.filesystem.restarted(this.random))
    this.#assertBounded()
  }

  #assertBounded(): void {
    const disk = this.disk()
    const bytes = disk.readdir('/queue').map((name) => disk.bytesOf(`/queue/${name}`)!.length)
    const sum = bytes.reduce((a, b) => a + b, 0)
    // A power cut may keep a new file and take back the deletion that made room for it.
    assert.ok(sum <= LIMIT_BYTES + LARGEST_FILE_BYTES, `${sum} bytes on disk`)
  }

  /** The world is kind from now on. */
  async drain(): Promise<void> {
    await this.do({ kind: 'disk', refuses: false })
    await this.do({ kind: 'narrow', mask: 0 })
    this.filesystem.crashAfter(Number.POSITIVE_INFINITY)
    for (let i = 0; i < 2000; i++) {
      const { sealed, retrying, sending, spilled } = this.life.queue.stats()
      if (sealed.chunks + retrying.chunks + sending.chunks + spilled.chunks === 0) return
      await this.do({ kind: 'answer', how: 'take', mask: 0 })
      if (this.life.requests.length === 0) await this.clock.advance(100)
    }
    assert.fail('the queue does not become empty')
  }
}

const encoding = fc.constantFrom<BulkBody['encoding']>('gzip', 'identity')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      documents: fc.integer({ min: 1, max: 6 }),
      vanishing: fc.boolean(),
      encoding,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      how: fc.constantFrom(
        'take' as const,
        'take' as const,
        'again' as const,
        'split' as const,
        'some' as const,
        'nonsense' as const,
      ),
      mask: fc.nat(255),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 50, 300, 1000, 6000) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('starved' as const), yes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), refuses: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('narrow' as const), mask: fc.integer({ min: 0, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), afterCalls: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'close' as const) }) },
)

const survives = async (steps: readonly Step[], seed: number): Promise<void> => {
  const world = new World(seed)
  for (const each of steps) await world.do(each)
  await world.drain()
  const dead = world.deadLetters()
  const wanted = [...world.settled]
  assert.deepEqual([...world.unsettled.keys()], [])
  assert.deepEqual(
    wanted.filter((name) => name.startsWith('ok') && !world.taken.has(name)),
    [],
  )
  assert.deepEqual(
    wanted.filter((name) => /^(bad|big)/.test(name) && !dead.has(name)),
    [],
  )
  assert.deepEqual(world.disk().readdir('/queue'), [])
  await world.restart(world.filesystem.reopened())
}

test('whatever happens, each document reaches the output or the dead letters, and the disk stays within its limit', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), fc.nat(), survives), {
    numRuns: 250,
    timeout: 3000,
  })
})

test('a power cut after every single call of a busy run loses nothing', async () => {
  const push = (documents: number, vanishing = false): Step => ({
    kind: 'push',
    documents,
    vanishing,
    encoding: 'gzip',
  })
  const answer = (how: 'take' | 'again' | 'some' | 'split', mask = 0): Step => ({ kind: 'answer', how, mask })
  const run: Step[] = [
    { kind: 'starved', yes: true },
    push(3),
    push(4, true),
    answer('again'),
    answer('some', 2),
    { kind: 'advance', ms: 1000 },
    push(5),
    answer('take'),
    answer('split'),
    { kind: 'advance', ms: 300 },
    answer('take'),
    answer('take'),
    { kind: 'narrow', mask: 3 },
    push(6),
    answer('take'),
    { kind: 'advance', ms: 300 },
    answer('take'),
    { kind: 'narrow', mask: 2 },
    { kind: 'advance', ms: 300 },
    answer('take'),
    answer('take'),
    { kind: 'close' },
    answer('take'),
    answer('take'),
  ]
  for (let afterCalls = 1; afterCalls < 170; afterCalls++) {
    for (const seed of [1, 2, 3]) await survives([{ kind: 'crash', afterCalls }, ...run], seed * 1000 + afterCalls)
  }
})
