import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { endsInEscapedReturn, escapedLength, writeEscaped } from '../../../agent/parse/json-escape.ts'

const escaped = (content: Uint8Array): Buffer => {
  const target = Buffer.alloc(escapedLength(content))
  assert.equal(writeEscaped(target, 0, content), target.length)
  return target
}

test('each byte below 128', () => {
  const each = Array.from({ length: 128 }, (_, byte) => {
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`
    if (byte === 9) return '\\t'
    if (byte === 13) return '\\r'
    return byte < 32 ? `\\u00${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte)
  })
  assert.equal(escaped(Uint8Array.from({ length: 128 }, (_, byte) => byte)).toString(), each.join(''))
})

test('any text comes back from JSON.parse', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(JSON.parse(`"${escaped(Buffer.from(text))}"`), text),
    ),
  ))

test('an escaped carriage return at the end, and what only looks like one', () => {
  const table = { 'a\\r': true, '\\\\\\r': true, '\\\\r': false, r: false, '': false, '\\t': false }
  for (const [text, expected] of Object.entries(table))
    assert.equal(endsInEscapedReturn(Buffer.from(text)), expected, text)
})
