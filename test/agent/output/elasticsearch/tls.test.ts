import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import test, { after, before } from 'node:test'
import type { Outcome } from '../../../../agent/event.ts'
import type { TlsOptions } from '../../../../agent/output/elasticsearch/options.ts'
import { createElasticsearchOutput } from '../../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { createCertificates } from '../../../support/certificates.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'

const certificates = createCertificates()
const { authority, certificate, file, openssl } = certificates

let server: FakeServer
let strict: FakeServer
before(async () => {
  authority('ca')
  authority('stranger')
  certificate('server', 'IP:127.0.0.1')
  certificate('client', 'DNS:agent')
  // The authority goes with it, as Elasticsearch sends it: a fingerprint can only be held against what is sent.
  const pair = { key: file('server.key'), cert: file('server.crt') + file('ca.crt') }
  server = await startFakeServer(pair)
  strict = await startFakeServer({ ...pair, ca: file('ca.crt'), requestCert: true, rejectUnauthorized: true })
})
after(async () => {
  await server.close()
  await strict.close()
  certificates.remove()
})

const none: TlsOptions = {
  ca: undefined,
  caFingerprint: undefined,
  certificate: undefined,
  key: undefined,
  keyPassphrase: undefined,
  verify: true,
}

const outputFor = (url: string, tls: Partial<TlsOptions>) =>
  createElasticsearchOutput(
    {
      name: 'search',
      hosts: [url],
      target: { kind: 'index', name: 'x' },
      auth: { kind: 'none' },
      tls: { ...none, ...tls },
      headers: {},
      compression: 'none',
      pipeline: undefined,
      requestTimeoutMs: 5_000,
      requestsInFlight: 1,
      manageTemplate: 'never',
      requireDataStream: 'auto',
      version: '0.1.0',
    },
    { clock: realClock, onTemplate: () => {} },
  )

const body = {
  bytes: Buffer.from('{"create":{}}\n{"a":1}\n'),
  encoding: 'identity',
  plainBytes: 22,
  documents: 1,
} as const
const told = (outcome: Outcome): string =>
  outcome.kind === 'again' ? `${outcome.hold ? 'hold' : 'again'}: ${outcome.reason}` : outcome.kind
const sendOnce = async (url: string, tls: Partial<TlsOptions>): Promise<string> => {
  const output = outputFor(url, tls)
  try {
    return told(await output.send(body, new AbortController().signal))
  } finally {
    await output.close()
  }
}

test('an authority of our own is trusted', async () =>
  assert.equal(await sendOnce(server.url, { ca: () => file('ca.crt') }), 'items'))

test('without it, the words name ca_file', async () =>
  assert.match(await sendOnce(server.url, {}), /^hold: .*(self-signed|unable).*; .*set ca_file$/))

test('without it, and verification off', async () =>
  assert.equal(await sendOnce(server.url, { verify: false }), 'items'))

test('the fingerprint of the authority, right and wrong', async () => {
  const { fingerprint256 } = new X509Certificate(file('ca.crt'))
  assert.equal(await sendOnce(server.url, { caFingerprint: fingerprint256 }), 'items')
  const { fingerprint256: other } = new X509Certificate(file('stranger.crt'))
  const before = server.seen.length
  assert.match(await sendOnce(server.url, { caFingerprint: other }), /another than ca_fingerprint says$/)
  assert.equal(server.seen.length, before)
})

test('the fingerprint is looked at on every connection, also where a session could be resumed', async (context) => {
  const answer = server.bulk
  context.after(() => {
    server.bulk = answer
  })
  const sockets = new Set<unknown>()
  server.bulk = (seen, response, request) => {
    sockets.add(request.socket)
    response.shouldKeepAlive = false
    answer(seen, response, request)
  }
  const { fingerprint256: caFingerprint } = new X509Certificate(file('ca.crt'))
  const output = outputFor(server.url, { caFingerprint })
  const outcomes: string[] = []
  for (let n = 0; n < 3; n++) outcomes.push(told(await output.send(body, new AbortController().signal)))
  await output.close()
  assert.deepEqual([outcomes, sockets.size], [['items', 'items', 'items'], 3])
})

test('a server that keeps the certificate of its authority to itself cannot be pinned', async (context) => {
  const short = await startFakeServer({ key: file('server.key'), cert: file('server.crt') })
  context.after(() => short.close())
  const { fingerprint256: caFingerprint } = new X509Certificate(file('ca.crt'))
  assert.match(await sendOnce(short.url, { caFingerprint }), /^hold: .*another than ca_fingerprint says$/)
  const { fingerprint256: leaf } = new X509Certificate(file('server.crt'))
  assert.match(await sendOnce(short.url, { caFingerprint: leaf }), /^hold: .*another than ca_fingerprint says$/)
  assert.deepEqual(short.seen, [])
})

test('a client key with a passphrase', async () => {
  openssl('ec', '-in', 'client.key', '-aes256', '-passout', 'pass:secret', '-out', 'locked.key')
  const pair = { ca: () => file('ca.crt'), certificate: () => file('client.crt'), key: () => file('locked.key') }
  assert.equal(await sendOnce(strict.url, { ...pair, keyPassphrase: () => 'secret\n' }), 'items')
  assert.match(await sendOnce(strict.url, { ...pair, keyPassphrase: () => 'wrong' }), /^(hold|again): /)
})

test('connections of TLS are kept', async (context) => {
  const answer = server.bulk
  context.after(() => {
    server.bulk = answer
  })
  const sockets = new Set<unknown>()
  server.bulk = (seen, response, request) => {
    sockets.add(request.socket)
    answer(seen, response, request)
  }
  const output = outputFor(server.url, { ca: () => file('ca.crt') })
  const signal = new AbortController().signal
  for (let n = 0; n < 3; n++) assert.equal(told(await output.send(body, signal)), 'items')
  await output.close()
  assert.equal(sockets.size, 1)
})

test('a certificate for other names', async () => {
  const url = server.url.replace('127.0.0.1', 'localhost')
  assert.match(
    await sendOnce(url, { ca: () => file('ca.crt') }),
    /^hold: .*does not match certificate.*use one of them/,
  )
})

test('a client certificate, given and missing', async () => {
  const ca = () => file('ca.crt')
  const pair = { ca, certificate: () => file('client.crt'), key: () => file('client.key') }
  assert.equal(await sendOnce(strict.url, pair), 'items')
  assert.match(
    await sendOnce(strict.url, { ca }),
    /^hold: TLS: .*certificate required; the server asks for a client certificate: set cert_file and key_file$/,
  )
})

test('https to a server that speaks http', async () => {
  const plain = await startFakeServer()
  try {
    assert.match(
      await sendOnce(plain.url.replace('http:', 'https:'), { ca: () => file('ca.crt') }),
      /^hold: TLS: wrong version number; the server speaks plain HTTP there: use http:\/\/ in `hosts`$/,
    )
  } finally {
    await plain.close()
  }
})

test('an authority that was changed on disk is taken with the next request', async () => {
  let ca = file('stranger.crt')
  const output = outputFor(server.url, { ca: () => ca })
  const signal = new AbortController().signal
  assert.match(told(await output.send(body, signal)), /^hold: /)
  ca = file('ca.crt')
  assert.equal(told(await output.send(body, signal)), 'items')
  await output.close()
})
