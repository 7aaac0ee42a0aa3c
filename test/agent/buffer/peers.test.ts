import assert from 'node:assert/strict'
import test from 'node:test'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { findLetters } from '../../../agent/buffer/dead-letter-lines.ts'
import { listSegments } from '../../../agent/buffer/dead-letter-segment.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { createQueue } from '../../../agent/buffer/queue.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import { createElasticsearchOutput } from '../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeChunk, streamOf } from '../../support/fake-chunk.ts'
import { recordEvents } from '../../support/record-events.ts'
import { baseOptions } from '../output/elasticsearch/base-options.ts'
import { json, startFakeServer } from '../output/elasticsearch/fake-server.ts'

/**
 * The symptoms that users of other agents reported of their Elasticsearch outputs, against the queue and the output together and a server over
 * HTTP. What an item is answered stands before the colon of its name: `400:a`, `429.2:b` (twice, then taken), `413:c` (whole request).
 */
const errors: Readonly<Record<string, { readonly type: string; readonly reason: string }>> = {
  '400': {
    type: 'document_parsing_exception',
    reason: 'object mapping for [kubernetes.labels.app] tried to parse as object, but found a concrete value',
  },
  '403': { type: 'security_exception', reason: 'action [indices:data/write/bulk[s]] is unauthorized' },
  '403b': { type: 'cluster_block_exception', reason: 'index [x] blocked by: [FORBIDDEN/8/index write (api)];' },
  '404': { type: 'index_not_found_exception', reason: 'no such index [x]' },
  '429': { type: 'es_rejected_execution_exception', reason: 'rejected execution' },
  '429b': {
    type: 'cluster_block_exception',
    reason:
      'blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];',
  },
  '503': { type: 'unavailable_shards_exception', reason: 'primary shard is not active' },
}

const startWorld = async () => {
  const server = await startFakeServer()
  const taken = new Map<string, number>()
  const requests: string[][] = []
  const tries = new Map<string, number>()
  const world = { mended: false, forget: 0 }
  const itemFor = (name: string) => {
    const [, kind, times = '1000'] = /^(\d{3}b?)(?:\.(\d+))?:/.exec(name) ?? []
    const tried = (tries.get(name) ?? 0) + 1
    tries.set(name, tried)
    if (kind !== undefined && kind !== '413' && tried <= Number(times) && !(world.mended && kind !== '400'))
      return { create: { status: Number(kind.slice(0, 3)), error: errors[kind] } }
    taken.set(name, (taken.get(name) ?? 0) + 1)
    const conflict = { type: 'version_conflict_engine_exception', reason: 'document already exists' }
    return taken.get(name) === 1 ? { create: { status: 201 } } : { create: { status: 409, error: conflict } }
  }
  server.bulk = (seen, response, request) => {
    const lines = seen.body.split('\n')
    const names = lines.flatMap((line, i) => (i % 2 === 1 ? [String(JSON.parse(line).m)] : []))
    requests.push(names)
    if (names.some((name) => name.startsWith('413'))) return json(413, {})(seen, response, request)
    const items = names.map(itemFor)
    if (world.forget-- > 0) return void request.socket.destroy()
    json(200, { errors: items.some(({ create }) => create.status !== 201), items })(seen, response, request)
  }
  const filesystem = createCrashFilesystem()
  const recorded = recordEvents()
  const { events } = recorded
  const output = createElasticsearchOutput(
    { ...baseOptions([server.url]), requestTimeoutMs: 2000 },
    { clock: realClock, onTemplate: () => {} },
  )
  const queue = createQueue(
    { maxInFlight: 2, totalLimitBytes: 1 << 20, overflow: 'block', spill: defaultSpillLimits, defaultStream: 'x' },
    {
      output,
      store: openChunkStore('/queue', 'es', { filesystem, events }),
      deadLetters: openDeadLetters(
        '/dead',
        { output: 'es', limitBytes: 1 << 20, overflow: 'block' },
        { filesystem, events, exclusive: (work) => work() },
      ),
      events,
      clock: realClock,
      backoff: () => 10,
    },
  )
  const stop = new AbortController()
  const done = queue.run(stop.signal)
  const dead = (): string[] =>
    listSegments(filesystem, '/dead').flatMap((segment) =>
      [...findLetters(filesystem, segment)].map(({ letter }) => JSON.parse(letter.document).m),
    )
  const drained = (): Promise<unknown> =>
    eventually('an empty queue', () => {
      const { sealed, sending, retrying, spilled } = queue.stats()
      return sealed.chunks + sending.chunks + retrying.chunks + spilled.chunks === 0
    })
  const end = async (): Promise<void> => {
    stop.abort()
    await done
    await output.close()
    await server.close()
  }
  return { server, world, taken, requests, tries, recorded, queue, drained, dead, end }
}

interface Case {
  readonly symptom: string
  readonly chunks: readonly (readonly string[])[]
  readonly taken: readonly string[]
  readonly dead?: readonly string[]
  /** How often each of these names is sent. */
  readonly sent?: Readonly<Record<string, number>>
}

