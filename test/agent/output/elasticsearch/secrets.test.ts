import assert from 'node:assert/strict'
import test from 'node:test'
import type { Auth } from '../../../../agent/output/elasticsearch/options.ts'
import { createSecretHeaders } from '../../../../agent/output/elasticsearch/secrets.ts'

const forms: readonly (readonly [name: string, auth: Auth, header: string])[] = [
  ['an API key', { kind: 'api_key', apiKey: () => 'a2V5\n' }, 'ApiKey a2V5'],
  ['a token', { kind: 'bearer', token: () => ' token\n' }, 'Bearer token'],
  ['a password ends with its own spaces', { kind: 'basic', username: 'u', password: () => 'p \r\n' }, 'Basic dTpwIA=='],
]
for (const [name, auth, header] of forms) {
  test(`authorization: ${name}`, () =>
    assert.deepEqual(createSecretHeaders({ auth, headers: {} })(), [['authorization', header]]))
}

test('the same array comes back until a secret changes', () => {
  const secrets = { key: 'one', tenant: 'shop' }
  const read = createSecretHeaders({
    auth: { kind: 'api_key', apiKey: () => secrets.key },
    headers: { 'X-Tenant': () => secrets.tenant },
  })
  const first = read()
  assert.equal(read(), first)
  secrets.tenant = 'bank'
  const second = read()
  assert.deepEqual(second, [
    ['authorization', 'ApiKey one'],
    ['x-tenant', 'bank'],
  ])
  assert.equal(read(), second)
})

test('what changed while another secret could not be read is taken up afterwards', () => {
  let key = 'one'
  let tenant: string | undefined = 'shop'
  const read = createSecretHeaders({
    auth: { kind: 'api_key', apiKey: () => key },
    headers: {
      'X-Tenant': () => {
        if (tenant === undefined) throw new Error('gone')
        return tenant
      },
    },
  })
  read()
  key = 'two'
  tenant = undefined
  assert.throws(read, /^Error: gone$/)
  tenant = 'shop'
  assert.deepEqual(read(), [
    ['authorization', 'ApiKey two'],
    ['x-tenant', 'shop'],
  ])
})
