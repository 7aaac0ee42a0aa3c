import assert from 'node:assert/strict'
import test from 'node:test'
import { isOwnHost, refusal } from '../../../agent/page/guard.ts'

const names = ['node-1', 'picket.internal']

test('names that a stranger can have resolved to us are not ours', () => {
  const asked: readonly [string | undefined, boolean][] = [
    ['localhost:9465', true],
    ['LOCALHOST', true],
    ['127.0.0.1:9465', true],
    ['127.1.2.3', true],
    ['[::1]:9465', true],
    ['10.0.0.7:8080', true],
    ['node-1:9465', true],
    ['Picket.Internal', true],
    ['evil.example', false],
    ['localhost.evil.example:9465', false],
    ['127.0.0.1.evil.example', false],
    ['node-1.evil.example', false],
    ['[evil]:1', false],
    ['::1', false],
    ['localhost:9465:1', false],
    ['', false],
    [undefined, false],
  ]
  assert.deepEqual(
    asked.map(([host]) => [host, isOwnHost(host, names)]),
    asked,
  )
})

test('other sites may not let us search; a link to the page is no harm', () => {
  const ask = (site: string | undefined, path: string) => refusal({ host: 'localhost', site, path }, names)
  assert.equal(ask('cross-site', '/api/search'), 'other sites have no access to this page')
  assert.equal(ask('same-site', '/api/search'), 'other sites have no access to this page')
  assert.equal(ask('cross-site', '/'), undefined)
  assert.equal(ask('same-origin', '/api/search'), undefined)
  assert.equal(ask(undefined, '/api/search'), undefined)
})
