import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { type Client, createClient, type Reply, type Request } from '../../../../agent/output/elasticsearch/client.ts'
import type { ElasticsearchOptions } from '../../../../agent/output/elasticsearch/options.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { baseOptions } from './base-options.ts'
import { json, startFakeServer } from './fake-server.ts'
import { answerWith, type RawAnswer, startRawServer } from './raw-server.ts'

const never = new AbortController().signal
const good = '{"errors":false}'

const bulk = (text = '{"create":{}}\n{}\n'): Request => ({
  method: 'POST',
  path: '/x/_bulk',
  query: 'a=1',
  body: Buffer.from(text),
  contentType: 'application/x-ndjson',
  encoding: 'identity',
})

const clientOf = (
  context: TestContext,
  hosts: readonly string[],
  changes: Partial<ElasticsearchOptions> = {},
): Client => {
  const client = createClient({ ...baseOptions(hosts), ...changes }, realClock)
  context.after(() => client.close())
  return client
}

/** The body of an answer (with a mark where it was cut off), or the reason for having none. */
const told = (reply: Reply): string =>
  reply.kind === 'answer' ? `${reply.answer.body}${reply.answer.cut ? ' (cut)' : ''}` : `${reply.kind}: ${reply.reason}`

const setUp = async (context: TestContext, answer: RawAnswer, changes: Partial<ElasticsearchOptions> = {}) => {
  const server = await startRawServer(context, answer)
  const client = clientOf(context, [server.url], changes)
  return { server, client, ask: async (request = bulk()) => told(await client.request(request, never)) }
}

test('requests one after the other use one connection', async (context) => {
  const { server, ask } = await setUp(context, answerWith(good))
  assert.deepEqual([await ask(), await ask(), await ask()], [good, good, good])
  assert.deepEqual(server.requests, [0, 0, 0])
})

const closings: readonly (readonly [name: string, close: RawAnswer])[] = [
  ['closes', (socket) => void socket.end()],
  ['resets', (socket) => void socket.resetAndDestroy()],
]
for (const [name, close] of closings) {
  test(`a kept connection that the server ${name} as the next request comes: it goes out again on a new one`, async (context) => {
    const { server, ask } = await setUp(context, (socket, request) =>
      (request === 1 ? close : answerWith(good))(socket, request),
    )
    assert.deepEqual([await ask(), await ask()], [good, good])
    assert.deepEqual(server.requests, [0, 0, 1])
  })

  test(`a new connection that the server ${name} is a failure, and so is the second in a row`, async (context) => {
    const { server, ask } = await setUp(context, (socket, request) =>
      (request === 1 ? answerWith(good) : close)(socket, request),
    )
    const failure = /^connection: (socket hang up|read ECONNRESET)$/
    assert.match(await ask(), failure)
    assert.equal(await ask(), good)
    assert.match(await ask(), failure)
    assert.deepEqual(server.requests, [0, 1, 1, 2])
  })
}

test('a repeated request does not take another kept connection, which may be as dead', async (context) => {
  const { server, client, ask } = await setUp(context, (socket, request) => {
    if (request === 2) socket.resetAndDestroy()
    else if (request > 0) for (const open of request === 1 ? server.sockets : [socket]) answerWith(good)(open, request)
  })
  await Promise.all([client.request(bulk(), never), client.request(bulk(), never)])
  assert.equal(await ask(), good)
  assert.deepEqual([new Set(server.requests.slice(0, 2)), server.requests.at(-1)], [new Set([0, 1]), 2])
})

test('a stale connection is no failure of its host: it keeps its turn', async (context) => {
  const other = await startRawServer(context, answerWith('{"other":1}'))
  const server = await startRawServer(context, (socket, request) =>
    (request === 1 ? closings[1]![1] : answerWith(good))(socket, request),
  )
  const client = clientOf(context, [server.url, other.url])
  const answers: string[] = []
  for (let n = 0; n < 5; n++) answers.push(told(await client.request(bulk(), never)))
  assert.deepEqual(answers, [good, '{"other":1}', good, '{"other":1}', good])
})

test('a kept connection that closes in the middle of an answer is a cut answer, not a stale one', async (context) => {
  const { server, ask } = await setUp(context, (socket, request) => {
    answerWith(good, request === 0 ? good.length : good.length + 1)(socket, request)
    if (request > 0) socket.end()
  })
  assert.deepEqual([await ask(), await ask()], [good, `${good} (cut)`])
  assert.deepEqual(server.requests, [0, 0])
})

test('an answer that comes after its time-out is not taken for the next one', async (context) => {
  const { server, ask } = await setUp(
    context,
    (socket, request) => {
      if (request === 0) setTimeout(() => answerWith('{"late":1}')(socket, request), 150)
      else answerWith(good)(socket, request)
    },
    { requestTimeoutMs: 100, requestsInFlight: 1 },
  )
  assert.deepEqual([await ask(), await ask()], ['timeout: no answer within 100 ms', good])
  assert.deepEqual(server.requests, [0, 1])
})

