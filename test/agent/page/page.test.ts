import assert from 'node:assert/strict'
import fs from 'node:fs'
import http, { type IncomingMessage } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { createLocalOutput } from '../../../agent/output/local/local.ts'
import type { PageRecord, SearchReply, StatusReply, TailLine } from '../../../agent/page/api.ts'
import { createPage, type PageOptions } from '../../../agent/page/page.ts'
import { runReader } from '../../../agent/page/reader/run-reader.ts'
import { createStoreReaders, type ReaderProcess, searchLimits } from '../../../agent/page/store-readers.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { bulkBody, bulkText, type LoggedPod } from '../output/local/bulk-body.ts'

const web: LoggedPod = { namespace: 'shop', pod: 'web-1', container: 'web', fingerprint: 'AbCdEfGhIjKlMnOp' }
const status = { node: 'node-1' } as StatusReply
const noVitals = { periodMs: 10, times: [], series: {}, totals: { memoryBytes: null, cpus: null } }

const openStore = (t: TestContext) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-page-'))
  const file = path.join(folder, 'store.db')
  const options = { name: 'local', path: file, maxSizeBytes: 1e9, maxAgeMs: 1e12 }
  const output = createLocalOutput(options, { events: { stateDamaged: () => assert.fail() }, clock: realClock })
  let offset = 0
  const write = async (...messages: string[]): Promise<void> => {
    const line = (message: string) => {
      offset += 100
      const stamp = `2026-11-21T06:00:00.${String(offset).padStart(9, '0')}Z`
      return { offset, stamp, message, stream: 'stdout' as const }
    }
    await output.send(bulkBody(bulkText(web, messages.map(line))), new AbortController().signal)
  }
  t.after(async () => {
    await output.close()
    fs.rmSync(folder, { recursive: true })
  })
  return { file, write }
}

/** The reader's process, in this one. */
const inProcess = (file: string): ReaderProcess => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  void runReader(file, { input, output, clock: realClock })
  const kill = (): void => {
    input.end()
    output.end()
  }
  return { input, output, kill }
}

const start = async (t: TestContext, open: () => ReaderProcess, options: Partial<PageOptions> = {}) => {
  const readers = createStoreReaders(open, realClock)
  const page = createPage(
    { listen: '127.0.0.1:0', tls: undefined, token: undefined, names: ['node-1'], ...options },
    { status: () => status, vitals: () => noVitals, readers, failed: (error) => assert.fail(error) },
  )
  await page.start()
  t.after(async () => {
    readers.close()
    await page.close()
  })
  return Number(page.address?.split(':').at(-1))
}

const request = async (port: number, address: string, headers: Record<string, string> = {}, method = 'GET') => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  http
    .request({ host: '127.0.0.1', port, path: address, agent: false, headers, method }, resolve)
    .on('error', reject)
    .end()
  return promise
}

const body = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of response) text += part
  return text
}

const ask = async <T>(port: number, address: string): Promise<T> => JSON.parse(await body(await request(port, address)))

test('pages of a search follow each other without a gap and without a repetition', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file))
  await store.write(...Array.from({ length: 25 }, (_, k) => `order ${k}`))
  const seen: PageRecord[] = []
  for (let more = 1; more > 0; ) {
    const last = seen.at(-1)
    const before = last ? `&before=${last.ms}.${last.nanos}.${last.row}` : ''
    const reply = await ask<SearchReply>(port, `/api/search?query=order&limit=10${before}`)
    assert.ok(reply.kind === 'found')
    seen.push(...reply.records)
    more = reply.more
  }
  assert.deepEqual(
    seen.map(({ message }) => message),
    Array.from({ length: 25 }, (_, k) => `order ${24 - k}`),
  )
})

test('a record of a list, its whole document, a mistake with its place, and a store that is not there', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file))
  assert.deepEqual(await ask(port, '/api/search?query=a'), { kind: 'absent' })
  await store.write('ERROR <script>alert(1)</script>')
  const reply = await ask<SearchReply>(port, '/api/search?query=level:error')
  assert.deepEqual(reply, {
    kind: 'found',
    records: [
      {
        row: 1,
        ms: Date.parse('2026-11-21T06:00:00Z'),
        nanos: 100,
        namespace: 'shop',
        pod: 'web-1',
        container: 'web',
        path: '',
        stream: 'stdout',
        level: 'error',
        message: 'ERROR <script>alert(1)</script>',
        cut: false,
      },
    ],
    more: 0,
    moreIsLeast: false,
  })
  const record = await ask<{ kind: string; document: Record<string, unknown> }>(port, '/api/record?row=1')
  assert.deepEqual([record.kind, record.document._id], ['record', 'AbCdEfGhIjKlMnOp-100'])
  assert.deepEqual(await ask(port, '/api/record?row=2'), { kind: 'gone' })
  assert.deepEqual(await ask(port, '/api/search?query=a+(b'), {
    kind: 'mistake',
    message: 'this parenthesis is not closed',
    at: 2,
  })
})

