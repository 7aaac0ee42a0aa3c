import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { runSearch, type SearchOptions } from '../../../agent/cli/search.ts'
import { runTail, type TailOptions } from '../../../agent/cli/tail.ts'
import { createLocalOutput } from '../../../agent/output/local/local.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { bulkBody, bulkText, type LoggedPod } from '../output/local/bulk-body.ts'

process.env.TZ = 'UTC'

const web: LoggedPod = { namespace: 'shop', pod: 'web-0', container: 'web', fingerprint: 'AbCdEfGhIjKlMnOp' }
const api: LoggedPod = { namespace: 'pay', pod: 'api-0', container: 'api', fingerprint: '0123456789abcdef' }
const now = Date.parse('2026-11-21T12:00:00Z')

const begin = (t: TestContext) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-reading-'))
  const storePath = path.join(folder, 'store.db')
  const output = createLocalOutput(
    { name: 'local', path: storePath, maxSizeBytes: 1e9, maxAgeMs: 1e12 },
    { events: { stateDamaged: () => undefined }, clock: realClock },
  )
  let offset = 0
  const write = async (pod: LoggedPod, ...messages: string[]): Promise<void> => {
    const lines = messages.map((message) => {
      offset++
      return { offset, stamp: `2026-11-21T06:00:00.${String(offset).padStart(3, '0')}000000Z`, message }
    })
    const outcome = await output.send(bulkBody(bulkText(pod, lines)), new AbortController().signal)
    assert.equal(outcome.kind, 'items')
  }
  t.after(async () => {
    await output.close()
    fs.rmSync(folder, { recursive: true })
  })
  const said: string[] = []
  const out = new PassThrough()
  const stop = new AbortController()
  const clock = { ...realClock, now: () => now, sleep: () => realClock.sleep(2, stop.signal) }
  const io = { out, say: (text: string) => said.push(text), clock, signal: stop.signal }
  const printed = (): string[] => {
    let text = ''
    for (let chunk = out.read(); chunk !== null; chunk = out.read()) text += String(chunk)
    return text.trimEnd().split('\n')
  }
  return { storePath, output, write, said, out, stop, io, printed }
}

const all = { namespaces: [], pods: [], containers: [] }
const search = (storePath: string, more: Partial<SearchOptions> = {}): SearchOptions => ({
  storePath,
  query: '',
  selectors: all,
  json: false,
  color: false,
  sinceMs: undefined,
  untilMs: undefined,
  limit: 1000,
  order: 'asc',
  ...more,
})
const tail = (storePath: string, more: Partial<TailOptions> = {}): TailOptions => ({
  storePath,
  query: '',
  selectors: all,
  json: false,
  color: false,
  sinceMs: undefined,
  ...more,
})

test('search prints the newest last and says how many more there are', async (t) => {
  const { storePath, write, io, said, printed } = begin(t)
  await write(web, 'one', 'two', 'three')
  await write(api, 'four')
  assert.equal(await runSearch(search(storePath, { limit: 2 }), io), 0)
  assert.deepEqual(printed(), ['06:00:00.003 shop/web-0 web | three', '06:00:00.004 pay/api-0 api | four'])
  assert.deepEqual(said, ['picket: these are the newest 2; 2 more match (--limit, --since, --until)'])
})

test('search narrows by selectors, newest first where asked', async (t) => {
  const { storePath, write, io, said, printed } = begin(t)
  await write(web, 'one', 'two')
  await write(api, 'three')
  const selectors = { namespaces: ['x', 'sh*'], pods: ['web-?'], containers: [] }
  assert.equal(await runSearch(search(storePath, { selectors, query: 'one OR two OR three', order: 'desc' }), io), 0)
  assert.deepEqual(printed(), ['06:00:00.002 shop/web-0 web | two', '06:00:00.001 shop/web-0 web | one'])
  assert.deepEqual(said, [])
})

test('search prints whole documents as JSON lines', async (t) => {
  const { storePath, write, io, printed } = begin(t)
  await write(web, 'one')
  assert.equal(await runSearch(search(storePath, { json: true }), io), 0)
  assert.deepEqual(
    printed().map((line) => JSON.parse(line)),
    [
      {
        _id: 'AbCdEfGhIjKlMnOp-1',
        ...JSON.parse(
          bulkText(web, [{ offset: 1, stamp: '2026-11-21T06:00:00.001000000Z', message: 'one' }]).split('\n')[1] ?? '',
        ),
      },
    ],
  )
})

