import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { LineFormat } from '../../../agent/event.ts'
import { contextOf, encodeFile, newEncoder } from './encode-file.ts'

/** Any mixture of lines that a container's file may hold, and some that it should not. */
const stamp = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:01.1Z', '2026-11-20T10:01:59Z'),
  },
  fc.constantFrom(
    '2026-11-20T10:00:00.000000001+02:00',
    '2026-11-20T10:00:00.5-05:30',
    '2024-02-29T23:59:59.999999999Z',
  ),
  fc.constantFrom(
    '2023-02-29T10:00:00Z',
    '2026-11-20T10:00:60Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:00:00.1234567890Z',
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00:00',
    '2026-13-20T10:00:00Z',
    '2026-11-20T10:00:00.Z',
    '2026-11-20T10:00:00.1+19:00',
    '1969-12-31T23:30:00-05:00',
    '2026-11-20T10:00:0aZ',
  ),
)
const stream = fc.constantFrom('stdout', 'stdout', 'stdout', 'stderr', 'stderr', 'stdin')
const tag = fc.constantFrom('F', 'F', 'F', 'F', 'P', 'P', 'P', 'F:x', 'P:y:z', 'X', '')
const bytes = (...list: number[]): Buffer => Buffer.from(list)
const piece = fc.oneof(
  fc.string({ maxLength: 60 }).map((s) => Buffer.from(s.replaceAll('\n', ' '))),
  fc.string({ unit: 'binary', maxLength: 30 }).map((s) => Buffer.from(s.replaceAll('\n', ' '))),
  fc.constantFrom(
    bytes(),
    bytes(13),
    bytes(0, 1, 9, 31, 127),
    Buffer.from('\\r'),
    Buffer.from('"\\"\\'),
    bytes(0xe2),
    bytes(0x82, 0xac),
    bytes(0xf0, 0x9f),
    bytes(0x98, 0x80),
    bytes(0xff, 0xfe),
    bytes(0xed, 0xa0, 0x80),
    bytes(0xc0, 0x80),
  ),
  fc.uint8Array({ maxLength: 40 }).map((a) => Buffer.from(a.map((b) => (b === 10 ? 11 : b)))),
  fc.integer({ min: 0, max: 3000 }).map((n) => Buffer.alloc(n, 'lorem "ipsum" ')),
)
const content = fc.array(piece, { maxLength: 3 }).map((pieces) => Buffer.concat(pieces))
const line = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(stamp, stream, tag, content, fc.constantFrom(' ', ' ', ' ', ' ', ' ', '', '  '))
      .map(([t, s, g, c, space]) => Buffer.concat([Buffer.from(`${t} ${s} ${g}${space}`), c])),
  },
  content,
)
const file = fc.tuple(fc.array(line, { maxLength: 40 }), fc.boolean()).map(([lines, ended]) =>
  Buffer.from(
    lines
      .map((l) => `${l.toString('latin1')}\n`)
      .join('')
      .slice(0, ended ? undefined : -1),
    'latin1',
  ),
)
const reads = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 })

const SLOT_BYTES = 262_144 + 3000
const format = fc.constantFrom<LineFormat[]>('cri', 'cri', 'cri', 'plain', 'docker')
const limit = fc.constantFrom(262_144, 262_144, 100, 7)

test('kernel and twin give the same bytes, counts and open records, however the input is split', () => {
  fc.assert(
    fc.property(file, format, reads, limit, (bytes, format, splits, maxRecordBytes) => {
      const whole = contextOf(format)
      const split = contextOf(format)
      const plain = contextOf(format)
      const options = { maxRecordBytes, slotBytes: SLOT_BYTES }
      const expected = encodeFile(newEncoder({ ...options, kernel: false }), bytes, plain, [bytes.length])
      assert.deepEqual(encodeFile(newEncoder(options), bytes, whole, [bytes.length]), expected)
      assert.deepEqual(encodeFile(newEncoder(options), bytes, split, splits), expected)
      assert.deepEqual(recordsOf(whole), recordsOf(plain))
      assert.deepEqual(recordsOf(split), recordsOf(plain))
      for (const text of expected.plain.split('\n').slice(0, -1)) JSON.parse(text)
    }),
    { numRuns: 600 },
  )
})

test('compressed bodies inflate to the same bytes, whoever wrote the documents', () => {
  fc.assert(
    fc.property(file, format, reads, fc.boolean(), (bytes, format, splits, kernel) => {
      const options = { slotBytes: SLOT_BYTES, kernel }
      const expected = encodeFile(newEncoder(options), bytes, contextOf(format), [bytes.length])
      const { plain } = encodeFile(newEncoder({ ...options, compression: 'fast' }), bytes, contextOf(format), splits)
      assert.equal(plain, expected.plain)
    }),
    { numRuns: 400 },
  )
})

test('a head that is wrong in one byte is not taken for a right one', () => {
  const right = '2026-11-20T10:00:00.123456789Z stdout F text'
  for (const zone of ['Z', '+01:00', '']) {
    const first = right.replace('Z', zone)
    for (let at = 0; at < first.length - 4; at++) {
      for (const byte of ' 09:/.Z5+PFaz\0\x7f') {
        const file = Buffer.from(`${first}\n${first.slice(0, at)}${byte}${first.slice(at + 1)}\n${first}\n`)
        const expected = encodeFile(newEncoder({ kernel: false }), file, contextOf(), [file.length])
        assert.deepEqual(encodeFile(newEncoder(), file, contextOf(), [file.length]), expected)
      }
    }
  }
})

/** Buffers of different kinds and capacities hold the same bytes. */
const recordsOf = ({ partials }: ReturnType<typeof contextOf>): unknown =>
  [partials.stdout, partials.stderr].map((r) => r && { ...r, escaped: Buffer.from(r.escaped).toString('latin1') })
