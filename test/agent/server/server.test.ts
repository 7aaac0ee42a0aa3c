import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createServer, type ServerOptions } from '../../../agent/server/server.ts'

const LONG = 'picket_something_total 1\n'.repeat(200)

const start = async (t: TestContext, options: Partial<ServerOptions> = {}) => {
  const failures: Error[] = []
  const server = createServer(
    { listen: '127.0.0.1:0', tls: undefined, token: undefined, ...options },
    {
      health: { wedged: () => [], unready: () => ({}) },
      expose: async (accept) => {
        if (accept === 'fail/fail') throw new Error('boom')
        return { contentType: 'text/plain', body: accept === 'short/short' ? 'a 1\n' : LONG }
      },
      held: () => [],
      title: 'picket',
      failed: (error) => void failures.push(error),
    },
  )
  await server.start()
  t.after(() => server.close())
  return { server, failures, port: Number(server.address?.split(':').at(-1)) }
}

const ask = async (options: RequestOptions & { ca?: Buffer }): Promise<{ response: IncomingMessage; body: Buffer }> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (options.ca ? https : http).request({ host: '127.0.0.1', agent: false, ...options }, resolve)
  request.on('error', reject).end()
  const response = await promise
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return { response, body: Buffer.concat(parts) }
}

test('a scrape, with and without gzip', async (t) => {
  const { port } = await start(t)
  const plain = await ask({ port, path: '/metrics?x=1' })
  assert.deepEqual(
    [plain.response.statusCode, plain.response.headers['content-encoding'], plain.body.toString()],
    [200, undefined, LONG],
  )
  const zipped = await ask({ port, path: '/metrics', headers: { 'accept-encoding': 'br, gzip;q=0.5' } })
  assert.deepEqual([zipped.response.headers['content-encoding'], gunzipSync(zipped.body).toString()], ['gzip', LONG])
  const refused = await ask({ port, path: '/metrics', headers: { 'accept-encoding': 'gzip;q=0, *' } })
  assert.deepEqual([refused.response.headers['content-encoding'], refused.body.toString()], [undefined, LONG])
  const short = await ask({ port, path: '/metrics', headers: { 'accept-encoding': 'gzip', accept: 'short/short' } })
  assert.deepEqual([short.response.headers['content-encoding'], short.body.toString()], [undefined, 'a 1\n'])
})

test('HEAD has the length and no body', async (t) => {
  const { port } = await start(t)
  const { response, body } = await ask({ port, path: '/metrics', method: 'HEAD' })
  assert.deepEqual([response.headers['content-length'], body.length], [String(LONG.length), 0])
})

test('a scrape that fails answers 500 and reports why', async (t) => {
  const { port, failures } = await start(t)
  const { response, body } = await ask({ port, path: '/metrics', headers: { accept: 'fail/fail' } })
  assert.deepEqual(
    [response.statusCode, body.toString(), failures.map((e) => e.message)],
    [500, 'the request failed; the agent’s log says why\n', ['boom']],
  )
})

test('a header that is too large is refused', async (t) => {
  const { port } = await start(t)
  const { response } = await ask({ port, path: '/', headers: { 'x-large': 'x'.repeat(20_000) } })
  assert.equal(response.statusCode, 431)
})

test('a POST is refused and its connection closed', async (t) => {
  const { port } = await start(t)
  const { response } = await ask({ port, path: '/metrics', method: 'POST' })
  assert.deepEqual(
    [response.statusCode, response.headers.allow, response.headers.connection],
    [405, 'GET, HEAD', 'close'],
  )
})

test('a port in use says what to do', async (t) => {
  const { port } = await start(t)
  await assert.rejects(start(t, { listen: `127.0.0.1:${port}` }), {
    message: `cannot listen on server.listen 127.0.0.1:${port}: another process has that port. Stop it, or name another address in the configuration`,
  })
})

test('off listens nowhere', async (t) => {
  const { server } = await start(t, { listen: 'off' })
  assert.equal(server.address, undefined)
})

test('IPv6', async (t) => {
  if (!Object.values(os.networkInterfaces()).some((i) => i?.some((a) => a.address === '::1')))
    return t.skip('no ::1 here')
  const { server, port } = await start(t, { listen: '[::1]:0' })
  assert.equal(server.address, `[::1]:${port}`)
  assert.equal((await ask({ host: '::1', port, path: '/healthz' })).response.statusCode, 200)
})

test('closing does not wait for idle keep-alive connections', async (t) => {
  const { server, port } = await start(t)
  const socket = net.connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  await server.close()
  await closed
  assert.equal(server.address, undefined)
})

test('TLS', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-tls-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const [certFile, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
    execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, ...subject], { stdio: 'ignore' })
  } catch {
    return t.skip('no openssl here')
  }
  const { port } = await start(t, { tls: { certFile, keyFile } })
  const { response } = await ask({ port, path: '/healthz', ca: fs.readFileSync(certFile) })
  assert.equal(response.statusCode, 200)
})
