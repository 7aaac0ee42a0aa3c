import assert from 'node:assert/strict'
import test from 'node:test'
import type { EncodeContext } from '../../../agent/event.ts'
import { contextOf, encodeFile, FINGERPRINT, NOW, newEncoder, sealed, textsOf } from './encode-file.ts'

const T = '2026-11-20T10:00:00.123456789Z'
const OLD = 'OldOldOldOld0123'

interface Expected {
  readonly offset: number
  readonly time?: string
  readonly stream?: 'stdout' | 'stderr' | 'none'
  /** From the length on: `24},"message":"…`. */
  readonly rest: string
  readonly fingerprint?: string
}

const wire = (documents: readonly Expected[]): string =>
  documents
    .map(({ offset, time = T, stream = 'stdout', rest, fingerprint = FINGERPRINT }) => {
      const text = Buffer.from(textsOf(fingerprint)[stream]).toString()
      return `{"create":{"_id":"${fingerprint}-${offset}"}}\n{"@timestamp":"${time}${text}${offset},"length":${rest}"}\n`
    })
    .join('')

const NOTHING = { lines: 0, documents: 0, invalidUtf8: 0, truncated: 0, unparsed: 0 }

const cases: readonly {
  readonly name: string
  readonly file: Buffer | string
  readonly format?: EncodeContext['format']
  readonly maxRecordBytes?: number
  readonly documents: readonly Expected[]
  readonly counts: object
}[] = [
  {
    name: 'a line of each stream',
    file: `${T} stdout F hello "world"\\\n${T} stderr F a\tb\r\n`,
    documents: [
      { offset: 0, rest: '55},"message":"hello \\"world\\"\\\\' },
      { offset: 55, stream: 'stderr', rest: '45},"message":"a\\tb' },
    ],
    counts: { lines: 2, documents: 2 },
  },
  {
    name: 'pieces of both streams in turn: one run of bytes needs no spans, others are listed',
    file: `${T} stdout P a\n2026-11-20T10:00:01Z stderr P x\n2026-11-20T10:00:02Z stderr F y\n${T} stdout F b\n`,
    documents: [
      { offset: 42, time: '2026-11-20T10:00:01Z', stream: 'stderr', rest: '64},"message":"xy' },
      { offset: 0, rest: '84,"spans":"0+42,106+42"},"message":"ab' },
    ],
    counts: { lines: 4, documents: 2 },
  },
  {
    name: 'a character cut in two by the runtime comes out whole',
    file: Buffer.concat([Buffer.from(`${T} stdout P 5 \xe2\x82\n${T} stdout F \xac\n`, 'latin1')]),
    documents: [{ offset: 0, rest: '87},"message":"5 €' }],
    counts: { lines: 2, documents: 1 },
  },
  {
    name: 'invalid UTF-8 is replaced and counted',
    file: Buffer.from(`${T} stdout F a\xffb\xe2\x82\n`, 'latin1'),
    documents: [{ offset: 0, rest: '46},"message":"a\ufffdb\ufffd' }],
    counts: { lines: 1, documents: 1, invalidUtf8: 1 },
  },
  {
    name: 'all control characters are escaped',
    file: Buffer.from(`${T} stdout F \x00\x01\x1f\x7f\x0d.\n`, 'latin1'),
    documents: [{ offset: 0, rest: '47},"message":"\\u0000\\u0001\\u001f\x7f\\r.' }],
    counts: { lines: 1, documents: 1 },
  },
  {
    name: 'a line that is not CRI is shipped whole, flagged, and without a stream',
    file: `panic: no header\r\n\n${T} stdout F on\n2023-02-29T00:00:00Z stdout F no such day\n`,
    documents: [
      { offset: 0, time: NOW, stream: 'none', rest: '18,"flags":["unparsed"]},"message":"panic: no header' },
      { offset: 18, time: NOW, stream: 'none', rest: '1,"flags":["unparsed"]},"message":"' },
      { offset: 19, rest: '43},"message":"on' },
      {
        offset: 62,
        time: NOW,
        stream: 'none',
        rest: '42,"flags":["unparsed"]},"message":"2023-02-29T00:00:00Z stdout F no such day',
      },
    ],
    counts: { lines: 4, documents: 4, unparsed: 3 },
  },
  {
    name: 'empty content, with and without its space; more tags; a zone offset; no newline at the end',
    file: `${T} stdout F \n${T} stdout F\n${T} stdout F:tag two\n2026-11-20T10:00:00.5+01:00 stdout F three`,
    documents: [
      { offset: 0, rest: '41},"message":"' },
      { offset: 41, rest: '40},"message":"' },
      { offset: 81, rest: '48},"message":"two' },
      { offset: 129, time: '2026-11-20T10:00:00.5+01:00', rest: '42},"message":"three' },
    ],
    counts: { lines: 4, documents: 4 },
  },
  {
    name: 'a record over the limit is cut at a character, flagged and counted, and the file goes on',
    file: `${T} stdout F 12345678\u20ac\n${T} stdout P 12345\n${T} stdout F 67890\n${T} stdout F 1234567890\r\n`,
    maxRecordBytes: 10,
    documents: [
      { offset: 0, rest: '52,"flags":["truncated"]},"message":"12345678' },
      { offset: 52, rest: '92},"message":"1234567890' },
      { offset: 144, rest: '52},"message":"1234567890' },
    ],
    counts: { lines: 4, documents: 3, truncated: 1 },
  },
  {
    name: 'a carriage return at the end of the piece before an empty last one belongs to the newline',
    file: `${T} stdout P a\r\n${T} stdout F \n${T} stdout P b\\r\n${T} stdout F \n`,
    documents: [
      { offset: 0, rest: '84},"message":"a' },
      { offset: 84, rest: '85},"message":"b\\\\r' },
    ],
    counts: { lines: 4, documents: 2 },
  },
  {
    name: 'a plain file: each line a record, empty ones too',
    format: 'plain',
    file: 'one\r\n\n{"two":2}\nthree',
    documents: [
      { offset: 0, time: NOW, stream: 'none', rest: '5},"message":"one' },
      { offset: 5, time: NOW, stream: 'none', rest: '1},"message":"' },
      { offset: 6, time: NOW, stream: 'none', rest: '10},"message":"{\\"two\\":2}' },
      { offset: 16, time: NOW, stream: 'none', rest: '5},"message":"three' },
    ],
    counts: { lines: 4, documents: 4 },
  },
  {
    name: 'docker json-file: pieces without a newline are joined; what is not its JSON is shipped whole',
    format: 'docker',
    file: `{"log":"a\\u0000","stream":"stdout","time":"${T}"}\n{"log":"€\\r\\n","stream":"stdout","time":"${T}"}\n{"log":1}\n`,
    documents: [
      { offset: 0, rest: '152},"message":"a\\u0000€' },
      { offset: 152, time: NOW, stream: 'none', rest: '10,"flags":["unparsed"]},"message":"{\\"log\\":1}' },
    ],
    counts: { lines: 3, documents: 2, unparsed: 1 },
  },
]

