import assert from 'node:assert/strict'
import test from 'node:test'
import { parseListen } from '../../../agent/config/listen.ts'

test('addresses to listen on', () => {
  const table: [string, ReturnType<typeof parseListen>][] = [
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':9464', { host: undefined, port: 9464 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
    ['::1:9464', undefined],
    ['127.0.0.1', undefined],
    ['9464', undefined],
    ['host:99999', undefined],
    ['http://host:80', undefined],
  ]
  for (const [text, address] of table) assert.deepEqual([text, parseListen(text)], [text, address])
})
