import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import type { Outcome } from '../../../../agent/event.ts'
import { createLocalOutput, type LocalOutput } from '../../../../agent/output/local/local.ts'
import { type Found, openStore, type StoreReader } from '../../../../agent/store/read-store.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { bulkBody, bulkText, documentsOf, type Line, type LoggedPod } from './bulk-body.ts'

const web: LoggedPod = { namespace: 'shop', pod: 'web-7d', container: 'web', fingerprint: 'AbCdEfGhIjKlMnOp' }
const cart: LoggedPod = { namespace: 'shop', pod: 'cart-0', container: 'cart', fingerprint: 'ZyXwVuTsRqPoNmLk' }
const never = new AbortController().signal

const lines = (messages: readonly string[], from = 0): Line[] =>
  messages.map((message, index) => ({
    offset: from + index * 100,
    stamp: `2026-11-21T06:00:${String(from + index)
      .padStart(2, '0')
      .slice(-2)}.00000000${index % 10}Z`,
    message,
    stream: index % 2 === 0 ? 'stdout' : 'stderr',
  }))

interface Bench {
  readonly file: string
  readonly damaged: string[]
  readonly output: LocalOutput
}

const begin = (
  t: TestContext,
  limits: { maxSizeBytes?: number; maxAgeMs?: number; now?: () => number } = {},
): Bench => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-local-'))
  const file = path.join(folder, 'store', 'store.db')
  const damaged: string[] = []
  const output = createLocalOutput(
    { name: 'local', path: file, maxSizeBytes: limits.maxSizeBytes ?? 1e9, maxAgeMs: limits.maxAgeMs ?? 1e12 },
    {
      events: { stateDamaged: (damagedPath, detail) => damaged.push(`${damagedPath}: ${detail}`) },
      clock: { ...realClock, now: limits.now ?? realClock.now },
    },
  )
  t.after(async () => {
    await output.close()
    fs.rmSync(folder, { recursive: true })
  })
  return { file, damaged, output }
}

const created = (count: number, duplicates = 0): Outcome => ({
  kind: 'items',
  created: count,
  duplicates,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
})

const everything = { sql: '1', parameters: [], texts: [], fields: [] }
const noRange = { sinceMs: undefined, untilMs: undefined, afterRow: undefined }

const reading = <T>(file: string, work: (reader: StoreReader) => T): T => {
  const opened = openStore(file)
  assert.equal(opened.kind, 'store', JSON.stringify(opened))
  if (opened.kind !== 'store') throw new Error('unreachable')
  try {
    return work(opened.reader)
  } finally {
    opened.reader.close()
  }
}

const stored = (file: string): { id: string | undefined; document: unknown }[] =>
  reading(file, (reader) => reader.find(everything, { ...noRange, order: 'arrival', limit: 1e6 })).map(
    ({ id, document }: Found) => ({ id, document }),
  )

test('documents come back whole, whatever the message holds', async (t) => {
  const { output, file } = begin(t)
  const plain =
    bulkText(
      web,
      lines(['plain', 'a "quoted" \\ back', 'two\nlines\tand \u001b[31mred\u0000', 'ünï → 🔥', '},"message":"x']),
    ) + bulkText(cart, lines(['', '{"offset":1}']))
  assert.deepEqual(await output.send(bulkBody(plain), never), created(7))
  assert.deepEqual(stored(file), documentsOf(plain))
})

test('time stamps of any length and zone come back as they were', async (t) => {
  const { output, file } = begin(t)
  const stamps = [
    '2026-11-21T06:00:00Z',
    '2026-11-21T06:00:00.1Z',
    '2026-11-21T14:00:00.123456789+08:00',
    '2026-11-21T06:00:00.000000001Z',
    '1969-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59.999999999Z',
    '2026-02-30T00:00:00.000000000Z',
  ]
  const plain = bulkText(
    web,
    stamps.map((stamp, index) => ({ offset: index, stamp, message: 'm' })),
  )
  assert.deepEqual(await output.send(bulkBody(plain), never), created(7))
  assert.deepEqual(stored(file), documentsOf(plain))
})

test('a body that comes twice is stored once, also after a restart and from gzip', async (t) => {
  const { output, file } = begin(t)
  const plain = bulkText(web, lines(['one', 'two', 'three']))
  assert.deepEqual(await output.send(bulkBody(plain, 'gzip'), never), created(3))
  assert.deepEqual(await output.send(bulkBody(plain), never), created(0, 3))
  await output.close()
  const more = plain + bulkText(web, lines(['four'], 300))
  assert.deepEqual(await output.send(bulkBody(more), never), created(1, 3))
  assert.deepEqual(stored(file), documentsOf(more))
})

test('a document of another make is stored as it is; one that is no document is rejected alone', async (t) => {
  const { output, file } = begin(t)
  const odd = '{"message":"no log object","@timestamp":"2026-11-21T06:00:00.5Z","kubernetes":{"namespace":"x"}}'
  const plain = `{"create":{"_id":"odd"}}\n${odd}\n{"create":{}}\n{broken\n{"create":{"_id":"late"}}\n{"@timestamp":"yesterday"}\n${bulkText(web, lines(['good']))}`
  const outcome = await output.send(bulkBody(plain), never)
  assert.equal(outcome.kind, 'items')
  if (outcome.kind !== 'items') return
  assert.deepEqual([outcome.created, outcome.rejected.map(({ item, status }) => [item, status])], [3, [[1, 400]]])
  assert.deepEqual(stored(file), [
    { id: 'odd', document: JSON.parse(odd) },
    { id: 'late', document: { '@timestamp': 'yesterday' } },
    ...documentsOf(bulkText(web, lines(['good']))),
  ])
})

