import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { type ApiRequest, createApiClient } from '../../../lib/kube/api-client.ts'
import { KubeError } from '../../../lib/kube/kube-error.ts'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { startFakeApiServer } from './fake-api-server.ts'
import { createModelClock } from './model-clock.ts'

const start = async (t: TestContext) => {
  const server = await startFakeApiServer()
  const clock = createModelClock()
  const answered: string[] = []
  let forgotten = 0
  const client = createApiClient(
    {
      server: `${server.url}/base/`,
      context: 'test',
      namespace: 'default',
      options: async () => ({ headers: { Authorization: 'Bearer secret' } }),
      forget: () => {
        forgotten += 1
      },
    },
    {
      clock,
      limit: createTokenBucket({ perSecond: 1, burst: 100 }, clock),
      userAgent: 'picket-controller/1',
      answered: (method, status) => answered.push(`${method} ${status}`),
    },
  )
  t.after(async () => {
    client.close()
    await server.close()
  })
  const stop = new AbortController()
  const send = (request: ApiRequest) => client.send(request, stop.signal)
  return { server, clock, client, answered, send, stop, forgotten: () => forgotten }
}

test('a request goes out as it was written and its answer comes back as JSON', async (t) => {
  const { server, send, answered } = await start(t)
  const answer = send({
    method: 'PATCH',
    path: '/api/v1/namespaces/x/pods/p',
    query: { fieldManager: 'picket' },
    body: { metadata: { labels: { ä: '<' } } },
    contentType: 'application/merge-patch+json',
  })
  const request = await server.next()
  const { method, path, query, headers } = request
  assert.deepEqual(
    [method, path, query, headers.authorization, headers['content-type'], headers['user-agent'], await request.body()],
    [
      'PATCH',
      '/base/api/v1/namespaces/x/pods/p',
      { fieldManager: 'picket' },
      'Bearer secret',
      'application/merge-patch+json',
      'picket-controller/1',
      '{"metadata":{"labels":{"ä":"<"}}}',
    ],
  )
  request.json({ kind: 'Pod', more: [1] }, 201)
  assert.deepEqual([await answer, answered], [{ kind: 'Pod', more: [1] }, ['PATCH 201']])
})

test('a body that is text already is sent as the very same bytes', async (t) => {
  const { server, send } = await start(t)
  const answer = send({ method: 'POST', path: '/x', body: '{"a":"\\u003c" }' })
  const request = await server.next()
  assert.equal(await request.body(), '{"a":"\\u003c" }')
  request.json({})
  await answer
})

test('short requests share a connection', async (t) => {
  const { server, send } = await start(t)
  const ports = new Set<unknown>()
  for (let i = 0; i < 3; i++) {
    const answer = send({ method: 'GET', path: '/x' })
    const request = await server.next()
    ports.add(request.port)
    request.json({})
    await answer
  }
  assert.equal(ports.size, 1)
})

test('a refusal says what the server said, with its causes', async (t) => {
  const { server, send, answered } = await start(t)
  const answer = send({ method: 'POST', path: '/x', body: {} })
  ;(await server.next()).json(
    { message: 'no', reason: 'Forbidden', code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }, null] } },
    403,
  )
  const error = await answer.catch((one: unknown) => one)
  assert.ok(error instanceof KubeError)
  assert.deepEqual(
    [error.message, error.status, error.reason, error.causes, answered],
    ['no', 403, 'Forbidden', ['NamespaceTerminating'], ['POST 403']],
  )
})

test('a server that has too much to do is asked again when it says so', async (t) => {
  const { server, send, clock } = await start(t)
  const answer = send({ method: 'POST', path: '/x', body: { a: 1 } })
  ;(await server.next()).json({ message: 'slow down' }, 429, { 'retry-after': '3' })
  await clock.sleeper(3000)
  await clock.advance(3000)
  const again = await server.next()
  assert.equal(await again.body(), '{"a":1}')
  again.json({ ok: true })
  assert.deepEqual(await answer, { ok: true })
})

test('a server that does not answer is not waited for without end', async (t) => {
  const { server, send, clock, answered } = await start(t)
  const answer = send({ method: 'POST', path: '/x', body: {} }).catch((error: Error) => error.message)
  const request = await server.next()
  await clock.sleeper(30_000)
  await clock.advance(30_000)
  assert.match(String(await answer), /not answered within 30000 ms/)
  await request.closed
  assert.deepEqual(answered, ['POST undefined'])
})

test('whoever is not known any more has credentials read anew', async (t) => {
  const { server, send, forgotten } = await start(t)
  const answer = send({ method: 'GET', path: '/x' })
  ;(await server.next()).json({ message: 'Unauthorized' }, 401)
  await assert.rejects(answer, /Unauthorized/)
  assert.equal(forgotten(), 1)
})

test('requests beyond the limit wait their turn; lists and watches do not', async (t) => {
  const { server, clock, client, stop } = await start(t)
  for (let i = 0; i < 100; i++) {
    const answer = client.send({ method: 'GET', path: '/x' }, stop.signal)
    ;(await server.next()).json({})
    await answer
  }
  const late = client.send({ method: 'GET', path: '/late' }, stop.signal)
  await clock.sleeper(1000)
  const list = client.get({ path: '/list', query: {}, accept: 'application/json', signal: stop.signal })
  const listing = await server.next()
  assert.equal(listing.path, '/base/list')
  listing.json({})
  await list
  await clock.advance(1000)
  ;(await server.next()).json({})
  await late
})

test('a refusal in very many words, or whose words are cut off, is a refusal with its status', async (t) => {
  const { server, send, answered } = await start(t)
  const isInvalid = (error: unknown): boolean => error instanceof KubeError && error.status === 422 && !error.expired
  const wordy = assert.rejects(send({ method: 'POST', path: '/api/v1/namespaces/x/pods', body: {} }), isInvalid)
  ;(await server.next()).json({ kind: 'Status', code: 422, message: 'x'.repeat(100_000) }, 422)
  await wordy
  const cut = assert.rejects(send({ method: 'POST', path: '/api/v1/namespaces/x/pods', body: {} }), isInvalid)
  const request = await server.next()
  await request.head(422)
  request.drop()
  await cut
  assert.deepEqual(answered, ['POST 422', 'POST 422'])
})
