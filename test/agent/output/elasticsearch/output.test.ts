import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import zlib from 'node:zlib'
import type { BulkBody, Outcome } from '../../../../agent/event.ts'
import type { TemplateOutcome } from '../../../../agent/output/elasticsearch/install-template.ts'
import type { ElasticsearchOptions, TlsOptions } from '../../../../agent/output/elasticsearch/options.ts'
import { createElasticsearchOutput } from '../../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { json, type Responder, startFakeServer } from './fake-server.ts'

const stream = 'logs-kubernetes.container_logs-default'
const signal = new AbortController().signal

const noTls: TlsOptions = {
  ca: undefined,
  caFingerprint: undefined,
  certificate: undefined,
  key: undefined,
  keyPassphrase: undefined,
  verify: true,
}
const quiet = { clock: realClock, onTemplate: () => {} }

const baseOptions = (hosts: readonly string[]): ElasticsearchOptions => ({
  name: 'search',
  hosts,
  target: { kind: 'data_stream', name: stream },
  auth: { kind: 'none' },
  tls: noTls,
  headers: {},
  compression: 'none',
  pipeline: undefined,
  requestTimeoutMs: 10_000,
  requestsInFlight: 2,
  manageTemplate: 'never',
  requireDataStream: 'auto',
  version: '0.1.0',
})

const setUp = async (context: TestContext, changes: Partial<ElasticsearchOptions> = {}) => {
  const server = await startFakeServer()
  const templates: TemplateOutcome[] = []
  const output = createElasticsearchOutput(
    { ...baseOptions([server.url]), ...changes },
    { clock: realClock, onTemplate: (outcome) => templates.push(outcome) },
  )
  context.after(async () => {
    await output.close()
    await server.close()
  })
  return { server, output, templates }
}

const bodyOf = (...messages: readonly string[]): BulkBody => {
  const text = messages
    .map((message, n) => `{"create":{"_id":"f-${n}"}}\n{"@timestamp":"2026-11-21T10:00:00Z","message":"${message}"}\n`)
    .join('')
  const bytes = new TextEncoder().encode(text)
  return { bytes, encoding: 'identity', plainBytes: bytes.length, documents: messages.length }
}

const gzipped = (body: BulkBody): BulkBody => ({ ...body, bytes: zlib.gzipSync(body.bytes), encoding: 'gzip' })

const created = (n: number): Outcome => ({
  kind: 'items',
  created: n,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
})

const again = (reason: string, hold = false): Outcome => ({ kind: 'again', reason, retryAfterMs: undefined, hold })

const text = (body: BulkBody): string => Buffer.from(body.bytes).toString()

test('one request: path, query, headers and the very bytes', async (context) => {
  const { server, output } = await setUp(context, {
    pipeline: 'my pipeline',
    auth: { kind: 'api_key', apiKey: () => 'a2V5\n' },
    headers: { 'X-Tenant': () => 'shop' },
  })
  const body = bodyOf('one', 'two')
  assert.deepEqual(await output.send(body, signal), created(2))
  const [seen] = server.seen
  assert.deepEqual(
    {
      ...seen,
      query: Object.fromEntries(seen!.query),
      headers: { ...seen!.headers, connection: undefined, host: undefined },
    },
    {
      method: 'POST',
      path: `/${stream}/_bulk`,
      query: {
        filter_path:
          'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store,error.type,error.reason',
        timeout: '5s',
        pipeline: 'my pipeline',
        require_data_stream: 'true',
        include_source_on_error: 'false',
      },
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-ndjson',
        'content-length': String(body.bytes.length),
        'user-agent': 'picket/0.1.0',
        authorization: 'ApiKey a2V5',
        'x-tenant': 'shop',
        connection: undefined,
        host: undefined,
      },
      body: text(body),
    },
  )
})

test('a plain index never asks for a data stream', async (context) => {
  const { server, output } = await setUp(context, { target: { kind: 'index', name: 'my-logs' } })
  assert.deepEqual(await output.send(bodyOf('one'), signal), created(1))
  assert.deepEqual([server.seen[0]?.path, server.seen[0]?.query.get('require_data_stream')], ['/my-logs/_bulk', null])
})

