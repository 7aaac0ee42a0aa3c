import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import test from 'node:test'
import { type DeadLetter, formatDeadLetter } from '../../../agent/buffer/dead-letter.ts'
import { findLetters, letterId } from '../../../agent/buffer/dead-letter-lines.ts'
import { listSegments } from '../../../agent/buffer/dead-letter-segment.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { type ReplayOptions, replayDeadLetters } from '../../../agent/cli/replay.ts'
import type { BulkBody, Outcome } from '../../../agent/event.ts'
import { Crashed, type CrashFilesystem, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { namesIn } from '../../support/fake-chunk.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

const letter = (name: string): DeadLetter => ({
  time: '2026-11-20T10:00:00.000Z',
  output: 'es',
  status: 400,
  type: 'old',
  reason: 'refused before',
  action: `{"create":{"_id":"${name}"}}`,
  document: `{"m":"${name}"}`,
})

/** Segments of some three letters each. */
const openAgent = (filesystem: CrashFilesystem) =>
  openDeadLetters(
    '/state/dead-letters/es',
    { output: 'es', limitBytes: 4000, overflow: 'block' },
    { filesystem, events: recordEvents().events, exclusive: (work) => work() },
  )

const diskWith = (names: readonly string[]): CrashFilesystem => {
  const filesystem = createCrashFilesystem()
  filesystem.mkdir('/state')
  filesystem.plant('/state/format', Buffer.from('picket-state 1\n'))
  const agent = openAgent(filesystem)
  for (const name of names) agent.append([letter(name)])
  return filesystem.reopened()
}

const lettersOn = (filesystem: CrashFilesystem): DeadLetter[] =>
  listSegments(filesystem, '/state/dead-letters/es').flatMap((segment) =>
    [...findLetters(filesystem, segment)].map((found) => found.letter),
  )
const verdictsOn = (filesystem: CrashFilesystem): string[] =>
  lettersOn(filesystem).map(({ document, status, reason }) => `${JSON.parse(document).m} ${status} ${reason}`)

/** Takes what is not named `bad…`; what it has is a repetition, and taken. */
const createSink = () => {
  const taken = new Set<string>()
  const bodies: string[][] = []
  const send = async (body: BulkBody): Promise<Outcome> => {
    const names = namesIn(body)
    bodies.push(names)
    const rejected = names.flatMap((name, item) =>
      name.startsWith('bad') ? [{ item, status: 400, type: 'new', reason: 'refused now' }] : [],
    )
    const duplicates = names.filter((name) => taken.has(name)).length
    for (const name of names) if (!name.startsWith('bad')) taken.add(name)
    const created = names.length - rejected.length - duplicates
    return { kind: 'items', created, duplicates, failureStore: 0, rejected, retry: [], retryReason: undefined }
  }
  return { taken, bodies, send }
}

const replay = async (
  filesystem: CrashFilesystem,
  send: (body: BulkBody) => Promise<Outcome>,
  part: Partial<ReplayOptions> & { ids?: readonly string[]; signal?: AbortSignal } = {},
) => {
  const out = new PassThrough()
  let text = ''
  out.on('data', (part) => {
    text += part
  })
  const said: string[] = []
  const clock = createModelClock()
  const { ids = [], signal = new AbortController().signal, ...options } = part
  const code = await replayDeadLetters(
    {
      stateDir: '/state',
      filter: { output: undefined, sinceMs: undefined, ids },
      dryRun: false,
      json: false,
      ...options,
    },
    {
      out,
      say: (text) => said.push(text),
      filesystem,
      clock: { ...clock, sleep: async () => {} },
      signal,
      backoff: () => 1,
      open: () => ({
        kind: 'open',
        output: { name: 'es', send, close: async () => {} },
        exclusive: (work) => work(),
      }),
    },
  )
  return { code, said, printed: text.split('\n').slice(0, -1) }
}

const names = ['a', 'b', 'bad1', 'c', 'd', 'bad2', 'e', 'f', 'g']

test('what is taken goes, what is refused stays with its new reason', async () => {
  const filesystem = diskWith(names)
  const sink = createSink()
  const { code, said, printed } = await replay(filesystem, sink.send)
  assert.deepEqual([...sink.taken].sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  assert.deepEqual(verdictsOn(filesystem), ['bad1 400 refused now', 'bad2 400 refused now'])
  assert.deepEqual([code, said], [1, ['picket: es: 9 sent again, 7 taken, 2 refused again']])
  assert.equal(printed[0], `${letterId(letter('a'))}  taken`)
  assert.equal(printed[2], `${letterId(letter('bad1'))}  refused: 400 new refused now`)
})

test('a dry run says what would be sent and changes nothing', async () => {
  const filesystem = diskWith(names)
  const { code, said } = await replay(filesystem, () => assert.fail('sent'), { dryRun: true })
  assert.deepEqual([code, said], [0, ['picket: es: 9 would be sent again']])
  assert.equal(lettersOn(filesystem).length, 9)
})

test('ids name letters by their beginnings; one that none has, or several, stops all before anything is sent', async () => {
  const filesystem = diskWith(names)
  const sink = createSink()
  const id = letterId(letter('d'))
  assert.equal((await replay(filesystem, sink.send, { ids: [id.slice(0, 6)] })).code, 0)
  assert.deepEqual(sink.bodies, [['d']])
  const { code, said } = await replay(filesystem, sink.send, { ids: ['ffff', letterId(letter('a'))] })
  assert.deepEqual([code, said], [1, ['picket: there is no dead letter ffff; see picket dead-letters list']])
  assert.deepEqual(sink.bodies, [['d']])
})

test('documents that are told to come again are, the others are not sent twice; an output that takes nothing is told after five tries', async () => {
  const filesystem = diskWith(['a', 'b'])
  const sent: string[][] = []
  const busy = async (body: BulkBody): Promise<Outcome> => {
    sent.push(namesIn(body))
    const retry = namesIn(body).flatMap((name, item) => (name === 'b' ? [item] : []))
    const created = body.documents - retry.length
    return {
      kind: 'items',
      created,
      duplicates: 0,
      failureStore: 0,
      rejected: [],
      retry,
      retryReason: '429 too busy',
    }
  }
  const first = await replay(filesystem, busy)
  assert.deepEqual(sent, [['a', 'b'], ['b'], ['b'], ['b'], ['b']])
  assert.deepEqual(first.said, ['picket: es: 2 sent again, 1 taken, 0 refused again, 1 without a verdict'])
  assert.deepEqual(verdictsOn(filesystem), ['b 400 refused before'])
  const away = async (): Promise<Outcome> => ({ kind: 'again', reason: '503', retryAfterMs: undefined, hold: false })
  const second = await replay(filesystem, away)
  assert.deepEqual(
    [second.code, second.said],
    [1, ['picket: es: 1 sent again, 0 taken, 0 refused again, 1 without a verdict; the rest was not sent']],
  )
  assert.deepEqual(verdictsOn(filesystem), ['b 400 refused before'])
})

test('a letter whose data stream is held stays as it was, is tried once, and stops no other', async () => {
  const filesystem = diskWith(['a', 'b', 'c'])
  const sent: string[][] = []
  const narrow = async (body: BulkBody): Promise<Outcome> => {
    sent.push(namesIn(body))
    const held = [{ item: 1, reason: '403; grant create_doc' }]
    const items = { kind: 'items', created: 2, duplicates: 0, failureStore: 0, rejected: [] } as const
    return { ...items, retry: [1], retryReason: '403', held }
  }
  const { code, printed } = await replay(filesystem, narrow)
  assert.deepEqual([code, sent], [1, [['a', 'b', 'c']]])
  assert.equal(printed[1], `${letterId(letter('b'))}  unanswered: 403; grant create_doc`)
  assert.deepEqual(verdictsOn(filesystem), ['b 400 refused before'])
})

test('too many documents for one request are halved; one that is too large alone is refused', async () => {
  const filesystem = diskWith(['a', 'b', 'c'])
  const taken: string[] = []
  const small = async (body: BulkBody): Promise<Outcome> => {
    const all = namesIn(body)
    if (all.length > 1 || all[0] === 'c') return { kind: 'split', reason: '413: too large' }
    taken.push(...all)
    return {
      kind: 'items',
      created: 1,
      duplicates: 0,
      failureStore: 0,
      rejected: [],
      retry: [],
      retryReason: undefined,
    }
  }
  await replay(filesystem, small)
  assert.deepEqual(taken, ['a', 'b'])
  assert.deepEqual(verdictsOn(filesystem), ['c 413 413: too large'])
})

test('a letter that is no bulk item stays, and stops no other', async () => {
  const filesystem = diskWith([])
  const odd = { ...letter('odd'), action: 'create', document: '{"broken' }
  filesystem.plant(
    '/state/dead-letters/es/0000000000000001.ndjson',
    Buffer.from(`not a letter\n${formatDeadLetter(odd)}${formatDeadLetter(letter('a'))}`),
  )
  const sink = createSink()
  const { code } = await replay(filesystem, sink.send)
  assert.equal(code, 1)
  assert.deepEqual([...sink.taken], ['a'])
  assert.equal(
    filesystem.bytesOf('/state/dead-letters/es/0000000000000001.ndjson')?.toString(),
    `not a letter\n${formatDeadLetter(odd)}`,
  )
})

test('what the agent rejects while a replay waits for an answer is kept, also in the file that is being replayed', async () => {
  const filesystem = diskWith(['a', 'b'])
  const agent = openAgent(filesystem)
  const sink = createSink()
  await replay(filesystem, async (body) => {
    agent.append([letter('bad-late')])
    return sink.send(body)
  })
  agent.append([letter('bad-after')])
  assert.deepEqual(verdictsOn(filesystem), ['bad-late 400 refused before', 'bad-after 400 refused before'])
})

test('an interrupted replay keeps what was answered', async () => {
  const filesystem = diskWith(['a', 'b', 'c', 'd', 'e', 'f'])
  const sink = createSink()
  const stop = new AbortController()
  const { code } = await replay(
    filesystem,
    async (body) => {
      stop.abort()
      return sink.send(body)
    },
    { signal: stop.signal },
  )
  assert.equal(code, 0)
  assert.deepEqual(
    lettersOn(filesystem).map(({ document }) => JSON.parse(document).m),
    ['a', 'b', 'c', 'd', 'e', 'f'].filter((name) => !sink.taken.has(name)),
  )
  assert.ok(sink.bodies.length === 1)
})

const randomOf = (seed: number) => {
  let state = seed + 1
  return (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

test('a power cut after any call of a replay beside the agent: each document is taken or still a dead letter', async () => {
  for (let afterCalls = 1; afterCalls < 140; afterCalls++) {
    for (const seed of [1, 2, 3]) {
      let filesystem = diskWith(names)
      const sink = createSink()
      const agent = openAgent(filesystem)
      const appended = ['late']
      filesystem.crashAfter(afterCalls)
      try {
        await replay(filesystem, async (body) => {
          const outcome = await sink.send(body)
          agent.append([letter(`bad-${appended.length}`)])
          appended.push(`bad-${appended.length}`)
          return outcome
        })
      } catch (error) {
        assert.ok(error instanceof Crashed || filesystem.crashed, String(error))
      }
      filesystem = filesystem.restarted(randomOf(seed * 1000 + afterCalls))
      openAgent(filesystem)
      const left = new Set(lettersOn(filesystem).map(({ document }) => JSON.parse(document).m))
      const lost = [...names, ...appended.slice(1)].filter((name) => !sink.taken.has(name) && !left.has(name))
      assert.deepEqual(lost, [], `after ${afterCalls} calls`)
      await replay(filesystem, sink.send)
      assert.deepEqual([...sink.taken].sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      assert.ok(lettersOn(filesystem).every(({ reason }) => reason === 'refused now'))
    }
  }
})