test('the oldest go when the store is full, and the file stays within its bound', async (t) => {
  const { output, file } = begin(t, { maxSizeBytes: 4e6 })
  const filler = 'the quick brown fox jumps over the lazy dog again and again '.repeat(4)
  const all: string[] = []
  for (let body = 0; body < 30; body++) {
    const messages = Array.from({ length: 800 }, (_, index) => `${filler} body${body} line${index}`)
    const plain = bulkText({ ...web, fingerprint: `fingerprint-${1000 + body}` }, lines(messages, body * 80_000))
    all.push(plain)
    assert.deepEqual(await output.send(bulkBody(plain), never), created(800))
    assert.ok(output.usedBytes() <= 4e6, `${output.usedBytes()} bytes in use`)
  }
  assert.ok(fs.statSync(file).size < 6e6, `${fs.statSync(file).size} bytes`)
  const kept = stored(file)
  assert.ok(kept.length > 5000 && kept.length < 24_000, `${kept.length} rows`)
  assert.deepEqual(kept, documentsOf(all.join('')).slice(-kept.length))
  await output.close()
  const database = new DatabaseSync(file)
  const count = (table: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n
  assert.ok(Number(count('files')) < 25, 'identities of rows that are gone')
  assert.deepEqual(database.prepare('PRAGMA integrity_check').get(), { __proto__: null, integrity_check: 'ok' })
  database.close()
})

test('rows go when they are too old, and the file shrinks', async (t) => {
  let now = 1_000_000
  const { output, file } = begin(t, { maxAgeMs: 60_000, now: () => now })
  const filler = 'word '.repeat(200)
  const old = Array.from({ length: 6000 }, (_, index) => `${filler}${index}`)
  await output.send(bulkBody(bulkText(web, lines(old))), never)
  const before = fs.statSync(file).size
  now += 61_000
  const fresh = bulkText(cart, lines(['fresh']))
  assert.deepEqual(await output.send(bulkBody(fresh), never), created(1))
  assert.deepEqual(stored(file), documentsOf(fresh))
  await output.close()
  const after = fs.statSync(file).size
  assert.ok(before > 4e6 && after < 2e6, `${before} bytes before, ${after} after`)
})

test('a damaged store is put aside and a new one begun', async (t) => {
  const { output, file, damaged } = begin(t)
  fs.mkdirSync(path.dirname(file))
  fs.writeFileSync(file, 'this is no database'.repeat(1000))
  const plain = bulkText(web, lines(['one']))
  const first = await output.send(bulkBody(plain), never)
  assert.deepEqual(first, {
    kind: 'again',
    reason: 'the store was damaged (file is not a database); a new one is begun',
    retryAfterMs: 0,
    hold: false,
  })
  assert.deepEqual(damaged, [`${file}: file is not a database; put aside as ${file}.damaged-1, a new store is begun`])
  assert.deepEqual(await output.send(bulkBody(plain), never), created(1))
  assert.deepEqual(fs.readdirSync(path.dirname(file)).sort(), [
    'store.db',
    'store.db-shm',
    'store.db-wal',
    'store.db.damaged-1',
  ])
})

test('a store that a newer agent has written is left alone', async (t) => {
  const { output, file } = begin(t)
  fs.mkdirSync(path.dirname(file))
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA user_version = 99; PRAGMA application_id = ${0x504b0000 + 99}`)
  database.close()
  assert.deepEqual(await output.send(bulkBody(bulkText(web, lines(['one']))), never), {
    kind: 'again',
    reason: `${file}: the store has format 99, this agent knows 1; start the newer agent, or move the file away`,
    retryAfterMs: undefined,
    hold: true,
  })
})

test('a send that is aborted leaves nothing behind', async (t) => {
  const { output, file } = begin(t)
  const stop = new AbortController()
  const many = bulkText(web, lines(Array.from({ length: 20_000 }, (_, index) => `line ${index}`)))
  const sending = output.send(bulkBody(many), stop.signal)
  await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  assert.equal((await sending).kind, 'again')
  const few = bulkText(web, lines(['one']))
  assert.deepEqual(await output.send(bulkBody(few), never), created(1))
  assert.deepEqual(stored(file), documentsOf(few))
})

test('a store can be read while it is written to, and before and after', async (t) => {
  const { output, file } = begin(t)
  assert.deepEqual(openStore(file), { kind: 'absent' })
  const one = bulkText(web, lines(['one']))
  await output.send(bulkBody(one), never)
  reading(file, (reader) => {
    assert.equal(reader.lastRow(), 1)
  })
  const opened = openStore(file)
  await output.send(bulkBody(bulkText(cart, lines(['two']))), never)
  assert.ok(opened.kind === 'store')
  assert.equal(opened.reader.lastRow(), 2)
  opened.reader.close()
  await output.close()
  assert.equal(stored(file).length, 2)
})