test('a body is a view of larger memory, and only the view is sent', async (context) => {
  const { server, output } = await setUp(context)
  const body = bodyOf('one')
  const memory = new Uint8Array(body.bytes.length + 200).fill(0x21)
  memory.set(body.bytes, 100)
  const view = memory.subarray(100, 100 + body.bytes.length)
  assert.deepEqual(await output.send({ ...body, bytes: view }, signal), created(1))
  assert.equal(server.seen[0]?.body, text(body))
})

const encodings: readonly [ElasticsearchOptions['compression'], 'plain' | 'gzip', string | undefined][] = [
  ['none', 'plain', undefined],
  ['none', 'gzip', undefined],
  ['fast', 'plain', 'gzip'],
  ['fast', 'gzip', 'gzip'],
  [9, 'plain', 'gzip'],
  [1, 'gzip', 'gzip'],
]
for (const [compression, given, expected] of encodings) {
  test(`compression ${compression}, given a ${given} body: sent with content-encoding ${expected}`, async (context) => {
    const { server, output } = await setUp(context, { compression })
    const body = bodyOf('one', 'two', 'three')
    assert.deepEqual(await output.send(given === 'gzip' ? gzipped(body) : body, signal), created(3))
    const { headers, body: arrived } = server.seen[0]!
    assert.deepEqual([headers['content-encoding'], arrived], [expected, text(body)])
  })
}

test('secrets are asked for at each request; one that cannot be read holds', async (context) => {
  const keys = ['first', 'second']
  const { server, output } = await setUp(context, {
    auth: {
      kind: 'bearer',
      token: () => {
        const key = keys.shift()
        if (key === undefined) throw new Error('no such file: /etc/token')
        return key
      },
    },
  })
  const outcomes = [await output.send(bodyOf('a'), signal), await output.send(bodyOf('b'), signal)]
  assert.deepEqual(outcomes, [created(1), created(1)])
  assert.deepEqual(
    server.seen.map((seen) => seen.headers.authorization),
    ['Bearer first', 'Bearer second'],
  )
  assert.deepEqual(
    await output.send(bodyOf('c'), signal),
    again('cannot read a secret of this output: no such file: /etc/token', true),
  )
})

test('basic credentials, configured or in the URL, with the path prefix of the host', async (context) => {
  const { server, output } = await setUp(context, {
    auth: { kind: 'basic', username: 'elastic', password: () => 'päss\n' },
  })
  await output.send(bodyOf('a'), signal)
  const inUrl = createElasticsearchOutput(baseOptions([`http://us%3Aer:p%40ss@127.0.0.1:${server.port}/es/`]), {
    clock: realClock,
    onTemplate: () => {},
  })
  await inUrl.send(bodyOf('b'), signal)
  await inUrl.close()
  assert.deepEqual(
    server.seen.map((seen) => [seen.path, Buffer.from(seen.headers.authorization!.slice(6), 'base64').toString()]),
    [
      [`/${stream}/_bulk`, 'elastic:päss'],
      [`/es/${stream}/_bulk`, 'us:er:p@ss'],
    ],
  )
})

test('a server that does not know our parameters (OpenSearch) gets them once', async (context) => {
  const { server, output } = await setUp(context)
  const healthy = server.bulk
  server.bulk = (seen, response, request) => {
    const unknown = ['include_source_on_error', 'require_data_stream'].filter((name) => seen.query.has(name))
    const reason = `request [/x/_bulk] contains unrecognized parameters: ${unknown.map((name) => `[${name}]`).join(', ')}`
    if (unknown.length === 0) return healthy(seen, response, request)
    json(400, { error: { type: 'illegal_argument_exception', reason } })(seen, response, request)
  }
  assert.deepEqual(await Promise.all([output.send(bodyOf('a'), signal), output.send(bodyOf('b'), signal)]), [
    created(1),
    created(1),
  ])
  const before = server.seen.length
  assert.deepEqual(await output.send(bodyOf('c'), signal), created(1))
  assert.equal(server.seen.length, before + 1)
})

test('a parameter that we cannot leave out holds', async (context) => {
  const { server, output } = await setUp(context)
  server.bulk = json(400, { error: { type: 'x', reason: 'contains unrecognized parameter: [filter_path]' } })
  assert.deepEqual(
    await output.send(bodyOf('a'), signal),
    again('400: the server does not know the parameters filter_path', true),
  )
})