test('search says what is wrong with a query, that there is no store, that nothing was found', async (t) => {
  const { storePath, write, io, said } = begin(t)
  assert.equal(await runSearch(search(storePath), io), 1)
  assert.equal(await runSearch(search(storePath, { query: 'a OR' }), io), 2)
  await write(web, 'one')
  assert.equal(await runSearch(search(storePath, { query: 'two' }), io), 0)
  fs.writeFileSync(`${storePath}2`, 'x'.repeat(5000))
  assert.equal(await runSearch(search(`${storePath}2`), io), 1)
  assert.deepEqual(said, [
    `picket: there is no store at ${storePath} yet; start the agent (picket start), or name its --state-dir`,
    'picket: this query is not understood: the query ends where a word is expected\n  a OR\n      ^',
    'picket: nothing found',
    `picket: the store ${storePath}2 cannot be read: file is not a database`,
  ])
})

test('search ends quietly when its reader goes away', async (t) => {
  const { storePath, write, io, said } = begin(t)
  await write(web, ...Array.from({ length: 50 }, (_, index) => `line ${index}`))
  const taken: string[] = []
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      if (taken.push(String(chunk)) < 3) done()
      else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  assert.equal(await runSearch(search(storePath), { ...io, out }), 0)
  assert.deepEqual([taken.length, said], [3, []])
})

const lines = async (out: PassThrough, count: number): Promise<string[]> => {
  const deadline = AbortSignal.timeout(10_000)
  let text = ''
  while (text.split('\n').length <= count) {
    const chunk = out.read() as Buffer | null
    if (chunk) text += chunk.toString()
    else await once(out, 'readable', { signal: deadline })
  }
  return text.trimEnd().split('\n')
}

const messagesOf = (rendered: readonly string[]): string[] => rendered.map((line) => line.split(' | ')[1] ?? '')

test('tail shows the last ten lines, follows, and ends when it is told to', async (t) => {
  const { storePath, write, out, io, stop } = begin(t)
  await write(web, ...Array.from({ length: 12 }, (_, index) => `line ${index}`))
  const running = runTail(tail(storePath), io)
  assert.deepEqual(
    messagesOf(await lines(out, 10)),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => `line ${n}`),
  )
  await write(web, 'new one')
  assert.deepEqual(messagesOf(await lines(out, 1)), ['new one'])
  await write(api, 'new two', 'new three')
  assert.deepEqual(messagesOf(await lines(out, 2)), ['new two', 'new three'])
  stop.abort()
  assert.equal(await running, 0)
})

test('tail takes a query and selectors, and more lines at once than it reads at once', async (t) => {
  const { storePath, write, out, io, stop } = begin(t)
  await write(web, 'old match')
  const running = runTail(tail(storePath, { query: 'match', selectors: { ...all, namespaces: ['shop'] } }), io)
  assert.deepEqual(messagesOf(await lines(out, 1)), ['old match'])
  await write(api, 'match elsewhere')
  const many = Array.from({ length: 2500 }, (_, index) => (index % 2 ? `other ${index}` : `match ${index}`))
  await write(web, ...many)
  assert.deepEqual(
    messagesOf(await lines(out, 1250)),
    many.filter((message) => message.startsWith('match')),
  )
  stop.abort()
  assert.equal(await running, 0)
})

test('tail waits for a store, and goes on with a new one', async (t) => {
  const { storePath, write, output, out, io, stop, said } = begin(t)
  const running = runTail(tail(storePath), io)
  await write(web, 'first')
  assert.deepEqual(messagesOf(await lines(out, 1)), ['first'])
  await output.close()
  fs.renameSync(storePath, `${storePath}.old`)
  await write(web, 'second')
  assert.deepEqual(messagesOf(await lines(out, 1)), ['second'])
  assert.deepEqual(said, [`picket: there is no store at ${storePath} yet; waiting for one`])
  stop.abort()
  assert.equal(await running, 0)
})
