import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createKubeClient, type KubeClient } from '../../../lib/kube/kube-client.ts'
import { KubeError } from '../../../lib/kube/kube-error.ts'
import { readJson } from '../../../lib/kube/read-body.ts'
import { startFakeApiServer } from './fake-api-server.ts'

const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'picket-kube-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

const NONE = { tokenFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined }

const get = (client: KubeClient, signal = new AbortController().signal) =>
  client.get({
    path: '/api/v1/pods',
    query: { fieldSelector: 'spec.nodeName=a b' },
    accept: 'application/json',
    signal,
  })

test('the token is read again for every request, so a renewed one counts at once', async (t) => {
  const server = await startFakeApiServer()
  t.after(server.close)
  const tokenFile = join(folder(t), 'token')
  const client = createKubeClient({ ...NONE, server: `${server.url}/base/`, tokenFile })
  const seen: unknown[] = []
  for (const token of ['first', 'second\n']) {
    writeFileSync(tokenFile, token)
    const answer = get(client)
    const request = await server.next()
    seen.push([request.path, request.query, request.headers.authorization])
    request.json({ ok: true })
    assert.deepEqual(await readJson(await answer, 1000), { ok: true })
  }
  assert.deepEqual(seen, [
    ['/base/api/v1/pods', { fieldSelector: 'spec.nodeName=a b' }, 'Bearer first'],
    ['/base/api/v1/pods', { fieldSelector: 'spec.nodeName=a b' }, 'Bearer second'],
  ])
})

const refusals: [status: number, body: unknown, headers: Record<string, string>, error: Partial<KubeError>][] = [
  [
    403,
    { message: 'pods is forbidden', reason: 'Forbidden', code: 403 },
    {},
    { message: 'pods is forbidden', status: 403, reason: 'Forbidden', expired: false },
  ],
  [410, { message: 'too old', reason: 'Expired' }, {}, { status: 410, expired: true }],
  [429, { message: 'slow down', details: { retryAfterSeconds: 2 } }, {}, { status: 429, retryAfterMs: 2000 }],
  [503, 'upstream is down', { 'retry-after': '7' }, { message: 'the API server answered 503', retryAfterMs: 7000 }],
  [
    504,
    { code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    {},
    { status: 504, expired: true },
  ],
]

test('a refusal says what the server said', async (t) => {
  const server = await startFakeApiServer()
  t.after(server.close)
  for (const [status, body, headers, expected] of refusals) {
    const answer = get(createKubeClient({ ...NONE, server: server.url }))
    ;(await server.next()).json(body, status, headers)
    const error = await answer.catch((one: unknown) => one)
    assert.ok(error instanceof KubeError)
    for (const [key, value] of Object.entries(expected))
      assert.equal(error[key as keyof KubeError], value, `${status} ${key}`)
  }
})

test('a server that is not there, and a token file that is not there, are errors with a reason', async (t) => {
  const server = await startFakeApiServer()
  await server.close()
  await assert.rejects(get(createKubeClient({ ...NONE, server: server.url })), /ECONNREFUSED/)
  const tokenFile = join(folder(t), 'token')
  await assert.rejects(get(createKubeClient({ ...NONE, server: 'https://127.0.0.1:1', tokenFile })), /ENOENT.*token/)
})

test('a proxy on loopback is asked without a token where there is none', async (t) => {
  const server = await startFakeApiServer()
  t.after(server.close)
  const answer = get(createKubeClient({ ...NONE, server: server.url, tokenFile: join(folder(t), 'token') }))
  const request = await server.next()
  request.json({})
  await answer
  assert.equal(request.headers.authorization, undefined)
})

test('an aborted request ends, before the answer and in the middle of it', async (t) => {
  const server = await startFakeApiServer()
  t.after(server.close)
  const client = createKubeClient({ ...NONE, server: server.url })
  const early = new AbortController()
  const unanswered = get(client, early.signal)
  const first = await server.next()
  early.abort()
  await assert.rejects(unanswered, KubeError)
  await first.closed
  const late = new AbortController()
  const begun = get(client, late.signal)
  const second = await server.next()
  second.write('{')
  const body = await begun
  late.abort()
  await assert.rejects(readJson(body, 1000))
  await second.closed
})