test('a body that the server cannot read is halved; settings that it refuses are held', async (context) => {
  const { server, output } = await setUp(context)
  const malformed = json(400, {
    error: { type: 'illegal_argument_exception', reason: 'Malformed action/metadata line [3]' },
  })
  server.bulk = (seen, response, request) =>
    seen.body.includes('picket-is-this-request-sound')
      ? json(200, { errors: true, items: [{ update: { status: 400 } }] })(seen, response, request)
      : malformed(seen, response, request)
  const reason = '400 illegal_argument_exception: Malformed action/metadata line [3]'
  assert.deepEqual(await output.send(bodyOf('a'), signal), { kind: 'split', reason })
  server.bulk = malformed
  assert.deepEqual(
    await output.send(bodyOf('a'), signal),
    again(`${reason}; the server refuses the request whatever the documents are: look at this output's settings`, true),
  )
})

test('a server that reads the body before the parameters: both are learnt', async (context) => {
  const { server, output } = await setUp(context)
  const refuse = (reason: string) => json(400, { error: { type: 'illegal_argument_exception', reason } })
  server.bulk = (seen, response, request) => {
    const sound = seen.body.includes('picket-is-this-request-sound')
    const strange = seen.query.has('require_data_stream')
    const answer = !sound
      ? refuse('Malformed action/metadata line [1]')
      : strange
        ? refuse(
            'request [/x/_bulk] contains unrecognized parameters: [include_source_on_error], [require_data_stream]',
          )
        : json(200, { errors: true, items: [{ delete: { status: 400 } }] })
    answer(seen, response, request)
  }
  assert.equal((await output.send(bodyOf('a'), signal)).kind, 'split')
  assert.deepEqual(
    server.seen.map((seen) => seen.query.has('include_source_on_error')),
    [true, true, false],
  )
})

test('nobody listens: the reason is the system`s', async (context) => {
  const { server, output } = await setUp(context)
  await server.close()
  assert.deepEqual(await output.send(bodyOf('a'), signal), again(`connect ECONNREFUSED 127.0.0.1:${server.port}`))
})

test('a hung server ends in a time-out, before and after the head of its answer', async (context) => {
  const { server, output } = await setUp(context, { requestTimeoutMs: 150 })
  server.bulk = () => {}
  assert.deepEqual(await output.send(bodyOf('a'), signal), again('no answer within 150 ms'))
  server.bulk = (_, response) => response.writeHead(200, { 'content-length': 500 }).write('{"errors":fal')
  assert.deepEqual(await output.send(bodyOf('a'), signal), again('no answer within 150 ms'))
})

test('aborting ends a request, before and after the head of its answer', async (context) => {
  const { server, output } = await setUp(context)
  const responders: Responder[] = [
    () => {},
    (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('{'),
  ]
  for (const responder of responders) {
    const abort = new AbortController()
    server.bulk = (seen, response, request) => {
      responder(seen, response, request)
      setImmediate(() => abort.abort())
    }
    assert.deepEqual(await output.send(bodyOf('a'), abort.signal), again('stopped'))
    assert.deepEqual(await output.send(bodyOf('a'), abort.signal), again('stopped'))
  }
})

test('an answer that is cut off, a connection that is reset', async (context) => {
  const { server, output } = await setUp(context)
  server.bulk = (_, response) => {
    response.writeHead(200, { 'content-length': 500 })
    response.write('{"errors":false', () => response.destroy())
  }
  assert.deepEqual(await output.send(bodyOf('a'), signal), again('the answer was cut off after 15 bytes'))
  server.bulk = (_, __, request) => void request.socket.resetAndDestroy()
  const outcome = await output.send(bodyOf('a'), signal)
  assert.match(outcome.kind === 'again' ? outcome.reason : '', /ECONNRESET|socket hang up/)
})

test('a compressed answer, which nobody asked for, is understood', async (context) => {
  const { server, output } = await setUp(context)
  server.bulk = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('{"errors":false,"items":[]}'))
  assert.deepEqual(await output.send(bodyOf('a'), signal), created(1))
})

test('an early refusal does not wait for the upload, and nothing of the body follows it', async (context) => {
  const sockets = new Set<net.Socket>()
  const early = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve))
  const { port } = early.address() as net.AddressInfo
  const output = createElasticsearchOutput(baseOptions([`http://127.0.0.1:${port}`]), quiet)
  context.after(async () => {
    await output.close()
    early.close()
  })
  // More than socket buffers hold, so that the upload is in the middle when the answer comes.
  const large = bodyOf(...Array.from({ length: 40 }, () => 'x'.repeat(1_000_000)))
  assert.deepEqual(await output.send(large, signal), {
    kind: 'split',
    reason: '413: larger than the server takes (40 documents)',
  })
  const [socket] = sockets
  let received = 0
  socket!.on('data', (part) => {
    received += part.length
  })
  socket!.resume()
  await once(socket!, 'close')
  assert.deepEqual([sockets.size, received < large.bytes.length], [1, true])
})