test('an answer without a length ends with its connection', async (context) => {
  const { ask } = await setUp(context, (socket) => void socket.end(`HTTP/1.1 200 OK\r\n\r\n${good}`))
  assert.deepEqual([await ask(), await ask()], [good, good])
})

test('an answer in chunks, after an informational one', async (context) => {
  const { ask } = await setUp(context, (socket) => {
    socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.write(`${good.length.toString(16)}\r\n${good}\r\n0\r\n\r\n`)
  })
  assert.deepEqual([await ask(), await ask()], [good, good])
})

test('something that is not HTTP', async (context) => {
  const { ask } = await setUp(context, (socket) => void socket.write('220 mail.example ESMTP\r\n'))
  assert.match(await ask(), /^connection: Parse Error: /)
})

test('an answer beyond any honest length is given up', async (context) => {
  const part = Buffer.alloc(1024 * 1024, 0x20)
  const { ask } = await setUp(context, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const more = (): void => {
      while (socket.writable && socket.write(part));
    }
    socket.on('drain', more)
    more()
  })
  const answer = await ask()
  assert.ok(answer.endsWith(' (cut)') && answer.length <= 64 * 1024 * 1024 + 6, `${answer.length} characters`)
})

test('a signal ends all requests that it was given to, and no other', async (context) => {
  const answers: (() => void)[] = []
  const { client, server } = await setUp(
    context,
    (socket, request) => {
      answers.push(() => answerWith(good)(socket, request))
    },
    { requestsInFlight: 3 },
  )
  const abort = new AbortController()
  const replies = [abort.signal, abort.signal, never].map((signal) => client.request(bulk(), signal))
  while (server.requests.length < 3) await new Promise((resolve) => setImmediate(resolve))
  abort.abort()
  assert.deepEqual((await Promise.all(replies.slice(0, 2))).map(told), ['aborted: stopped', 'aborted: stopped'])
  for (const answer of answers) answer()
  assert.equal(told(await replies[2]!), good)
  assert.equal(told(await client.request(bulk(), abort.signal)), 'aborted: stopped')
})

test('requests of different kinds in turn have their own headers', async (context) => {
  const server = await startFakeServer()
  context.after(() => server.close())
  server.other = json(200, {})
  const client = clientOf(context, [server.url], { headers: { 'User-Agent': () => 'mine' } })
  const put = { ...bulk('{}'), method: 'PUT', path: '/t', query: '', contentType: 'application/json' } as const
  const get = { ...put, method: 'GET', body: undefined } as const
  const squeezed = { ...bulk(), body: Buffer.from('H4sIAAAAAAAAAwMAAAAAAAAAAAA=', 'base64'), encoding: 'gzip' } as const
  for (const request of [bulk(), get, put, squeezed, bulk()]) await client.request(request, never)
  const names = ['content-type', 'content-length', 'content-encoding', 'user-agent', 'host', 'connection'] as const
  const host = `127.0.0.1:${server.port}`
  assert.deepEqual(
    server.seen.map(({ headers }) => names.map((name) => headers[name])),
    [
      ['application/x-ndjson', '17', undefined, 'mine', host, 'keep-alive'],
      ['application/json', undefined, undefined, 'mine', host, 'keep-alive'],
      ['application/json', '2', undefined, 'mine', host, 'keep-alive'],
      ['application/x-ndjson', '20', 'gzip', 'mine', host, 'keep-alive'],
      ['application/x-ndjson', '17', undefined, 'mine', host, 'keep-alive'],
    ],
  )
})

test('a secret that no header can hold is a failed request that does not tell it', async (context) => {
  const { server, ask } = await setUp(context, answerWith(good), {
    auth: { kind: 'bearer', token: () => 'one\ntwo' },
  })
  assert.equal(await ask(), 'connection: Invalid character in header content ["authorization"]')
  assert.deepEqual(server.requests, [])
})

test('more requests than connections wait their turn', async (context) => {
  const { server, client } = await setUp(context, answerWith(good))
  const replies = await Promise.all(Array.from({ length: 20 }, () => client.request(bulk(), never)))
  assert.deepEqual(new Set(replies.map(told)), new Set([good]))
  assert.deepEqual(new Set(server.requests), new Set([0, 1]))
})

test('a connection that fails while nobody uses it takes nothing with it', async (context) => {
  const { server, ask } = await setUp(context, answerWith(good))
  await ask()
  const [socket] = server.sockets
  socket!.resetAndDestroy()
  await once(socket!, 'close')
  assert.equal(await ask(), good)
})
