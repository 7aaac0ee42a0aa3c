import assert from 'node:assert/strict'
import test from 'node:test'
import { type DeadLetter, formatDeadLetter, parseDeadLetter } from '../../../agent/buffer/dead-letter.ts'
import { findLetters } from '../../../agent/buffer/dead-letter-lines.ts'
import { listSegments } from '../../../agent/buffer/dead-letter-segment.ts'
import { type DeadLetters, openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import { type CrashFilesystem, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { recordEvents } from '../../support/record-events.ts'

const letter = (name: string, part: Partial<DeadLetter> = {}): DeadLetter => ({
  time: '2026-11-20T10:00:00.000Z',
  output: 'es',
  status: 400,
  type: 'document_parsing_exception',
  reason: 'failed to parse field [a]',
  action: `{"create":{"_id":"${name}"}}`,
  document: `{"m":"${name}"}`,
  ...part,
})

const open = (filesystem: CrashFilesystem, limitBytes = 1 << 20, overflow: 'block' | 'drop_oldest' = 'drop_oldest') => {
  const recorded = recordEvents()
  const options = { output: 'es', limitBytes, overflow }
  const letters: DeadLetters = openDeadLetters('/dead/es', options, {
    filesystem,
    events: recorded.events,
    exclusive: (work) => work(),
  })
  return { letters, recorded }
}
const all = (filesystem: CrashFilesystem): DeadLetter[] =>
  listSegments(filesystem, '/dead/es').flatMap((segment) =>
    [...findLetters(filesystem, segment)].map(({ letter: found }) => found),
  )

const texts: [string, string, string][] = [
  ['as sent', '{"create":{"_id":"a"}}', '{"@timestamp":"2026","n":1.0,"big":12345678901234567890}'],
  ['names that look like ours', '{"create":{}}', '{"x":",\\"action\\":{","y":{"action":{"a":1},"document":{"b":2}}}'],
  ['not JSON', 'create', '{"broken'],
  ['no object', '"create"', '[1]'],
  ['line separators', '{"create":{}}', '{"m":"a\\nb\u2028c"}'],
]
for (const [name, action, document] of texts) {
  test(`a dead letter is read as it was written: ${name}`, () => {
    const whole = letter('a', { action, document, reason: 'with "quotes", newline\n and ,"action":{ in it' })
    const line = formatDeadLetter(whole)
    assert.equal(line.indexOf('\n'), line.length - 1)
    const expected = name === 'no object' ? { ...whole, action: 'create' } : whole
    assert.deepEqual(parseDeadLetter(line.slice(0, -1)), expected)
  })
}

test('what is no dead letter is none', () => {
  for (const line of ['', '{', 'null', '[]', '{"time":"x"}']) assert.equal(parseDeadLetter(line), undefined)
})

test('letters are kept in order over several files, and after a new start', () => {
  const filesystem = createCrashFilesystem()
  const names = Array.from({ length: 40 }, (_, i) => `${i}`)
  for (const half of [names.slice(0, 20), names.slice(20)]) {
    const { letters } = open(filesystem, 16_000)
    for (const name of half) letters.append([letter(name)])
  }
  assert.ok(listSegments(filesystem, '/dead/es').length > 2)
  assert.deepEqual(
    all(filesystem),
    names.map((name) => letter(name)),
  )
})

test('at the limit the oldest file is dropped and its documents are counted', () => {
  const filesystem = createCrashFilesystem()
  const { letters, recorded } = open(filesystem, 8000)
  for (let i = 0; i < 100; i++) letters.append([letter(`${i}`)])
  assert.ok(letters.bytes <= 8000)
  const left = all(filesystem)
  assert.deepEqual(
    left,
    Array.from({ length: left.length }, (_, i) => letter(`${100 - left.length + i}`)),
  )
  const dropped = recorded.of('deadLettersDropped').reduce((sum, [, documents]) => sum + Number(documents), 0)
  assert.equal(dropped, 100 - left.length)
})

test('at the limit, `block` refuses and says what to do', () => {
  const filesystem = createCrashFilesystem()
  const { letters } = open(filesystem, 500, 'block')
  letters.append([letter('a')])
  letters.append([letter('b')])
  assert.throws(
    () => letters.append([letter('c')]),
    /^Error: dead_letter_limit of 500 bytes is reached: replay or remove/,
  )
  assert.deepEqual(all(filesystem), [letter('a'), letter('b')])
})

test('half a line at the end, left by a crash, is cut at the start', () => {
  const filesystem = createCrashFilesystem()
  const path = '/dead/es/0000000000000001.ndjson'
  open(filesystem)
  filesystem.plant(path, Buffer.from(`${formatDeadLetter(letter('a'))}{"time":"20`))
  const { letters, recorded } = open(filesystem)
  letters.append([letter('b')])
  assert.deepEqual(all(filesystem), [letter('a'), letter('b')])
  assert.deepEqual(recorded.of('stateDamaged'), [[path, 'its last line was half written; 11 bytes cut']])
})

test('a file that cannot be repaired does not prevent a start', () => {
  const filesystem = createCrashFilesystem()
  open(filesystem)
  filesystem.plant('/dead/es/0000000000000001.ndjson', Buffer.from('{"time":"20'))
  filesystem.fail((call) => (call === 'truncate' ? 'EIO' : undefined))
  const { letters, recorded } = open(filesystem)
  letters.append([letter('b')])
  assert.deepEqual(all(filesystem), [letter('b')])
  assert.equal(recorded.of('stateDamaged').length, 1)
})

for (const failing of ['write', 'fsync', 'fsyncDirectory', 'open']) {
  test(`where the disk refuses (${failing}), the letters of that call are not there, and the next ones are whole`, () => {
    const filesystem = createCrashFilesystem()
    const { letters } = open(filesystem)
    filesystem.fail((call) => (call === failing ? 'ENOSPC' : undefined))
    assert.throws(() => letters.append([letter('a')]), { code: 'ENOSPC' })
    filesystem.fail(() => undefined)
    letters.append([letter('b')])
    assert.deepEqual(all(filesystem), [letter('b')])
    assert.equal(letters.bytes, formatDeadLetter(letter('b')).length)
  })
}

test('where half a line cannot be taken back, a new file is begun', () => {
  const filesystem = createCrashFilesystem()
  const { letters } = open(filesystem)
  letters.append([letter('a')])
  filesystem.fail((call) => (call === 'fsync' || call === 'truncate' ? 'EIO' : undefined))
  assert.throws(() => letters.append([letter('b')]), { code: 'EIO' })
  filesystem.fail(() => undefined)
  letters.append([letter('c')])
  assert.deepEqual(
    listSegments(filesystem, '/dead/es').map(({ seq }) => seq),
    [1, 2],
  )
  assert.deepEqual(all(filesystem), [letter('a'), letter('b'), letter('c')]) // b was whole: it is sent and rejected once more
})

test('an empty file and lines that are none are passed over', () => {
  const filesystem = createCrashFilesystem()
  open(filesystem)
  filesystem.plant('/dead/es/0000000000000001.ndjson', Buffer.alloc(0))
  filesystem.plant('/dead/es/0000000000000002.ndjson', Buffer.from(`\0\0\0\n${formatDeadLetter(letter('a'))}`))
  const { letters } = open(filesystem)
  letters.append([letter('b')])
  assert.deepEqual(all(filesystem), [letter('a'), letter('b')])
})