const cases: readonly Case[] = [
  {
    symptom: 'one 400 does not retry the chunk for ever (fluent-bit#4905)',
    chunks: [['a', '400:b', 'c']],
    taken: ['a', 'c'],
    dead: ['400:b'],
    sent: { a: 1, '400:b': 1, c: 1 },
  },
  {
    symptom:
      'a label that is an object here and a text there costs its own documents, not all of the pod’s (fluent-bit#854, beats#27359)',
    chunks: [['400:app', 'a'], ['b', '400:app2'], ['c']],
    taken: ['a', 'b', 'c'],
    dead: ['400:app', '400:app2'],
  },
  {
    symptom: 'rejected (429) items are sent again, and they alone (vector#2968, vector#25799)',
    chunks: [['a', '429.2:b', 'c']],
    taken: ['a', '429.2:b', 'c'],
    sent: { a: 1, '429.2:b': 3, c: 1 },
  },
  {
    symptom: 'a shard that is away for a moment costs no document (503 of an item)',
    chunks: [['a', '503.1:b']],
    taken: ['a', '503.1:b'],
    sent: { a: 1, '503.1:b': 2 },
  },
  {
    symptom: '413 is split and not dropped (beats#3688, beats#29368); what is too large alone is kept with its reason',
    chunks: [['a', '413:b', 'c', 'd']],
    taken: ['a', 'c', 'd'],
    dead: ['413:b'],
  },
]

for (const { symptom, chunks, taken, dead = [], sent = {} } of cases) {
  test(symptom, async () => {
    const world = await startWorld()
    for (const names of chunks) world.queue.push(fakeChunk(names))
    await world.drained()
    assert.deepEqual([...world.taken.keys()].sort(), [...taken].sort())
    assert.deepEqual(
      [...world.taken.values()].filter((times) => times > 1),
      [],
    )
    assert.deepEqual(world.dead().sort(), [...dead].sort())
    const times = Object.fromEntries(
      Object.keys(sent).map((name) => [name, world.requests.filter((names) => names.includes(name)).length]),
    )
    assert.deepEqual(times, sent)
    await world.end()
  })
}

test('201 beside 409, and 409 for all, are final: an answer that was lost does not retry for ever (fluent-bit#4630, #6341, #9236, #11422)', async () => {
  const world = await startWorld()
  world.world.forget = 1
  const chunk = fakeChunk(['a', 'b'])
  world.queue.push(chunk)
  await world.drained()
  world.queue.push(fakeChunk(['b', 'c']))
  await world.drained()
  assert.deepEqual(world.requests, [
    ['a', 'b'],
    ['a', 'b'],
    ['b', 'c'],
  ])
  assert.deepEqual(
    [...world.taken],
    [
      ['a', 2],
      ['b', 3],
      ['c', 1],
    ],
  )
  assert.deepEqual([chunk.calls, world.dead()], [['delivered', 'released'], []])
  await world.end()
})

for (const [kind, symptom] of [
  ['403b', 'an index that is read-only drops nothing (403, beats#13844)'],
  ['429b', 'a disk past its flood stage drops nothing (429)'],
  ['403', 'a key that may not write to one stream'],
  ['404', 'no template for one stream'],
] as const) {
  test(`${symptom}: held, named with the fix, the others go on, released by itself`, async () => {
    const { world, ...rest } = await startWorld()
    const held = `${kind}:a@narrow`
    rest.queue.push(fakeChunk(['b', held]))
    await eventually('a hold', () => rest.recorded.of('held').length > 0)
    for (const name of ['c', 'd', 'e']) rest.queue.push(fakeChunk([name, `${kind}:${name}@narrow`]))
    await eventually('the others', () => ['b', 'c', 'd', 'e'].every((name) => rest.taken.has(name)))
    const [, reason, , , stream] = rest.recorded.of('held')[0]!
    assert.equal(stream, streamOf(held))
    assert.match(String(reason), new RegExp(`^${kind.slice(0, 3)} ${errors[kind]!.type}: .*; .`))
    assert.deepEqual([rest.queue.stats().hold, rest.dead()], [undefined, []])
    world.mended = true
    await rest.drained()
    assert.equal(rest.taken.size, 8)
    assert.deepEqual(
      [...rest.taken.values()].filter((times) => times > 1),
      [],
    )
    assert.deepEqual(
      rest.recorded.of('resumed').map(([, , of]) => of),
      ['narrow'],
    )
    await rest.end()
  })
}

test('the agent’s end does not lose what an item refused (beats#45707, contrib#30792)', async () => {
  const world = await startWorld()
  const chunk = fakeChunk(['a', '429:b', '403:c@narrow', '400:d'])
  world.queue.push(chunk)
  await eventually('the first answer', () => world.taken.has('a') && world.dead().length === 1)
  await world.end()
  assert.equal(chunk.calls.join(), 'spilled,released')
  assert.deepEqual(world.dead(), ['400:d'])
})
