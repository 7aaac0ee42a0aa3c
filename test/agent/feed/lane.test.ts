import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import type { AgentEvents, Chunk, DocumentTexts, Facts, Positions, TailedFile } from '../../../agent/event.ts'
import { createLane, type Lane, type LaneDeps } from '../../../agent/feed/lane.ts'
import { createEncoder } from '../../../agent/kernel/encoder.ts'
import { createWaker } from '../../../lib/io/waker.ts'

/** A lane over files in memory, with an output that gives its verdicts in any order and crashes at any moment. */

const kernel = new WebAssembly.Module(
  new Uint8Array(readFileSync(new URL('../../../build/kernel.wasm', import.meta.url))),
)
const NO_FACTS: Facts = { fields: {}, dataset: undefined, namespace: undefined }
const utf8 = new TextEncoder()
const events = new Proxy({} as AgentEvents, { get: () => () => {} })

interface MemoryFile extends TailedFile {
  bytes: Uint8Array
  state: 'growing' | 'final'
  vanishing: boolean
}

const memoryFile = (name: string, text: string, chain: string, predecessor: TailedFile | undefined): MemoryFile => ({
  source: 's',
  origin: { kind: 'plain' },
  tag: 't',
  path: `/${name}`,
  format: 'cri',
  fingerprint: name.padEnd(16, '-'),
  chain,
  predecessor,
  bytes: utf8.encode(text),
  get size() {
    return this.bytes.length
  },
  state: 'growing',
  vanishing: false,
  read(target, offset) {
    const part = this.bytes.subarray(offset, offset + target.length)
    target.set(part)
    return part.length
  },
})

const texts = (file: TailedFile): DocumentTexts => {
  const stream = (s: string): Uint8Array =>
    utf8.encode(`"${s},"log":{"file":{"fingerprint":"${file.fingerprint}"},"offset":`)
  return {
    head: utf8.encode(`{"create":{"_id":"${file.fingerprint}-`),
    idOffset: true,
    afterId: utf8.encode('"}}\n{"@timestamp":"'),
    stdout: stream(',"stream":"stdout"'),
    stderr: stream(',"stream":"stderr"'),
    none: stream(''),
  }
}

const documentsOf = (chunk: Chunk): [id: string, message: string][] => {
  const lines = Buffer.from(chunk.body.bytes).toString('utf8').split('\n')
  const found: [string, string][] = []
  for (let i = 0; i + 1 < lines.length; i += 2)
    found.push([JSON.parse(lines[i] as string).create._id, JSON.parse(lines[i + 1] as string).message])
  return found
}

interface World {
  readonly files: MemoryFile[]
  readonly committed: Map<TailedFile, number>
  readonly finished: Set<TailedFile>
  readonly store: Map<string, string>
  /** What closing documents say, by `_id`; undefined: none are written. */
  readonly closings?: Map<string, string>
}

interface Running {
  readonly lane: Lane
  readonly chunks: Chunk[]
  stop(): Promise<void>
}

const closingId = (file: TailedFile): string => `${file.fingerprint}-end-${file.size}`

const positionsOf = (world: World): Positions => ({
  start: (_, file) => world.committed.get(file) ?? 0,
  commit: (_, file, offset) => {
    const before = world.committed.get(file) ?? 0
    assert.ok(offset >= before, `a position never goes back: ${file.path} ${before} → ${offset}`)
    world.committed.set(file, offset)
  },
  ending: (_, file, read) =>
    world.closings && {
      size: file.size,
      began: 0,
      lost: read < file.size ? { from: read, cause: 'deleted_before_read' } : undefined,
    },
  finish: (_, file) => {
    if (world.closings) assert.ok(world.closings.has(closingId(file)), 'finished only once the closing document is in')
    world.finished.add(file)
  },
})

