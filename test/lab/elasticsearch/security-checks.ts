import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Outcome } from '../../../agent/event.ts'
import type { TlsOptions } from '../../../agent/output/elasticsearch/options.ts'
import { eventually } from '../../support/eventually.ts'
import { narrowKey } from './api-key.ts'
import { items, labOutput } from './lab-output.ts'
import { admin, type RunningServer, writer } from './start.ts'
import { wireLog } from './wire-documents.ts'

const signal = new AbortController().signal
const basic = (user: { readonly name: string; readonly password: string }) =>
  ({ kind: 'basic', username: user.name, password: () => user.password }) as const

const reasonOf = (outcome: Outcome): string =>
  outcome.kind === 'items'
    ? `${outcome.retry.length} to retry: ${outcome.retryReason}`
    : outcome.kind === 'again'
      ? `${outcome.hold ? 'hold' : 'again'}: ${outcome.reason}`
      : outcome.kind

const noTls: TlsOptions = {
  ca: undefined,
  caFingerprint: undefined,
  certificate: undefined,
  key: undefined,
  keyPassphrase: undefined,
  verify: true,
}

export const securityChecks = async (context: TestContext, server: RunningServer): Promise<void> => {
  const log = wireLog('secure')

  await context.test('a key without the right to install a template says so and sends all the same', async () => {
    const output = labOutput(server, log.stream, { auth: basic(writer), requestTimeoutMs: 20_000 })
    const held = await output.send(log.body(0, 5), signal)
    // Without a template Elasticsearch refuses each document, because a data stream is required.
    assert.match(reasonOf(held), /^5 to retry: 404 index_not_found_exception/)
    assert.match(output.told.join(), /^refused: .*none matches .* could not be installed: 403/)
    await output.close()
  })

  await context.test('an operator installs it, and the same narrow user delivers', async () => {
    const operator = labOutput(server, log.stream, { auth: basic(admin) })
    assert.equal((await operator.installTemplate(signal)).kind, 'installed')
    await operator.close()
    const output = labOutput(server, log.stream, { auth: basic(writer) })
    assert.deepEqual(
      [await output.send(log.body(0, 100), signal), await output.send(log.body(0, 100), signal)],
      [items({ created: 100 }), items({ duplicates: 100 })],
    )
    assert.deepEqual(output.told, [`present: index template: picket-logs is used for ${log.stream}`])
    await output.close()
  })

  await context.test('a target beyond the rights holds and names the fix', async () => {
    const target = { kind: 'index', name: 'forbidden' } as const
    const output = labOutput(server, log.stream, { auth: basic(writer), target })
    assert.match(reasonOf(await output.send(log.body(0, 2), signal)), /403 security_exception.*grant auto_configure/)
    await output.close()
  })

  await context.test('wrong and missing credentials hold', async () => {
    for (const auth of [basic({ ...writer, password: 'wrong-password' }), { kind: 'none' } as const]) {
      const output = labOutput(server, log.stream, { auth })
      assert.match(reasonOf(await output.send(log.body(0, 1), signal)), /^hold: 401.*does not accept the credentials/)
      await output.close()
    }
  })

  await context.test('an unknown API key holds', async () => {
    const apiKey = () => Buffer.from('id:secret').toString('base64')
    const output = labOutput(server, log.stream, { auth: { kind: 'api_key', apiKey } })
    assert.match(reasonOf(await output.send(log.body(0, 1), signal)), /^hold: 401/)
    await output.close()
  })

  await context.test(
    'an API key of the documented privileges delivers; revoked it holds, replaced it goes on',
    async () => {
      const first = await narrowKey(server)
      let apiKey = first.encoded
      const output = labOutput(server, log.stream, { auth: { kind: 'api_key', apiKey: () => apiKey } })
      assert.deepEqual(
        [await output.send(log.body(200, 50), signal), await output.send(log.body(200, 50), signal)],
        [items({ created: 50 }), items({ duplicates: 50 })],
      )
      await server.ask('DELETE', '/_security/api_key', { ids: [first.id] })
      assert.match(reasonOf(await output.send(log.body(300, 5), signal)), /^hold: 401.*does not accept the credentials/)
      apiKey = (await narrowKey(server)).encoded
      assert.deepEqual(await output.send(log.body(300, 5), signal), items({ created: 5 }))
      await output.close()
    },
  )

  await context.test('a narrow API key: what it may not write holds with the fix, its own stream goes on', async () => {
    const { encoded } = await narrowKey(server)
    const auth = { kind: 'api_key', apiKey: () => encoded } as const
    const target = { kind: 'index', name: 'forbidden' } as const
    const astray = labOutput(server, log.stream, { auth, target })
    assert.match(
      reasonOf(await astray.send(log.body(0, 2), signal)),
      /^2 to retry: 403 security_exception.*grant auto_configure and create_doc/,
    )
    await astray.close()
    const own = labOutput(server, log.stream, { auth })
    assert.deepEqual(await own.send(log.body(400, 2), signal), items({ created: 2 }))
    await own.close()
  })

  await context.test('without its client certificate nothing is sent, and the words name cert_file', async () => {
    const { ca } = server
    const output = labOutput(server, log.stream, { auth: basic(writer), tls: { ...noTls, ca: () => ca as string } })
    // With TLS 1.3 the client learns of it only when it reads, and may meet the closed connection first.
    await eventually('the server says that it wants a certificate', async () => {
      const words = reasonOf(await output.send(log.body(500, 1), signal))
      return /^hold: .*set cert_file and key_file$/.test(words) || Promise.reject(new Error(words))
    })
    await output.close()
  })

  await context.test('without the authority nothing is sent, and the words name ca_file', async () => {
    const output = labOutput(server, log.stream, { auth: basic(writer), tls: noTls })
    assert.match(reasonOf(await output.send(log.body(0, 1), signal)), /^hold: .*set ca_file$/)
    await output.close()
  })
}