test('connections are kept, two requests at a time', async (context) => {
  const { server, output } = await setUp(context)
  const sockets = new Set<unknown>()
  const healthy = server.bulk
  server.bulk = (seen, response, request) => {
    sockets.add(request.socket)
    healthy(seen, response, request)
  }
  for (let turn = 0; turn < 5; turn++) {
    await Promise.all([output.send(bodyOf('a'), signal), output.send(bodyOf('b'), signal)])
  }
  assert.equal(sockets.size, 2)
})

test('hosts take turns; a dead one is left out at once and nobody sees it', async (context) => {
  const alive = await startFakeServer()
  const second = await startFakeServer()
  const dead = await startFakeServer()
  await dead.close()
  const output = createElasticsearchOutput(baseOptions([dead.url, alive.url, second.url]), {
    clock: realClock,
    onTemplate: () => {},
  })
  context.after(async () => {
    await output.close()
    await alive.close()
    await second.close()
  })
  const outcomes: Outcome[] = []
  for (let n = 0; n < 6; n++) outcomes.push(await output.send(bodyOf('a'), signal))
  assert.deepEqual(outcomes, Array(6).fill(created(1)))
  assert.deepEqual([alive.seen.length, second.seen.length], [3, 3])
})

test('a host that hangs is left out after its time-out', async (context) => {
  const hung = await startFakeServer()
  const alive = await startFakeServer()
  hung.bulk = () => {}
  const output = createElasticsearchOutput(
    { ...baseOptions([hung.url, alive.url]), requestTimeoutMs: 150 },
    { clock: realClock, onTemplate: () => {} },
  )
  context.after(async () => {
    await output.close()
    await hung.close()
    await alive.close()
  })
  const outcomes: Outcome[] = []
  for (let n = 0; n < 4; n++) outcomes.push(await output.send(bodyOf('a'), signal))
  assert.deepEqual(outcomes, [again('no answer within 150 ms'), created(1), created(1), created(1)])
})

// Found in the lab: the transport's errors copied the request, byte by byte, as objects of one property per byte.
test('a broken connection costs nothing that grows with the body', async (context) => {
  const { server, output } = await setUp(context)
  server.bulk = (_, __, request) => void request.socket.resetAndDestroy()
  const costOf = async (bytes: number): Promise<number> => {
    const body = bodyOf('x'.repeat(bytes))
    const before = process.memoryUsage().heapUsed
    const outcome = await output.send(body, signal)
    assert.equal(outcome.kind, 'again')
    return process.memoryUsage().heapUsed - before
  }
  await costOf(10)
  const cost = await costOf(1_000_000)
  assert.ok(cost < 10_000_000, `${cost} bytes of heap for a body of a million bytes`)
})

test('close() closes the kept connections', async (context) => {
  const { server, output } = await setUp(context)
  const closed = new Promise<void>((resolve) => {
    server.bulk = (_, response, request) => {
      request.socket.once('close', () => resolve())
      response.end('{"errors":false}')
    }
  })
  await output.send(bodyOf('a'), signal)
  await output.close()
  await closed
})

test('require_data_stream: asked for where set, never where not', async (context) => {
  const asked: (string | null)[] = []
  for (const requireDataStream of [true, false, 'auto'] as const) {
    const { server, output } = await setUp(context, { requireDataStream })
    await output.send(bodyOf('a'), signal)
    asked.push(server.seen[0]!.query.get('require_data_stream'))
  }
  assert.deepEqual(asked, ['true', null, 'true'])
})

test('a missing CA file is a failed request that says so, not a failed start', async (context) => {
  const { output } = await setUp(context, {
    hosts: ['https://127.0.0.1:1'],
    tls: {
      ...noTls,
      ca: () => {
        throw new Error("ENOENT: no such file or directory, open '/etc/ca.pem'")
      },
    },
  })
  assert.deepEqual(
    await output.send(bodyOf('a'), signal),
    again(
      "ENOENT: no such file or directory, open '/etc/ca.pem'; a file that the output names (ca_file, cert_file, key_file) cannot be read",
      true,
    ),
  )
})