const startLane = (
  world: World,
  once: boolean,
  other: Partial<LaneDeps> = {},
  flushIntervalMs = 0,
  turnBytes = 300,
): Running => {
  const chunks: Chunk[] = []
  const abort = new AbortController()
  const lane = createLane(
    { name: 'out', flushIntervalMs, turnBytes, once },
    {
      encoder: createEncoder({
        wasm: kernel,
        maxRecordBytes: 1 << 18,
        compression: 'none',
        slots: 4,
        now: () => '2026-01-01T00:00:00Z',
      }),
      events,
      positions: positionsOf(world),
      facts: { facts: () => ({ facts: NO_FACTS, ready: true, version: 0 }) },
      wants: () => true,
      recordRules: () => ({ maxRecordBytes: 1 << 18, partialFlushMs: 1_000_000 }),
      texts,
      closing: (file, _, { size, lost }) => ({
        texts: { ...texts(file), head: utf8.encode(`{"create":{"_id":"${file.fingerprint}-end-`) },
        message: lost ? `closed ${size} lost from ${lost.from}` : `closed ${size}`,
      }),
      queue: {
        push: (chunk) => void chunks.push(chunk),
        look: () => {},
        starved: () => {},
        full: () => false,
        holds: () => false,
      },
      now: () => 0,
      nowMonotonicMs: () => 0,
      after: () => () => {},
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      waker: createWaker(),
      ...other,
    },
  )
  const done = lane.run(abort.signal)
  for (const file of world.files) if (!world.finished.has(file)) lane.appeared(file)
  const stop = (): Promise<void> => {
    abort.abort()
    return done
  }
  return { lane, chunks, stop }
}

const settle = (running: Running, world: World, pick: number): void => {
  const [chunk] = running.chunks.splice(pick % running.chunks.length, 1)
  if (!chunk) return
  for (const [id, message] of documentsOf(chunk)) {
    const store = id.includes('-end-') ? world.closings : world.store
    assert.ok(store, 'no closing document where none is wanted')
    const before = store.get(id)
    assert.ok(before === undefined || before === message, `one _id, one record: ${id}: ${before} | ${message}`)
    store.set(id, message)
  }
  chunk.settled('delivered')
  chunk.release()
}

const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve))
}

const stampOf = (n: number): string => `2026-11-21T06:00:00.${String(n).padStart(9, '0')}Z`
const records = fc.array(
  fc.record({ stream: fc.constantFrom('stdout', 'stderr'), pieces: fc.integer({ min: 1, max: 4 }), pad: fc.nat(60) }),
  { minLength: 1, maxLength: 40 },
)

/** Interleaves the pieces of both streams and cuts the lines into files, as a rotation in the middle of records does. */
const layOut = (plan: { stream: string; pieces: number; pad: number }[], cuts: readonly number[]) => {
  const expected: string[] = []
  const queues: Record<string, string[]> = { stdout: [], stderr: [] }
  plan.forEach(({ stream, pieces, pad }, i) => {
    const parts = Array.from({ length: pieces }, (_, p) => `r${i}p${p}${'x'.repeat(pad)}`)
    expected.push(parts.join(''))
    for (const [p, part] of parts.entries()) queues[stream]?.push(`${stream} ${p === pieces - 1 ? 'F' : 'P'} ${part}\n`)
  })
  const lines: string[] = []
  for (let i = 0; (queues.stdout?.length ?? 0) + (queues.stderr?.length ?? 0) > 0; i++) {
    const from = i % 3 === 0 ? 'stderr' : 'stdout'
    const line = (queues[from]?.length ? queues[from] : queues[from === 'stdout' ? 'stderr' : 'stdout'])?.shift()
    lines.push(`${stampOf(i)} ${line}`)
  }
  const borders = [...new Set(cuts.map((c) => c % (lines.length + 1)))].sort((a, b) => a - b)
  const groups: string[] = []
  let at = 0
  for (const border of [...borders, lines.length]) {
    if (border > at) groups.push(lines.slice(at, border).join(''))
    at = Math.max(at, border)
  }
  return { expected, groups }
}

interface Step {
  readonly grow: number
  readonly wait: number
  readonly settle: readonly number[]
  readonly crash: boolean
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    grow: fc.integer({ min: 1, max: 400 }),
    wait: fc.nat(4),
    settle: fc.array(fc.nat(7), { maxLength: 2 }),
    crash: fc.boolean(),
  }),
  { minLength: 3, maxLength: 30 },
)

const endings = fc.array(fc.nat(20), { maxLength: 12 })

