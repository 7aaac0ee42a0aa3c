import assert from 'node:assert/strict'
import test from 'node:test'
import { createHealth } from '../../../agent/server/health.ts'
import { answer, type RequestHead } from '../../../agent/server/routes.ts'
import type { Reply } from '../../../lib/http/reply.ts'
import { createModelClock } from '../../support/model-clock.ts'

const setUp = (token?: string) => {
  const clock = createModelClock()
  const health = createHealth(['source', 'search'], 60_000, clock)
  const deps = {
    health,
    expose: async (accept: string | undefined) => ({ contentType: `for ${accept}`, body: 'metrics\n' }),
    held: () => [{ output: 'search', reason: 'HTTP 503', forMs: 5 }],
    title: 'picket 1.2.3',
    token,
  }
  const ask = (path: string, head: Partial<RequestHead> = {}): Promise<Reply> =>
    answer({ method: 'GET', path, accept: undefined, authorization: undefined, ...head }, deps)
  return { clock, health, ask }
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

test('/metrics hands the Accept header on', async () =>
  assert.deepEqual(await setUp().ask('/metrics', { accept: 'a/b' }), {
    status: 200,
    headers: { 'content-type': 'for a/b' },
    body: 'metrics\n',
  }))

for (const authorization of [undefined, 'Bearer', 'Bearer secre', 'Bearer secret2', 'Basic secret', 'secret'])
  test(`/metrics with a token refuses ${authorization ?? 'no header'}`, async () =>
    assert.deepEqual(await setUp('secret').ask('/metrics', { authorization }), {
      status: 401,
      headers: { ...TEXT, 'www-authenticate': 'Bearer realm="picket"' },
      body: 'a bearer token is needed\n',
    }))

for (const authorization of ['Bearer secret', 'bearer  secret '])
  test(`/metrics with a token accepts ${JSON.stringify(authorization)}`, async () =>
    assert.equal((await setUp('secret').ask('/metrics', { authorization })).status, 200))

test('probes need no token', async () => assert.equal((await setUp('secret').ask('/healthz')).status, 200))

test('/readyz says what is missing, and an outage of the store changes nothing', async () => {
  const { ask, health } = setUp()
  health.ready('search')
  health.waiting('source', 'waits for the state folder, which another agent holds')
  const held_outputs = [{ output: 'search', reason: 'HTTP 503', forMs: 5 }]
  assert.deepEqual(await ask('/readyz'), {
    status: 503,
    headers: JSON_TYPE,
    body: `${JSON.stringify({
      ready: false,
      waiting: { source: 'waits for the state folder, which another agent holds' },
      held_outputs,
    })}\n`,
  })
  health.ready('source')
  assert.deepEqual(await ask('/readyz'), {
    status: 200,
    headers: JSON_TYPE,
    body: `${JSON.stringify({ ready: true, waiting: {}, held_outputs })}\n`,
  })
})

test('/healthz fails when a stage is wedged, and names it', async () => {
  const { ask, health, clock } = setUp()
  health.watch({ name: 'feed', pending: () => true, lastProgressMs: () => 0 })
  assert.equal((await ask('/healthz')).body, '{"healthy":true,"wedged":[]}\n')
  const stop = new AbortController()
  const running = health.run(stop.signal)
  await clock.advance(61_000)
  assert.deepEqual(await ask('/healthz'), {
    status: 503,
    headers: JSON_TYPE,
    body: '{"healthy":false,"wedged":[{"name":"feed","stalledMs":61000}]}\n',
  })
  stop.abort()
  await running
})

test('unknown paths and methods', async () => {
  const { ask } = setUp()
  assert.deepEqual(await ask('/metrics/'), { status: 404, headers: TEXT, body: 'not found; / lists what is here\n' })
  assert.deepEqual(await ask('/metrics', { method: 'POST' }), {
    status: 405,
    headers: { ...TEXT, allow: 'GET, HEAD' },
    body: 'only GET and HEAD\n',
  })
  assert.match((await ask('/')).body, /^picket 1\.2\.3\n\n\/metrics /)
})

for (const path of ['/api/search', '/api/record', '/api/tail', '/api/vitals', '/api/status', '/index.html', '/main.js'])
  test(`what the pod’s address serves has nothing of the node page: ${path} is unknown, with a token too`, async () => {
    const { ask } = setUp('secret')
    assert.equal((await ask(path, { authorization: 'Bearer secret' })).status, 404)
  })
