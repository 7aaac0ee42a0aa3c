import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { findLetters } from '../../../agent/buffer/dead-letter-lines.ts'
import { listSegments } from '../../../agent/buffer/dead-letter-segment.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { createQueue } from '../../../agent/buffer/queue.ts'
import { defaultSpillLimits } from '../../../agent/buffer/spill-policy.ts'
import type { BulkBody, Outcome, Output } from '../../../agent/event.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { damage, damaged } from '../../support/damage.ts'
import { bulkBody, namesIn } from '../../support/fake-chunk.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

/** What was on disk when something was done to it: the next start sends, and keeps, all that is whole. */

const namesOf = (seq: number): string[] => Array.from({ length: 12 }, (_, i) => `chunk ${seq} document ${i}`)

/** Three chunks, of which the second is damaged; and an output that takes everything. */
const queueWith = (change: (file: Buffer) => Buffer) => {
  const filesystem = createCrashFilesystem()
  const writer = openChunkStore('/q', 'es', { filesystem, events: recordEvents().events })
  for (const seq of [1, 2, 3]) writer.write(seq, bulkBody(namesOf(seq), seq === 3 ? 'identity' : 'gzip'), 0)
  const path = '/q/0000000000000002.chunk'
  const whole = filesystem.bytesOf(path)!
  const bytes = change(Buffer.from(whole))
  filesystem.plant(path, bytes)
  const sent: string[] = []
  const send = async (body: BulkBody): Promise<Outcome> => {
    sent.push(...namesIn(body))
    return {
      kind: 'items',
      created: body.documents,
      duplicates: 0,
      failureStore: 0,
      rejected: [],
      retry: [],
      retryReason: undefined,
    }
  }
  const output: Output = { name: 'es', send, close: async () => {} }
  const recorded = recordEvents()
  const { events } = recorded
  const queue = createQueue(
    { maxInFlight: 2, totalLimitBytes: 1 << 20, overflow: 'block', spill: defaultSpillLimits },
    {
      output,
      store: openChunkStore('/q', 'es', { filesystem, events }),
      deadLetters: openDeadLetters(
        '/dead',
        { output: 'es', limitBytes: 1 << 20, overflow: 'block' },
        { filesystem, events, exclusive: (work) => work() },
      ),
      events,
      clock: createModelClock(0),
      backoff: () => 100,
    },
  )
  return { filesystem, recorded, queue, sent, isWhole: bytes.equals(whole) }
}

test('whatever happens to a chunk on disk, its neighbours are sent, of it what is certain, and the rest is put aside and counted', async () => {
  const property = fc.asyncProperty(damage, async (what) => {
    const { filesystem, recorded, queue, sent, isWhole } = queueWith((file) => damaged(file, what))
    const stop = new AbortController()
    const done = queue.run(stop.signal)
    const isEmpty = (): boolean => {
      const { spilled, sending, retrying } = queue.stats()
      return spilled.chunks + sending.chunks + retrying.chunks === 0
    }
    for (let turns = 0; !isEmpty(); turns++) {
      assert.ok(turns < 1000, 'the queue is empty')
      await new Promise((resolve) => setImmediate(resolve))
    }
    stop.abort()
    await done
    const of = (seq: number) => sent.filter((name) => name.startsWith(`chunk ${seq} `))
    assert.deepEqual([of(1), of(3)], [namesOf(1), namesOf(3)])
    assert.deepEqual(of(2), namesOf(2).slice(0, of(2).length))
    const told = recorded.of('stateDamaged')
    if (isWhole) return assert.deepEqual([of(2), told], [namesOf(2), []])
    // Bytes behind the end of the last block do not belong to it.
    if (told.length === 0) return assert.deepEqual(of(2), namesOf(2))
    assert.equal(told.length, 1)
    const lost = recorded.of('dropped').reduce((sum, [, documents]) => sum + (documents as number), 0)
    assert.ok(lost === 0 || lost + of(2).length === 12, `${lost} lost, ${of(2).length} sent`)
    assert.deepEqual(
      filesystem.readdir('/q').filter((name) => !name.endsWith('.damaged')),
      String(told[0]?.[1]).includes('newer') ? ['0000000000000002.chunk'] : [],
    )
  })
  await fc.assert(property, { numRuns: 300 })
})

const letterOf = (name: string) => ({
  time: '2026-11-20T10:00:00.000Z',
  output: 'es',
  status: 400,
  type: 'document_parsing_exception',
  reason: 'failed to parse',
  action: `{"create":{"_id":"${name}"}}`,
  document: `{"m":"${name}"}`,
})

test('whatever happens to a dead-letter file, the agent starts, the next letters are whole, and so is each line that nothing was done to', () => {
  const names = namesOf(1)
  const options = { output: 'es', limitBytes: 1 << 20, overflow: 'block' } as const
  const property = fc.property(damage, (what) => {
    const filesystem = createCrashFilesystem()
    const { events } = recordEvents()
    openDeadLetters('/dead', options, { filesystem, events, exclusive: (work) => work() }).append(names.map(letterOf))
    const [segment] = listSegments(filesystem, '/dead')
    const whole = filesystem.bytesOf(segment!.path)!
    const bytes = damaged(whole, what)
    filesystem.plant(segment!.path, bytes)
    const recorded = recordEvents()
    openDeadLetters('/dead', options, { filesystem, events: recorded.events, exclusive: (work) => work() }).append([
      letterOf('new'),
    ])
    const read = listSegments(filesystem, '/dead').flatMap((one) =>
      [...findLetters(filesystem, one)].map(({ letter }) => letter),
    )
    assert.deepEqual(read.at(-1), letterOf('new'))
    const lines = new Set(bytes.toString('latin1').split('\n').slice(0, -1))
    const wholeLines = whole.toString('latin1').split('\n')
    const found = new Set(read.map((letter) => JSON.stringify(letter)))
    for (const [i, name] of names.entries()) {
      if (lines.has(wholeLines[i]!)) assert.ok(found.has(JSON.stringify(letterOf(name))), name)
    }
    const isCut = bytes.length > 0 && bytes.at(-1) !== 10
    assert.equal(recorded.of('stateDamaged').length, isCut ? 1 : 0)
  })
  fc.assert(property, { numRuns: 500 })
})
