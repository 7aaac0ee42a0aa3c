import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { loadText } from '../../../agent/config/load.ts'
import type { Output } from '../../../agent/event.ts'
import { openOutput } from '../../../agent/pipeline/open-output.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { createCertificates } from '../../support/certificates.ts'
import { bulkBody } from '../../support/fake-chunk.ts'
import { startFakeServer } from '../output/elasticsearch/fake-server.ts'
import { temporaryFolder } from '../source/support/bench.ts'

/** A secret as kubelet mounts it: `name` → `..data/name`, `..data` → a folder; a new version swings `..data` in one step. */
const mountSecret = (folder: string) => {
  let version = 0
  return (files: Readonly<Record<string, string>>): void => {
    const name = `..v${++version}`
    fs.mkdirSync(join(folder, name))
    for (const [file, text] of Object.entries(files)) fs.writeFileSync(join(folder, name, file), text)
    fs.symlinkSync(name, join(folder, '..data_tmp'))
    fs.renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    for (const file of Object.keys(files)) {
      if (!fs.existsSync(join(folder, file))) fs.symlinkSync(`..data/${file}`, join(folder, file))
    }
    if (version > 1) fs.rmSync(join(folder, `..v${version - 1}`), { recursive: true })
  }
}

const openFor = (url: string, options: string): Output => {
  const text = `sources: {c: {kind: containers}}\noutputs: {search: {kind: elasticsearch, hosts: ["${url}"], manage_template: never, ${options}}}\n`
  const loaded = loadText(text)
  assert.equal(loaded.kind, 'loaded', JSON.stringify(loaded))
  const settings = loaded.kind === 'loaded' ? loaded.config.outputs[0]! : assert.fail()
  const world = {
    clock: realClock,
    stdout: process.stdout,
    logger: { log: () => {} },
    events: { stateDamaged: () => {} },
  }
  return openOutput(settings, world).output
}

const basic = (password: string): string => `Basic ${Buffer.from(`u:${password}`).toString('base64')}`
const ways: readonly [name: string, options: (file: string) => string, header: (secret: string) => string][] = [
  ['api_key', (file) => `api_key: "file:${file}"`, (key) => `ApiKey ${key}`],
  ['password', (file) => `username: u, password: "file:${file}"`, basic],
  ['bearer_token', (file) => `bearer_token: "file:${file}"`, (token) => `Bearer ${token}`],
]
for (const [name, options, header] of ways) {
  test(`a rotated ${name} of a Kubernetes secret is in the next request, without a restart`, async (t) => {
    const folder = temporaryFolder(t)
    const mount = mountSecret(folder)
    mount({ secret: 'first\n' })
    const server = await startFakeServer()
    const output = openFor(server.url, options(join(folder, 'secret')))
    const seen = async (): Promise<string | undefined> => {
      await output.send(bulkBody(['a']), new AbortController().signal)
      return server.seen.at(-1)?.headers.authorization
    }
    try {
      assert.equal(await seen(), header('first'))
      mount({ secret: 'second\n' })
      assert.equal(await seen(), header('second'))
      fs.rmSync(join(folder, '..data'))
      assert.equal(await seen(), header('second'), 'a file that is away for a moment')
    } finally {
      await output.close()
      await server.close()
    }
  })
}

test('rotated client certificates are in the next connection, once certificate and key fit together', async (t) => {
  const folder = temporaryFolder(t)
  const certificates = createCertificates()
  t.after(certificates.remove)
  const { authority, certificate, file } = certificates
  authority('ca')
  for (const name of ['server', 'old', 'new']) certificate(name, 'IP:127.0.0.1')
  const server = await startFakeServer({
    key: file('server.key'),
    cert: file('server.crt'),
    ca: file('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
  })
  const names: (string | undefined)[] = []
  const { bulk } = server
  server.bulk = (seen, response, request) => {
    const socket = request.socket as import('node:tls').TLSSocket
    const { CN } = socket.getPeerCertificate().subject
    names.push(typeof CN === 'string' ? CN : undefined)
    bulk(seen, response, request)
  }
  const mount = mountSecret(folder)
  const mountPair = (cert: string, key: string): void =>
    mount({ 'ca.crt': file('ca.crt'), 'tls.crt': file(`${cert}.crt`), 'tls.key': file(`${key}.key`) })
  mountPair('old', 'old')
  const path = (name: string): string => join(folder, name)
  const output = openFor(
    server.url,
    `ca_file: ${path('ca.crt')}, cert_file: ${path('tls.crt')}, key_file: ${path('tls.key')}`,
  )
  const send = async () => (await output.send(bulkBody(['a']), new AbortController().signal)).kind
  try {
    assert.deepEqual([await send(), await send()], ['items', 'items'])
    mountPair('new', 'old')
    assert.equal(await send(), 'items')
    mountPair('new', 'new')
    assert.deepEqual([await send(), await send()], ['items', 'items'])
    assert.deepEqual(names, ['old', 'old', 'old', 'new', 'new'])
  } finally {
    await output.close()
    await server.close()
  }
})