/** Writes so many more bytes, into the next files too; returns the files that changed or came. */
const grow = (world: World, groups: readonly string[], bytes: number): MemoryFile[] => {
  const touched: MemoryFile[] = []
  for (let left = bytes; left > 0; ) {
    const last = world.files.at(-1)
    const whole = last && utf8.encode(groups[world.files.length - 1])
    if (last && whole && last.bytes.length < whole.length) {
      const to = Math.min(whole.length, last.bytes.length + left)
      left -= to - last.bytes.length
      last.bytes = whole.slice(0, to)
      touched.push(last)
    } else if (world.files.length < groups.length) {
      world.files.push(memoryFile(`f${world.files.length}`, '', 'chain', last))
    } else return touched
  }
  return touched
}

test('whatever the order of verdicts and wherever the lane is killed: every record once, whole, over rotations', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.array(fc.nat(1000), { maxLength: 3 }),
      steps,
      endings,
      async (plan, cuts, history, ends) => {
        const { expected, groups } = layOut(plan, cuts)
        const world: World = {
          files: [],
          committed: new Map(),
          finished: new Set(),
          store: new Map(),
          closings: new Map(),
        }
        let shown = new Set<MemoryFile>()
        let running = startLane(world, false)
        const show = (): void => {
          for (const file of world.files) if (!shown.has(file)) running.lane.appeared(file)
          shown = new Set(world.files)
        }
        const restart = async (once: boolean): Promise<void> => {
          await running.stop()
          running = startLane(world, once)
          shown = new Set(world.files)
        }
        for (const step of history) {
          for (const file of grow(world, groups, step.grow)) running.lane.changed(file)
          show()
          await turns(step.wait)
          for (const pick of step.settle) settle(running, world, pick)
          if (step.crash) await restart(false)
        }
        grow(world, groups, Number.POSITIVE_INFINITY)
        for (const file of world.files) file.state = 'final'
        await restart(true)
        // Killed again while files are being closed: the closing documents are not forgotten.
        for (const pick of ends) {
          await turns(pick % 5)
          if (pick % 3 > 0) settle(running, world, pick)
          else await restart(true)
        }
        for (let i = 0; world.finished.size < world.files.length; i++) {
          assert.ok(i < 10_000, 'every file is finished in the end')
          await turns(1)
          settle(running, world, 0)
        }
        await running.stop()
        assert.deepEqual([...world.store.values()].sort(), expected.sort())
        const closed = world.files.map((file) => [closingId(file), `closed ${file.size}`])
        assert.deepEqual([...(world.closings ?? [])].sort(), closed.sort())
      },
    ),
    { numRuns: 150 },
  )
})