test('a tail shows what comes in, and says what it passed over', async (t) => {
  const store = openStore(t)
  await store.write('first')
  const port = await start(t, () => inProcess(store.file))
  const response = await request(port, '/api/tail?query=')
  t.after(() => response.destroy())
  const lines: TailLine[] = []
  createInterface({ input: response }).on('line', (line) => lines.push(JSON.parse(line)))
  const messages = (): string[] => lines.flatMap((l) => (l.kind === 'records' ? l.records.map((r) => r.message) : []))
  await eventually('the first record', () => messages().length === 1)
  await store.write('second', 'third')
  await eventually('the others', () => messages().length === 3)
  assert.deepEqual(messages(), ['first', 'second', 'third'])
  await store.write(...Array.from({ length: 5000 }, (_, k) => `storm ${k}`))
  await eventually('the end of the storm', () => messages().at(-1) === 'storm 4999')
  const skipped = lines.flatMap((line) => (line.kind === 'skipped' ? [line.rows] : []))
  assert.deepEqual([messages().length - 3 + skipped.reduce((a, b) => a + b, 0), skipped], [5000, [1000]])
})

test('times beyond what the store can hold are before or after all records', async (t) => {
  const store = openStore(t)
  await store.write('order')
  const port = await start(t, () => inProcess(store.file))
  const found = async (range: string): Promise<unknown> => {
    const reply = await ask<SearchReply>(port, `/api/search?query=order&${range}`)
    return reply.kind === 'found' ? reply.records.length : reply
  }
  const asked = ['until=253402300799000', 'since=253402300799000', 'until=-62135596800000', 'since=-62135596800000']
  assert.deepEqual(await Promise.all(asked.map(found)), [1, 0, 0, 1])
  assert.equal(await found('before=999999999999999.999999.999999999999999'), 1)
})

test('a HEAD of the tail opens none: nothing of it could be shown', async (t) => {
  const port = await start(t, () => assert.fail('a tail was opened'))
  const response = await request(port, '/api/tail', {}, 'HEAD')
  assert.deepEqual(
    [response.statusCode, response.headers['content-type'], await body(response)],
    [200, 'application/x-ndjson; charset=utf-8', ''],
  )
})

test('tails are few: another one is told to wait', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file))
  const open = await Promise.all(
    Array.from({ length: searchLimits.tails }, () => request(port, '/api/tail?query=nothing')),
  )
  const refused = await request(port, '/api/tail')
  assert.deepEqual(
    [refused.statusCode, refused.headers.connection, JSON.parse(await body(refused))],
    [503, 'close', { kind: 'failed', reason: 'too many tails are open; close another one' }],
  )
  open[0]?.destroy()
  await eventually('a place', async () => {
    const response = await request(port, '/api/tail')
    response.destroy()
    return response.statusCode === 200
  })
  for (const one of open) one.destroy()
})

test('a reader that dies costs its search alone', async (t) => {
  const store = openStore(t)
  await store.write('order')
  let opened = 0
  const dead = (): ReaderProcess => ({ input: new PassThrough(), output: new PassThrough().end(), kill: () => {} })
  const dying = (): ReaderProcess => (opened++ === 0 ? dead() : inProcess(store.file))
  const port = await start(t, dying)
  assert.deepEqual(await ask(port, '/api/search?query=order'), {
    kind: 'failed',
    reason: 'the process that searches has ended; the next search starts another',
  })
  const reply = await ask<SearchReply>(port, '/api/search?query=order')
  assert.equal(reply.kind === 'found' && reply.records.length, 1)
})

test('the token guards the data and not the page’s own files', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file), { token: 'secret' })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const codes = async (headers: Record<string, string>): Promise<unknown[]> => {
    const asked = ['/', '/page.js', '/api/status', '/api/search', '/api/tail', '/api/vitals', '/api/record?row=1']
    const responses = await Promise.all(asked.map((address) => request(port, address, headers)))
    for (const response of responses) response.destroy()
    return responses.map(({ statusCode }) => statusCode)
  }
  assert.deepEqual(await codes({}), [200, 200, 401, 401, 401, 401, 401])
  assert.deepEqual(await codes(bearer('guess')), [200, 200, 401, 401, 401, 401, 401])
  assert.deepEqual(await codes(bearer('secret')), [200, 200, 200, 200, 200, 200, 200])
})

test('strangers: another name, another site, another method, another path', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file))
  const code = async (...asked: [string, Record<string, string>?, string?]): Promise<number | undefined> =>
    (await request(port, ...asked)).statusCode
  assert.equal(await code('/api/status', { host: 'evil.example' }), 403)
  assert.equal(await code('/', { host: 'evil.example' }), 403)
  assert.equal(await code('/api/status', { host: 'node-1:9465' }), 200)
  assert.equal(await code('/api/search', { 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await code('/api/search', {}, 'POST'), 405)
  assert.equal(await code('/api/../../etc/passwd'), 404)
  assert.equal(await code('/__proto__'), 404)
  assert.equal(await code('//'), 400)
})

test('files of the page: packed, asked for again by their mark, and under a strict policy', async (t) => {
  const store = openStore(t)
  const port = await start(t, () => inProcess(store.file))
  const first = await request(port, '/page.js', { 'accept-encoding': 'gzip' })
  const { etag = '', 'content-security-policy': policy = '', ...headers } = first.headers
  first.destroy()
  assert.deepEqual(
    [headers['content-encoding'], headers['content-type'], headers['access-control-allow-origin']],
    ['gzip', 'text/javascript; charset=utf-8', undefined],
  )
  assert.match(String(policy), /default-src 'none'; script-src 'self'.*require-trusted-types-for 'script'/)
  assert.equal((await request(port, '/page.js', { 'if-none-match': etag })).statusCode, 304)
  assert.match(await body(await request(port, '/')), /<title>Picket<\/title>/)
})
