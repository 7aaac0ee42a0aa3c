import assert from 'node:assert/strict'
import test from 'node:test'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { DISTANCE_LENGTHS, LITERAL_LENGTHS } from '../../../agent/kernel/deflate-lengths.generated.ts'
import { deflateTables, MAX_LITERAL_BITS } from '../../../agent/kernel/deflate-tables.ts'
import { contextOf, encodeFile, newEncoder, plainOf } from './encode-file.ts'

const T = '2026-11-20T10:00:00.123456789Z'

/** Deterministic bytes without a newline, of `kinds` values. */
const noise = (length: number, kinds: number, seed: number): Buffer => {
  let state = seed * 2_654_435_761
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 32 + ((state >>> 8) % kinds)
  }
  return Buffer.from(Array.from({ length }, next))
}

const lineOf = (content: Buffer, stream = 'stdout'): Buffer =>
  Buffer.concat([Buffer.from(`${T} ${stream} F `), content, Buffer.from('\n')])

const samePlain = (file: Buffer, contexts = () => contextOf()): void => {
  const expected = encodeFile(newEncoder(), file, contexts(), [file.length]).plain
  assert.equal(encodeFile(newEncoder({ compression: 'fast' }), file, contexts(), [file.length]).plain, expected)
}

test('the shipped codes are complete: every bit string is one, every symbol has one', () => {
  for (const [digits, symbols, most] of [
    [LITERAL_LENGTHS, 286, MAX_LITERAL_BITS],
    [DISTANCE_LENGTHS, 30, 15],
  ] as const) {
    const lengths = [...digits].map((digit) => Number.parseInt(digit, 16))
    assert.equal(lengths.length, symbols)
    assert.ok(lengths.every((length) => length >= 1 && length <= most))
    assert.equal(
      lengths.reduce((sum, length) => sum + 2 ** -length, 0),
      1,
    )
  }
})

test('every length of a match inflates, and every distance code', () => {
  // Written bit by bit from the tables: 258 literals, then each length at distance 1, then a match at the edges of each code.
  const { literals, lengths, distances, header, headerRest, headerRestBits } = deflateTables()
  const bits: number[] = []
  const put = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1)
  }
  const code = (packed: number): void => put(packed & 0xffffff, packed >>> 24)
  for (const byte of header.subarray(10)) put(byte, 8)
  put(headerRest, headerRestBits)
  const expected: number[] = []
  const match = (length: number, symbol: number, extra: number, extraBits: number, distance: number): void => {
    code(lengths[length]!)
    code(distances[symbol]!)
    put(extra, extraBits)
    for (let i = 0; i < length; i++) expected.push(expected[expected.length - distance]!)
  }
  for (let byte = 0; byte < 256; byte++) {
    code(literals[byte]!)
    expected.push(byte)
  }
  for (let length = 3; length <= 258; length++) match(length, 2, 0, 0, 3)
  for (let symbol = 0, first = 1; symbol < 30; symbol++) {
    const extraBits = Math.max(0, (symbol >> 1) - 1)
    const last = (1 << extraBits) - 1
    match(11, symbol, 0, extraBits, first)
    match(258, symbol, last, extraBits, first + last)
    first += 1 << extraBits
  }
  code(literals[256]!)
  const packed = Buffer.alloc(Math.ceil(bits.length / 8))
  for (const [i, bit] of bits.entries()) packed[i >> 3]! |= bit << (i & 7)
  assert.deepEqual(inflateRawSync(packed), Buffer.from(expected))
})

test('text that cannot be packed is sent as it is', () => {
  const encoder = newEncoder({ compression: 'fast' })
  encoder.stage()
  const characters = fc.integer({ min: 0x4e00, max: 0x9fff })
  const [codes = []] = fc.sample(fc.array(characters, { minLength: 5000, maxLength: 5000 }), { numRuns: 1, seed: 7 })
  const text = String.fromCharCode(...codes)
  const line = Buffer.from(`${T} stdout F ${text}\n`)
  encoder.input.set(line)
  encoder.encode(contextOf(), line.length, 0, false)
  const body = encoder.seal()
  assert.deepEqual([body.encoding, body.bytes.length], ['identity', body.plainBytes])
  const document = plainOf(body).toString().split('\n')[1] as string
  assert.equal(JSON.parse(document).message, text)
})

test('repetitions near and far, of every kind of length', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const pool = noise(60_000, [2, 3, 8, 60, 90, 94][seed - 1]!, seed)
    const lines = Array.from({ length: 400 }, (_, i) => {
      const at = (i * 7919 * seed) % 50_000
      return lineOf(pool.subarray(at, at + ((i * 37 * seed) % 1500)), i % 3 === 0 ? 'stderr' : 'stdout')
    })
    samePlain(Buffer.concat(lines))
  }
})

test('documents larger than the window, and constant texts larger than it', () => {
  const large = Buffer.concat([lineOf(noise(40_000, 80, 1)), lineOf(noise(40_000, 80, 1)), lineOf(noise(50, 80, 1))])
  samePlain(large)
  const context = contextOf()
  const stdout = Buffer.from(
    `","x":"${noise(36_000, 60, 3).toString('latin1').replaceAll(/["\\]/g, 'x')}","log":{"offset":`,
  )
  samePlain(large, () => ({ ...contextOf(), texts: { ...context.texts, stdout } }))
})

test('a message far behind its document, after hundreds of spans', () => {
  const filler = lineOf(Buffer.alloc(28_000, 'q'), 'stderr')
  const pieces = Array.from({ length: 900 }, () => `${T} stdout P x\n${T} stderr P y\n`)
  samePlain(Buffer.concat([lineOf(Buffer.from('xyz')), filler, Buffer.from(`${pieces.join('')}${T} stdout F xyz\n`)]))
})

test('files in turn in one body', () => {
  const encoder = newEncoder({ compression: 'fast' })
  const plain = newEncoder()
  for (const each of [encoder, plain]) {
    each.stage()
    for (let turn = 0; turn < 60; turn++) {
      const context = contextOf('cri', `file${turn % 7}`.padEnd(16, '0'))
      const lines = Buffer.from(`${T} ${turn % 2 ? 'stdout' : 'stderr'} F turn ${turn}\n`.repeat(turn % 5))
      each.input.set(lines)
      each.encode(context, lines.length, turn * 1000, false)
    }
  }
  const body = encoder.seal()
  assert.equal(body.encoding, 'gzip')
  assert.deepEqual(plainOf(body), plainOf(plain.seal()))
})

test('a document larger than a slot is packed too', () => {
  const encoder = newEncoder({ compression: 'fast', maxRecordBytes: 1_000_000 })
  encoder.stage()
  const line = lineOf(Buffer.alloc(900_000, 'abc "def" '))
  encoder.encodeLong(contextOf(), line, 0, line.length)
  const body = encoder.seal()
  assert.equal(body.encoding, 'gzip')
  assert.ok(plainOf(body).length > 900_000)
})
