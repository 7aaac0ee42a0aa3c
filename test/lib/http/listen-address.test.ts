import assert from 'node:assert/strict'
import test from 'node:test'
import { type ListenAddress, parseListenAddress } from '../../../lib/http/listen-address.ts'

const GOOD: readonly [string, ListenAddress | null][] = [
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:9464', { host: '::1', port: 9464 }],
  ['[::]:65535', { host: '::', port: 65535 }],
  [':9464', { host: undefined, port: 9464 }],
  ['9464', { host: undefined, port: 9464 }],
  ['off', null],
]
for (const [text, expected] of GOOD) test(`${text} is read`, () => assert.deepEqual(parseListenAddress(text), expected))

for (const text of [
  '',
  'localhost',
  '::1:9464',
  '1.2.3.4:65536',
  '1.2.3.4:-1',
  'http://a:1',
  '[::1]',
  'OFF',
  'a:123456',
])
  test(`${JSON.stringify(text)} is refused with the forms that would do`, () =>
    assert.throws(() => parseListenAddress(text), {
      message: `cannot listen on ${JSON.stringify(text)}: expected host:port, [IPv6 address]:port, :port or off, with a port from 0 to 65535`,
    }))