for (const { name, file, format, maxRecordBytes = 262_144, documents, counts } of cases) {
  for (const kernel of [true, false]) {
    test(`${name} (${kernel ? 'kernel' : 'twin'})`, () => {
      const bytes = Buffer.from(file as string)
      const encoder = newEncoder({ kernel, maxRecordBytes })
      const { plain, counts: counted, position } = encodeFile(encoder, bytes, contextOf(format), [bytes.length])
      assert.equal(plain, wire(documents))
      assert.deepEqual({ counted, position }, { counted: { ...NOTHING, ...counts }, position: bytes.length })
    })
  }
}

const put = (encoder: ReturnType<typeof newEncoder>, text: string): number => {
  encoder.input.set(Buffer.from(text))
  return Buffer.byteLength(text)
}

test('a record that began in the file before carries that file’s identity', () => {
  const encoder = newEncoder()
  encoder.stage()
  const before = contextOf('cri', OLD)
  encoder.encode(before, put(encoder, `${T} stdout P a\n`), 900, true)
  const after = contextOf('cri', FINGERPRINT, before.partials)
  const result = encoder.encode(after, put(encoder, `${T} stdout F b\n${T} stdout F c\n`), 0, false)
  assert.deepEqual(result, { ...NOTHING, lines: 2, documents: 2, consumed: 84, stop: 'starved' })
  assert.equal(
    sealed(encoder).toString(),
    wire([
      { offset: 900, fingerprint: OLD, rest: `84,"spans":"900+42,${FINGERPRINT}:0+42"},"message":"ab` },
      { offset: 42, rest: '42},"message":"c' },
    ]),
  )
  assert.deepEqual(after.partials, { stdout: undefined, stderr: undefined })
})

test('an open record whose time has come is written as it is', () => {
  const encoder = newEncoder({ maxRecordBytes: 3 })
  encoder.stage()
  const context = contextOf()
  encoder.encode(context, put(encoder, `${T} stderr P abcd\n`), 0, false)
  assert.deepEqual(encoder.flushPartial(context, 'stdout'), { ...NOTHING, consumed: 0, stop: 'starved' })
  const result = encoder.flushPartial(context, 'stderr')
  assert.deepEqual(result, { ...NOTHING, documents: 1, truncated: 1, consumed: 0, stop: 'starved' })
  const flags = '"flags":["truncated","partial"]'
  assert.equal(sealed(encoder).toString(), wire([{ offset: 0, stream: 'stderr', rest: `45,${flags}},"message":"abc` }]))
  assert.deepEqual(context.partials, { stdout: undefined, stderr: undefined })
})

test('a line longer than the input is cut; one within the limit is not', () => {
  const encoder = newEncoder({ maxRecordBytes: 200_000 })
  const file = Buffer.from(
    `${T} stdout F ${'x'.repeat(200_000)}\n${T} stdout F ${'y'.repeat(500_000)}\n${T} stdout F z\n`,
  )
  const { plain, counts } = encodeFile(encoder, file, contextOf(), [1000, 70_000])
  assert.deepEqual(counts, { ...NOTHING, lines: 3, documents: 3, truncated: 1 })
  assert.equal(
    plain,
    wire([
      { offset: 0, rest: `200041},"message":"${'x'.repeat(200_000)}` },
      { offset: 200_041, rest: `500041,"flags":["truncated"]},"message":"${'y'.repeat(200_000)}` },
      { offset: 700_082, rest: '42},"message":"z' },
    ]),
  )
})