test('verdicts out of order, then a crash: the rest of a record over a rotation is not taken from the record behind it', async () => {
  const line = (n: number, tag: string, text: string): string => `${stampOf(n)} stdout ${tag} ${text}\n`
  const old = memoryFile('old', line(1, 'F', 'first'), 'c', undefined)
  const fresh = memoryFile('new', '', 'c', old)
  const world: World = { files: [old], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(world, false)
  await turns(4)
  old.bytes = utf8.encode(line(1, 'F', 'first') + line(2, 'P', 'begin '))
  running.lane.changed(old)
  await turns(4)
  fresh.bytes = utf8.encode(line(3, 'F', 'end') + line(4, 'F', 'behind'))
  world.files.push(fresh)
  running.lane.appeared(fresh)
  await turns(4)
  assert.equal(running.chunks.length, 2)
  settle(running, world, 1)
  assert.deepEqual([world.committed.get(old) ?? 0, world.committed.get(fresh) ?? 0], [0, 0])
  await running.stop()
  const again = startLane(world, true)
  old.state = fresh.state = 'final'
  await turns(8)
  while (again.chunks.length > 0) settle(again, world, 0)
  assert.deepEqual([...world.store.values()].sort(), ['begin end', 'behind', 'first'])
  assert.deepEqual([world.committed.get(old), world.committed.get(fresh)], [old.size, fresh.size])
  await again.stop()
})

test('a file that grows is read on; a final one is finished only when its chunks are settled', async () => {
  const file = memoryFile('grow', `${stampOf(1)} stdout F one\n`, 'c', undefined)
  const world: World = { files: [file], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(world, false)
  await turns(4)
  settle(running, world, 0)
  assert.deepEqual([...world.store.values()], ['one'])
  assert.equal(world.committed.get(file), file.size)
  file.bytes = utf8.encode(`${stampOf(1)} stdout F one\n${stampOf(2)} stdout F two\n${stampOf(3)} stdout F thr`)
  running.lane.changed(file)
  await turns(4)
  assert.equal(running.chunks.length, 1, 'the line without its end waits')
  file.state = 'final'
  running.lane.changed(file)
  await turns(4)
  assert.equal(world.finished.size, 0)
  while (running.chunks.length > 0) settle(running, world, 0)
  assert.deepEqual([...world.store.values()], ['one', 'two', 'thr'])
  assert.equal(world.finished.size, 1)
  await running.stop()
})

test('a line of 5 MB ships its head, flagged, and stops nobody', async () => {
  const long = memoryFile(
    'long',
    `${stampOf(1)} stdout F ${'a'.repeat(5_000_000)}\n${stampOf(2)} stdout F next\n`,
    'l',
    undefined,
  )
  const other = memoryFile('other', `${stampOf(3)} stdout F other\n`, 'o', undefined)
  const world: World = { files: [long, other], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(world, false)
  for (let i = 0; world.store.size < 3 && i < 50_000; i++) {
    await turns(1)
    if (running.chunks.length > 0) settle(running, world, 0)
  }
  const sizes = [...world.store.values()].map((m) => m.length).sort((a, b) => a - b)
  assert.deepEqual(sizes, [4, 5, 1 << 18])
  assert.equal(world.committed.get(long), long.size)
  await running.stop()
})

test('a long line that cannot be read for a while, when its end was found, is shipped once it can be', async () => {
  const text = `${stampOf(1)} stdout F ${'a'.repeat(1_000_000)}\n${stampOf(2)} stdout F next\n`
  const long = memoryFile('long', text, 'l', undefined)
  const world: World = { files: [long], committed: new Map(), finished: new Set(), store: new Map() }
  const { read } = long
  let readable = true
  long.read = (target, offset) => {
    if (!readable) return 0
    // The block with the line's end is the last that comes.
    readable = offset + target.length < long.size
    return read.call(long, target, offset)
  }
  const running = startLane(world, false)
  await turns(2000)
  assert.deepEqual([readable, world.finished.size, running.chunks.length], [false, 0, 0])
  long.read = read
  running.lane.changed(long)
  for (let i = 0; world.store.size < 2 && i < 50_000; i++) {
    await turns(1)
    if (running.chunks.length > 0) settle(running, world, 0)
  }
  assert.deepEqual([...world.store.values()].map((message) => message.length).sort(), [1 << 18, 4].sort())
  await running.stop()
})

test('a file that always has more keeps no unknown pod waiting beyond its grace, and no open record beyond its flush', async () => {
  const busy = memoryFile('busy', `${stampOf(1)} stdout F busy\n`.repeat(50_000), 'b', undefined)
  const waits = memoryFile('waits', `${stampOf(2)} stdout F waits\n`, 'w', undefined)
  const piece = memoryFile('piece', `${stampOf(3)} stdout P piece\n`, 'p', undefined)
  const world: World = { files: [waits, piece, busy], committed: new Map(), finished: new Set(), store: new Map() }
  const { bytes } = busy
  // It never ends: the same bytes again and again.
  busy.read = (target) => {
    target.set(bytes.subarray(0, target.length))
    return target.length
  }
  const shipped = new Map<string, number>()
  let nowMs = 0
  const running = startLane(world, false, {
    nowMonotonicMs: () => nowMs,
    breathe: async () => {
      nowMs += 100
      await turns(1)
    },
    facts: { facts: (file) => ({ facts: NO_FACTS, ready: file !== waits || nowMs >= 1000, version: 0 }) },
    recordRules: () => ({ maxRecordBytes: 1 << 18, partialFlushMs: 2000 }),
    queue: {
      push: (chunk) => {
        for (const [, message] of documentsOf(chunk)) if (!shipped.has(message)) shipped.set(message, nowMs)
        chunk.settled('delivered')
        chunk.release()
      },
      look: () => {},
      starved: () => {},
      full: () => false,
      holds: () => false,
    },
  })
  for (let i = 0; nowMs < 8000 && i < 10_000; i++) await turns(1)
  await running.stop()
  assert.deepEqual([...shipped.keys()].sort(), ['busy', 'piece', 'waits'])
  assert.ok((shipped.get('waits') ?? 0) < 2500 && (shipped.get('piece') ?? 0) < 3500, [...shipped].join(' '))
})

test('a record that is open when its file is gone for good is shipped after its flush time', async () => {
  const file = memoryFile('gone', `${stampOf(1)} stdout P half\n`, 'c', undefined)
  const world: World = { files: [file], committed: new Map(), finished: new Set(), store: new Map() }
  let nowMs = 0
  const running = startLane(world, false, {
    nowMonotonicMs: () => nowMs,
    recordRules: () => ({ maxRecordBytes: 1 << 18, partialFlushMs: 1000 }),
  })
  await turns(4)
  file.read = () => {
    throw new Error('truncated in place')
  }
  running.lane.changed(file)
  await turns(4)
  assert.deepEqual([...world.finished], [], 'what was read of it has no verdict yet')
  assert.equal(running.chunks.length, 0, 'the file that follows may have its end')
  nowMs = 1000
  running.lane.wake()
  await turns(4)
  while (running.chunks.length > 0) settle(running, world, 0)
  assert.deepEqual([...world.store.values()], ['half'])
  assert.deepEqual([...world.finished], [file])
  assert.equal(running.lane.stats().openRecords, 0)
  await running.stop()
})

test('the queue looks at its chunks when a file of theirs is deleted', async () => {
  const file = memoryFile('deleted', `${stampOf(1)} stdout F line\n`, 'c', undefined)
  const world: World = { files: [file], committed: new Map(), finished: new Set(), store: new Map() }
  const looked: boolean[] = []
  const chunks: Chunk[] = []
  const queue = {
    push: (chunk: Chunk) => void chunks.push(chunk),
    look: () => void looked.push(chunks.some((chunk) => chunk.vanishing)),
    starved: () => {},
    holds: () => false,
    full: () => false,
  }
  const running = startLane(world, false, { queue })
  await turns(4)
  running.lane.changed(file)
  await turns(4)
  assert.deepEqual(looked, [])
  file.vanishing = true
  running.lane.changed(file)
  assert.deepEqual(looked, [true])
  await running.stop()
})

test('a file that is gone while its records are on their way is closed after them, with what is lost', async () => {
  const file = memoryFile('gone', `${stampOf(1)} stdout F one\n${stampOf(2)} stdout F two\n`, 'c', undefined)
  const world: World = {
    files: [file],
    committed: new Map(),
    finished: new Set(),
    store: new Map(),
    closings: new Map(),
  }
  const running = startLane(world, false)
  await turns(4)
  const read = file.size
  file.bytes = Buffer.concat([file.bytes, utf8.encode(`${stampOf(3)} stdout F three\n`)])
  file.read = () => {
    throw new Error('deleted')
  }
  running.lane.changed(file)
  await turns(4)
  assert.deepEqual([running.chunks.length, world.finished.size], [1, 0], 'its records are not settled')
  settle(running, world, 0)
  await turns(4)
  assert.deepEqual([running.chunks.length, world.finished.size], [1, 0], 'its closing document is not settled')
  settle(running, world, 0)
  assert.deepEqual([...world.finished], [file])
  assert.deepEqual([...(world.closings ?? [])], [[closingId(file), `closed ${file.size} lost from ${read}`]])
  await running.stop()
})

test('a look that comes just before the flush time seals with it; an earlier one sets its timer and waits', async () => {
  let nowMs = 10_000
  const timers: number[] = []
  const file = memoryFile('grow', '', 'c', undefined)
  const world: World = { files: [file], committed: new Map(), finished: new Set(), store: new Map() }
  const after = (ms: number): (() => void) => {
    timers.push(ms)
    return () => {}
  }
  const running = startLane(world, false, { nowMonotonicMs: () => nowMs, after }, 1000)
  const lookAt = async (ms: number, n: number): Promise<number> => {
    nowMs = 10_000 + ms
    file.bytes = Buffer.concat([file.bytes, utf8.encode(`${stampOf(n)} stdout F line ${n}\n`)])
    running.lane.changed(file)
    await turns(4)
    return running.chunks.length
  }
  const sealed = [await lookAt(0, 1), await lookAt(600, 2), await lookAt(955, 3)]
  assert.deepEqual([sealed, timers], [[1, 1, 2], [400]])
  await running.stop()
})

test('a wall clock that is set back by an hour holds back neither lines nor open records', async () => {
  let wallMs = 7_200_000
  let nowMs = 0
  const file = memoryFile('grow', `${stampOf(1)} stdout F before\n`, 'c', undefined)
  const piece = memoryFile('piece', `${stampOf(2)} stdout P piece\n`, 'p', undefined)
  const world: World = { files: [file, piece], committed: new Map(), finished: new Set(), store: new Map() }
  const timers: number[] = []
  const running = startLane(
    world,
    false,
    {
      now: () => wallMs,
      nowMonotonicMs: () => nowMs,
      after: (ms) => {
        timers.push(ms)
        return () => {}
      },
      recordRules: () => ({ maxRecordBytes: 1 << 18, partialFlushMs: 1000 }),
    },
    200,
  )
  await turns(4)
  wallMs -= 3_600_000
  nowMs = 100
  file.bytes = Buffer.concat([file.bytes, utf8.encode(`${stampOf(3)} stdout F after\n`)])
  running.lane.changed(file)
  await turns(4)
  nowMs = 1000
  running.lane.wake()
  await turns(4)
  while (running.chunks.length > 0) settle(running, world, 0)
  assert.deepEqual([...world.store.values()].sort(), ['after', 'before', 'piece'])
  assert.deepEqual(timers, [1000, 100])
  await running.stop()
})

/** What production uses for turns, and the lane's own figure between two breaths. */
const TURN_BYTES = 256 * 1024
const BYTES_PER_BREATH = 512 * 1024

/** A lane with files that never end beside one that gets a line now and then; the order of what was read from whom. */
const fairness = async (loudBytes: Uint8Array, loudFiles: number) => {
  const named = (name: string, text: string): MemoryFile =>
    Object.assign(memoryFile(name, text, name, undefined), { source: name })
  let loudRead = 0
  let sinceBreath = 0
  let mostBetweenBreaths = 0
  const louds = Array.from({ length: loudFiles }, (_, i) => {
    const loud = named(`loud${i}`, '')
    loud.bytes = loudBytes
    Object.defineProperty(loud, 'size', { value: Number.MAX_SAFE_INTEGER })
    loud.read = (target, offset) => {
      for (let done = 0; done < target.length; ) {
        const part = loudBytes
          .subarray((offset + done) % loudBytes.length, loudBytes.length)
          .subarray(0, target.length - done)
        target.set(part, done)
        done += part.length
      }
      loudRead += target.length
      sinceBreath += target.length
      return target.length
    }
    return loud
  })
  const quiet = named('quiet', '')
  const encoder = createEncoder({
    wasm: kernel,
    maxRecordBytes: 1 << 18,
    compression: 'none',
    slots: 4,
    now: () => '2026-01-01T00:00:00Z',
  })
  const waits: number[] = []
  let askedAt = 0
  const world: World = { files: [...louds, quiet], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(
    world,
    false,
    {
      encoder,
      events: new Proxy({} as AgentEvents, {
        get: (_, name) =>
          name === 'encoded'
            ? (source: string, bytes: number) =>
                void (source === 'quiet' && bytes > 0 && waits.push(loudRead - askedAt))
            : () => {},
      }),
      breathe: async () => {
        mostBetweenBreaths = Math.max(mostBetweenBreaths, sinceBreath)
        sinceBreath = 0
        await turns(1)
      },
      queue: {
        push: (chunk) => {
          chunk.settled('delivered')
          chunk.release()
        },
        look: () => {},
        starved: () => {},
        full: () => false,
        holds: () => false,
      },
    },
    0,
    TURN_BYTES,
  )
  for (let line = 0; line < 20; line++) {
    await turns(1)
    askedAt = loudRead
    quiet.bytes = Buffer.concat([quiet.bytes, utf8.encode(`${stampOf(line)} stdout F quiet ${line}\n`)])
    running.lane.changed(quiet)
    for (let i = 0; waits.length <= line; i++) {
      assert.ok(i < 1000, `line ${line} is encoded`)
      await turns(1)
    }
  }
  await running.stop()
  return { longestWait: Math.max(...waits), mostBetweenBreaths, blockBytes: encoder.input.length }
}

test('a line waits for one turn of each file that always has more, and the event loop for two', async () => {
  const lines = utf8.encode(`${stampOf(1)} stdout F ${'loud '.repeat(30)}\n`.repeat(7))
  for (const loudFiles of [1, 3, 20]) {
    const { longestWait, mostBetweenBreaths, blockBytes } = await fairness(lines, loudFiles)
    // A turn ends with the block that spends its budget.
    const turnBytes = TURN_BYTES + blockBytes
    assert.ok(longestWait <= loudFiles * turnBytes, `${loudFiles} files: ${longestWait} bytes before the quiet line`)
    assert.ok(longestWait >= (loudFiles - 1) * TURN_BYTES, 'the others had their turns before: the wait was a real one')
    assert.ok(mostBetweenBreaths <= BYTES_PER_BREATH + turnBytes, `${mostBetweenBreaths} bytes between two breaths`)
  }
})

test('a line that never ends takes no longer turns than others', async () => {
  const { longestWait, mostBetweenBreaths, blockBytes } = await fairness(utf8.encode('x'.repeat(1000)), 1)
  assert.ok(longestWait <= TURN_BYTES + blockBytes, `${longestWait} bytes before the quiet line`)
  assert.ok(
    mostBetweenBreaths <= BYTES_PER_BREATH + TURN_BYTES + blockBytes,
    `${mostBetweenBreaths} between two breaths`,
  )
})

test('files of a data stream that is held wait, others are read; they go on when it is released', async () => {
  const line = (message: string): string => `${stampOf(1)} stdout F ${message}\n`
  const files = ['held', 'free'].map((name) => memoryFile(name, line(name), name, undefined))
  const world: World = { files, committed: new Map(), finished: new Set(), store: new Map() }
  let held = true
  const shipped: string[] = []
  const running = startLane(world, false, {
    texts: (file) => ({ ...texts(file), stream: `logs-${file.chain}-default` }),
    queue: {
      push: (chunk) => {
        shipped.push(...documentsOf(chunk).map(([, message]) => message))
        chunk.settled('delivered')
        chunk.release()
      },
      look: () => {},
      starved: () => {},
      full: () => false,
      holds: (stream) => held && stream === 'logs-held-default',
    },
  })
  await turns(20)
  assert.deepEqual([shipped, running.lane.idle(), running.lane.progress.pending()], [['free'], false, false])
  held = false
  running.lane.wake()
  await turns(20)
  assert.deepEqual([shipped, running.lane.idle()], [['free', 'held'], true])
  await running.stop()
})

test('what goes on in the next file waits for a file that is being inflated, and is joined with it', async () => {
  const before = memoryFile('a', `${stampOf(1)} stdout F one\n`, 'c', undefined)
  const next = memoryFile('b', `${stampOf(3)} stdout F end\n`, 'c', before)
  const world: World = { files: [before], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(world, false)
  const messages = (): string[] => running.chunks.flatMap(documentsOf).map(([, message]) => message)
  await turns(5)
  Object.assign(before, { waiting: true })
  running.lane.appeared(next)
  await turns(10)
  assert.deepEqual(messages(), ['one'])
  before.bytes = utf8.encode(`${stampOf(1)} stdout F one\n${stampOf(2)} stdout P the \n`)
  Object.assign(before, { waiting: false })
  running.lane.changed(before)
  await turns(10)
  assert.deepEqual(messages(), ['one', 'the end'])
  await running.stop()
})

test('a file that is gone while the end of an overlong line is searched for: its source is asked for all that was not taken', async () => {
  const line = `${stampOf(1)} stdout F taken\n`
  const file = memoryFile('gone', `${line}${stampOf(2)} stdout F ${'x'.repeat(1 << 20)}`, 'c', undefined)
  const { read } = file
  let asked: number[] | undefined
  let furthest = 0
  file.read = (target, offset) => {
    furthest = Math.max(furthest, offset)
    if (!asked) return read.call(file, target, offset)
    asked.push(offset)
    throw Object.assign(new Error('gone'), { code: 'FILE_GONE' })
  }
  const world: World = { files: [file], committed: new Map(), finished: new Set(), store: new Map() }
  const running = startLane(world, false)
  await turns(20)
  asked = []
  file.bytes = file.bytes.subarray(0, furthest) // It ends where it was read to.
  file.state = 'final'
  running.lane.changed(file)
  await turns(10)
  while (running.chunks.length > 0) settle(running, world, 0)
  await turns(10)
  assert.ok(furthest > 1 << 19)
  assert.deepEqual([Math.min(...asked), world.finished.has(file)], [line.length, true])
  await running.stop()
})
