import assert from 'node:assert/strict'
import test from 'node:test'
import type { PartialRecord } from '../../../agent/event.ts'
import { appendLastPiece, appendPiece, messageOf, type Piece } from '../../../agent/parse/partial.ts'

const piece = (content: string | Buffer, offset: number, fingerprint = 'A'): Piece => ({
  time: `t${offset}`,
  content: Buffer.from(content as string),
  unseenBytes: 0,
  offset,
  lineBytes: 10,
  fingerprint,
})

const shown = (record: PartialRecord) => ({ ...record, escaped: Buffer.from(record.escaped).toString() })

test('pieces: time and file of the first, neighbours merged, spans of another file named', () => {
  const record = [piece('a"', 0), piece('b', 10), piece('c', 30), piece('d', 0, 'B'), piece('e', 10, 'B')].reduce(
    (open: PartialRecord | undefined, next) => appendPiece(open, next, 100),
    undefined,
  )
  assert.deepEqual(shown(record!), {
    time: 't0',
    escaped: 'a\\"bcde',
    rawBytes: 6,
    cutBytes: 0,
    spans: [
      { offset: 0, length: 20, fingerprint: undefined },
      { offset: 30, length: 10, fingerprint: undefined },
      { offset: 0, length: 20, fingerprint: 'B' },
    ],
    fingerprint: 'A',
  })
})

test('two continuations of one open record do not write into each other', () => {
  const open = appendPiece(appendPiece(undefined, piece('a', 0), 100), piece('b', 10), 100)
  const one = appendPiece(open, piece('1', 20), 100)
  const two = appendPiece(open, piece('2', 20), 100)
  assert.deepEqual(
    [open, one, two].map((r) => shown(r).escaped),
    ['ab', 'ab1', 'ab2'],
  )
})

test('what the limit cuts off is counted, over all pieces; nothing is added behind a cut', () => {
  const first = appendPiece(undefined, piece('abcd', 0), 3)
  const second = appendLastPiece(first, piece('ef\r', 10), 3)
  assert.deepEqual([first.rawBytes, first.cutBytes, second.rawBytes, second.cutBytes], [3, 1, 3, 3])
  assert.equal(Buffer.from(messageOf(second)).toString(), 'abc')
})

test('a cut takes half a character with it; an end of its own does not', () => {
  const cut = appendPiece(undefined, piece('a\u20ac', 0), 3)
  assert.equal(Buffer.from(messageOf(cut)).toString(), 'a')
  const whole = appendPiece(undefined, piece(Buffer.from([97, 0xe2, 0x82]), 0), 3)
  assert.deepEqual(Buffer.from(messageOf(whole)), Buffer.from([97, 0xe2, 0x82]))
})
