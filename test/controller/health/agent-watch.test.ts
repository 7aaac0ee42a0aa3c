import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { scrapeTarget } from '../../../controller/health/agent-address.ts'
import { createAgentWatch } from '../../../controller/health/agent-watch.ts'
import { createScrape, type ScrapeOptions } from '../../../controller/health/scrape.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { createCertificates } from '../../support/certificates.ts'
import { daemonSetOf, podOf } from '../../support/rollout-cluster.ts'

const OPTIONS: ScrapeOptions = {
  token: () => undefined,
  ca: undefined,
  verify: true,
  timeoutMs: 3000,
  maxBytes: 4 << 20,
}
const FIRST = readFileSync(new URL('../../fixtures/agent-exposition/first.txt', import.meta.url), 'utf8')
const NEVER = new AbortController().signal

const serve = async (t: TestContext, answer: http.RequestListener): Promise<string> => {
  const server = http.createServer(answer).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

const movingClock = (): typeof realClock & { nowMs: number } => {
  const clock = { ...realClock, nowMs: 1000, now: () => clock.nowMs }
  return clock
}

test('two looks at a real server tell what its agent does', async (t) => {
  const second = readFileSync(new URL('../../fixtures/agent-exposition/second.txt', import.meta.url), 'utf8')
  const texts = [FIRST, second]
  const url = await serve(t, (_, response) => response.end(texts.shift()))
  const clock = movingClock()
  const watch = createAgentWatch(createScrape(clock, OPTIONS), clock)
  await watch.look([{ uid: 'p', url }], NEVER)
  assert.equal(watch.health().get('p')?.verdict, 'unknown')
  clock.nowMs += 15_000
  await watch.look([{ uid: 'p', url }], NEVER)
  assert.equal(watch.health().get('p')?.verdict, 'ships_nothing')
})

const REFUSALS: readonly (readonly [string, http.RequestListener, Partial<ScrapeOptions>, RegExp])[] = [
  ['an error', (_, response) => response.writeHead(403).end(), {}, /answered 403$/],
  [
    'an upgrade that nobody asked for',
    (request) => request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    {},
    /closed the connection without an answer$/,
  ],
  ['silence', () => {}, { timeoutMs: 50 }, /^not answered within 50 ms$/],
  [
    'half an answer',
    (_, response) => response.write('picket_lag_bytes{'),
    { timeoutMs: 50 },
    /^not answered within 50 ms$/,
  ],
  ['too much', (_, response) => response.end('x'.repeat(5000)), { maxBytes: 1000 }, /more than 1000 bytes/],
  ['a cut', (_, response) => response.socket?.destroy(), {}, /socket hang up/],
]

test('an agent that cannot be read is unreachable, with the reason, and the others are read all the same', async (t) => {
  const good = await serve(t, (_, response) => response.end(FIRST))
  for (const [name, answer, options, reason] of REFUSALS) {
    const bad = await serve(t, answer)
    const watch = createAgentWatch(createScrape(realClock, { ...OPTIONS, ...options }), realClock)
    const targets = [
      { uid: 'bad', url: bad },
      { uid: 'good', url: good },
    ]
    // The good one's answer is larger than one of the limits.
    for (let i = 0; i < 2; i++) await watch.look(options.maxBytes ? targets.slice(0, 1) : targets, NEVER)
    assert.equal(watch.health().get('bad')?.verdict, 'unreachable', name)
    assert.match(watch.health().get('bad')?.detail ?? '', reason, name)
    if (!options.maxBytes) assert.equal(watch.health().get('good')?.verdict, 'unknown', name)
  }
})

test('never are more than sixteen asked at once', async (t) => {
  let now = 0
  let most = 0
  const url = await serve(t, (_, response) => {
    now += 1
    most = Math.max(most, now)
    setImmediate(() => {
      now -= 1
      response.end(FIRST)
    })
  })
  const watch = createAgentWatch(createScrape(realClock, OPTIONS), realClock)
  const targets = Array.from({ length: 60 }, (_, i) => ({ uid: `p${i}`, url }))
  await watch.look(targets, NEVER)
  assert.equal(watch.health().size, 60)
  assert.ok(most <= 16, `${most} at once`)
})

test('the token is sent, and read anew for each request', async (t) => {
  const given: unknown[] = []
  const url = await serve(t, (request, response) => {
    given.push(request.headers.authorization)
    response.end(FIRST)
  })
  let tokens = 0
  const scrape = createScrape(realClock, { ...OPTIONS, token: () => `t${++tokens}` })
  await scrape(url, NEVER)
  await scrape(url, NEVER)
  assert.deepEqual(given, ['Bearer t1', 'Bearer t2'])
})

test('with https an agent is trusted by its authority, or not at all unless that is asked for', async (t) => {
  const certificates = createCertificates()
  t.after(certificates.remove)
  certificates.authority('ca')
  certificates.certificate('agent', 'IP:127.0.0.1')
  const tls = { key: certificates.file('agent.key'), cert: certificates.file('agent.crt') }
  const server = https.createServer(tls, (_, response) => response.end(FIRST)).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  const scrape = (options: Partial<ScrapeOptions>): Promise<string> =>
    createScrape(realClock, { ...OPTIONS, ...options })(url, NEVER)
  await assert.rejects(scrape({}), /certificate/)
  assert.equal(await scrape({ ca: Buffer.from(certificates.file('ca.crt')) }), FIRST)
  assert.equal(await scrape({ verify: false }), FIRST)
})

test('pods that are gone are forgotten', async () => {
  const clock = movingClock()
  const watch = createAgentWatch(() => Promise.resolve(FIRST), clock)
  await watch.look([{ uid: 'old', url: 'http://x/' }], NEVER)
  clock.nowMs += 31 * 60_000
  await watch.look([{ uid: 'new', url: 'http://x/' }], NEVER)
  assert.deepEqual([...watch.health().keys()], ['new'])
})

test('a stopped controller asks nobody, and blames nobody', async () => {
  const stopped = AbortSignal.abort()
  const watch = createAgentWatch(() => Promise.reject(new Error('x')), realClock)
  await watch.look([{ uid: 'p', url: 'http://x/' }], stopped)
  assert.equal(watch.health().size, 0)
})

const ADDRESSES: readonly (readonly [Readonly<Record<string, string>>, string, string | undefined])[] = [
  [{ scrape: 'true', port: '8080' }, '10.0.0.1', 'http://10.0.0.1:8080/metrics'],
  [{ scrape: 'true', port: '8080', scheme: 'https' }, 'fd00::1', 'https://[fd00::1]:8080/metrics'],
  [{ scrape: 'true', port: '8080', path: '//evil.example/?a' }, '10.0.0.1', 'http://10.0.0.1:8080//evil.example/%3Fa'],
  [{ scrape: 'true', port: '@evil.example' }, '10.0.0.1', undefined],
  [{ scrape: 'true', port: '70000' }, '10.0.0.1', undefined],
  [{ scrape: 'true' }, '10.0.0.1', undefined],
  [{ scrape: 'false', port: '8080' }, '10.0.0.1', undefined],
  [{ scrape: 'true', port: '8080' }, '', undefined],
  [{}, '10.0.0.1', undefined],
]

test('whose metrics are read, and where, is said by the template, and the host is always the pod', () => {
  for (const [own, ip, url] of ADDRESSES) {
    const annotations = Object.fromEntries(Object.entries(own).map(([name, value]) => [`prometheus.io/${name}`, value]))
    const daemonSet = { ...daemonSetOf('v1'), template: { metadata: { annotations } } }
    const target = scrapeTarget(daemonSet, podOf('a', 'v1', 1, { ip }))
    assert.deepEqual(target, url === undefined ? undefined : { uid: 'a-v1-1', url })
  }
})
