import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { incompleteTail, replaceInvalid } from '../../../agent/parse/utf8.ts'

test('how many bytes at the end begin a character', () => {
  const table: readonly (readonly [bytes: readonly number[], expected: number])[] = [
    [[], 0],
    [[97], 0],
    [[97, 0xc3], 1],
    [[0xc3, 0xa9], 0],
    [[0xe2, 0x82], 2],
    [[0xe2, 0x82, 0xac], 0],
    [[0xf0, 0x9f, 0x98], 3],
    [[0xf0, 0x9f, 0x98, 0x80], 0],
    [[0x80], 0],
    [[0x80, 0x80, 0x80, 0x80], 0],
    [[0xff], 0],
    [[0xc0], 0],
  ]
  for (const [bytes, expected] of table) assert.equal(incompleteTail(Uint8Array.from(bytes)), expected, String(bytes))
})

test('what is not UTF-8 is replaced as the WHATWG decoder does it', () =>
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      assert.equal(Buffer.from(replaceInvalid(bytes)).toString(), expected)
    }),
  ))