test('a document larger than a slot has a body of its own, and only one such body exists at a time', () => {
  const encoder = newEncoder({ maxRecordBytes: 1_000_000 })
  const context = contextOf()
  const text = '\u0001'.repeat(200_000)
  const long = Buffer.from(`${T} stdout F ${text}\n`)
  encoder.stage()
  encoder.encode(context, put(encoder, `${T} stdout F a\n`), 0, false)
  assert.deepEqual(encoder.encodeLong(context, long, 42, long.length), { ...NOTHING, consumed: 0, stop: 'full' })
  assert.equal(sealed(encoder).toString(), wire([{ offset: 0, rest: '42},"message":"a' }]))
  assert.equal(encoder.stage(), true)
  const result = encoder.encodeLong(context, long, 42, long.length)
  assert.deepEqual(result, { ...NOTHING, lines: 1, documents: 1, consumed: long.length, stop: 'starved' })
  assert.deepEqual(encoder.encode(context, put(encoder, `${T} stdout F b\n`), 0, false), {
    ...NOTHING,
    consumed: 0,
    stop: 'full',
  })
  const body = encoder.seal()
  const message = '\\u0001'.repeat(200_000)
  assert.equal(Buffer.from(body.bytes).toString(), wire([{ offset: 42, rest: `200041},"message":"${message}` }]))
  assert.equal(encoder.stage(), false)
  encoder.release(body)
  assert.equal(encoder.stage(), true)
})

test('slots: the lowest free one is staged; none free, none staged; a body is released once', () => {
  const encoder = newEncoder({ slots: 2 })
  const context = contextOf()
  const fill = (): ReturnType<typeof encoder.seal> => {
    assert.equal(encoder.stage(), true)
    encoder.encode(context, put(encoder, `${T} stdout F a\n`), 0, false)
    return encoder.seal()
  }
  const first = fill()
  const second = fill()
  assert.equal(encoder.stage(), false)
  assert.ok(second.bytes.byteOffset > first.bytes.byteOffset)
  encoder.release(first)
  const third = fill()
  assert.equal(third.bytes.byteOffset, first.bytes.byteOffset)
  encoder.release(third)
  assert.throws(() => encoder.release(third), /released before/)
})

test('a full body stops in front of a line; the same input goes on from there', () => {
  const encoder = newEncoder({ slotBytes: 262_144 + 300 })
  const context = contextOf()
  const line = `${T} stdout F ${'a'.repeat(50)}\n`
  const length = put(encoder, line.repeat(4))
  encoder.stage()
  const first = encoder.encode(context, length, 1000, false)
  assert.deepEqual(first, { ...NOTHING, lines: 2, documents: 2, consumed: 2 * line.length, stop: 'full' })
  const rest = `${line.length}},"message":"${'a'.repeat(50)}`
  const offsets = [0, 1, 2, 3].map((i) => 1000 + i * line.length)
  assert.equal(sealed(encoder).toString(), wire(offsets.slice(0, 2).map((offset) => ({ offset, rest }))))
  encoder.stage()
  const second = encoder.encode(context, length, offsets[2]!, false, first.consumed)
  assert.deepEqual(second, { ...first, stop: 'starved' })
  assert.equal(sealed(encoder).toString(), wire(offsets.slice(2).map((offset) => ({ offset, rest }))))
})

test('an action without an id', () => {
  const encoder = newEncoder()
  encoder.stage()
  const context = { ...contextOf(), texts: textsOf(FINGERPRINT, false) }
  encoder.encode(context, put(encoder, `${T} stdout F a\nb\n`), 7, false)
  const text = Buffer.from(context.texts.stdout).toString()
  const none = Buffer.from(context.texts.none).toString()
  const head = '{"create":{}}\n{"@timestamp":"'
  assert.equal(
    sealed(encoder).toString(),
    `${head}${T}${text}7,"length":42},"message":"a"}\n${head}${NOW}${none}49,"length":2,"flags":["unparsed"]},"message":"b"}\n`,
  )
})

test('texts that are too large for the kernel go through the twin', () => {
  const encoder = newEncoder()
  encoder.stage()
  const stdout = Buffer.from(`","x":"${'x'.repeat(70_000)}","log":{"offset":`)
  encoder.encode(
    { ...contextOf(), texts: { ...textsOf(FINGERPRINT), stdout } },
    put(encoder, `${T} stdout F a\n`),
    0,
    false,
  )
  const id = `{"create":{"_id":"${FINGERPRINT}-0"}}\n{"@timestamp":"${T}`
  assert.equal(sealed(encoder).toString(), `${id}${stdout}0,"length":42},"message":"a"}\n`)
})
