import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Outcome } from '../../../../agent/event.ts'
import type { ElasticsearchOptions } from '../../../../agent/output/elasticsearch/options.ts'
import { createElasticsearchOutput } from '../../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { createCertificates } from '../../../support/certificates.ts'
import { type ConnectProxy, startConnectProxy } from '../../../support/connect-proxy.ts'
import { bulkBody } from '../../../support/fake-chunk.ts'
import { baseOptions, noTls } from './base-options.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'

const certificates = createCertificates()
const { file } = certificates
let secure: FakeServer
let plain: FakeServer
let proxy: ConnectProxy

before(async () => {
  certificates.authority('ca')
  certificates.certificate('server', 'IP:127.0.0.1')
  secure = await startFakeServer({ key: file('server.key'), cert: file('server.crt') + file('ca.crt') })
  plain = await startFakeServer()
  proxy = await startConnectProxy()
})
after(async () => {
  await Promise.all([secure.close(), plain.close(), proxy.close()])
  certificates.remove()
})

const trusting = { ...noTls, ca: () => file('ca.crt') }

const open = (url: string, part: Partial<ElasticsearchOptions> = {}) =>
  createElasticsearchOutput(
    {
      ...baseOptions([url]),
      tls: trusting,
      proxy: { url: proxy.url, username: undefined, password: undefined, noProxy: [] },
      ...part,
    },
    { clock: realClock, onTemplate: () => {} },
  )
const told = (outcome: Outcome): string =>
  outcome.kind === 'again' ? `${outcome.hold ? 'hold' : 'again'}: ${outcome.reason}` : outcome.kind

const send = async (output: ReturnType<typeof open>, times = 1): Promise<string[]> => {
  proxy.seen.length = 0
  proxy.credentials.length = 0
  const outcomes: string[] = []
  for (let i = 0; i < times; i++) outcomes.push(told(await output.send(bulkBody(['a']), new AbortController().signal)))
  return outcomes
}

test('https through CONNECT: the proxy sees the host and nothing else, and the tunnel is kept', async () => {
  const output = open(secure.url)
  assert.deepEqual(await send(output, 3), ['items', 'items', 'items'])
  assert.deepEqual(proxy.seen, [`CONNECT 127.0.0.1:${secure.port}`])
  await output.close()
})

test('http through the whole address, with the path prefix and the host of the target', async () => {
  const output = open(`${plain.url}/prefix`)
  assert.deepEqual(await send(output, 2), ['items', 'items'])
  assert.match(proxy.seen[0]!, new RegExp(`^POST ${plain.url}/prefix/x/_bulk\\?filter_path=`))
  const { path, headers } = plain.seen.at(-1)!
  assert.deepEqual([path, headers.host], ['/prefix/x/_bulk', `127.0.0.1:${plain.port}`])
  await output.close()
})

test('the certificate behind the proxy is looked at, and the fingerprint of its authority too', async () => {
  const astray = open(secure.url, { tls: noTls })
  assert.match((await send(astray))[0]!, /^hold: .*set ca_file$/)
  await astray.close()
  const pinned = open(secure.url, { tls: { ...noTls, caFingerprint: 'ab'.repeat(32) } })
  assert.match((await send(pinned))[0]!, /^hold: .*fingerprint does not match/)
  await pinned.close()
})

for (const kind of ['https', 'http'] as const) {
  test(`credentials for the proxy go to the proxy alone, and a rotated password is used at the next ${kind} connection or request`, async () => {
    const server = kind === 'https' ? secure : plain
    let password = 'old'
    proxy.refuse = (authorization) =>
      authorization === `Basic ${Buffer.from('picket:new').toString('base64')}` ? undefined : 407
    const credentials = { url: proxy.url, username: 'picket', password: () => password, noProxy: [] }
    const output = open(server.url, { proxy: credentials })
    assert.match((await send(output))[0]!, /^hold: .*407.*set proxy_username and proxy_password to valid ones$/)
    assert.doesNotMatch(JSON.stringify(proxy.seen), /old/)
    password = 'new\n'
    assert.deepEqual(await send(output), ['items'])
    assert.equal(server.seen.at(-1)!.headers['proxy-authorization'], undefined)
    proxy.refuse = undefined
    await output.close()
  })
}

test('no_proxy: straight to the host', async () => {
  const output = open(secure.url, {
    proxy: { url: proxy.url, username: undefined, password: undefined, noProxy: ['127.0.0.0/8'] },
  })
  assert.deepEqual([await send(output), proxy.seen], [['items'], []])
  await output.close()
})

test('a proxy that refuses, hangs, or is not there: words that name it', async () => {
  const output = open(secure.url, { requestTimeoutMs: 300 })
  proxy.refuse = () => 403
  assert.match(
    (await send(output))[0]!,
    /^hold: the proxy 127\.0\.0\.1:\d+: answered 403 Refused to CONNECT 127\.0\.0\.1:\d+; let the proxy connect/,
  )
  proxy.refuse = () => 503
  assert.match((await send(output))[0]!, /^again: the proxy .* answered 503/)
  proxy.refuse = () => 'hang'
  assert.match((await send(output))[0]!, /^again: (no answer within 300 ms|the proxy .* no answer within 300 ms)$/)
  proxy.refuse = undefined
  assert.deepEqual(await send(output), ['items'])
  await output.close()
  const gone = await startConnectProxy()
  await gone.close()
  const lost = open(secure.url, { proxy: { url: gone.url, username: undefined, password: undefined, noProxy: [] } })
  assert.match((await send(lost))[0]!, /^again: the proxy 127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  await lost.close()
})
