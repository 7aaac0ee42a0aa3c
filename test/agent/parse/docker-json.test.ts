import assert from 'node:assert/strict'
import test from 'node:test'
import { parseDockerJson } from '../../../agent/parse/docker-json.ts'

const time = '2026-11-20T10:00:00.5Z'
const parse = (line: string) => {
  const found = parseDockerJson(Buffer.from(line))
  return found && { ...found, content: found.content.toString() }
}

test('a whole line', () =>
  assert.deepEqual(parse(`{"log":"a \\"b\\" \\u00e9\\n","stream":"stderr","time":"${time}"}`), {
    time,
    stream: 'stderr',
    partial: false,
    content: 'a "b" é',
  }))

test('without a newline in it: a piece; other keys do not matter', () =>
  assert.deepEqual(parse(`{"attrs":{"x":"y"},"log":"a","stream":"stdout","time":"${time}"}\r`), {
    time,
    stream: 'stdout',
    partial: true,
    content: 'a',
  }))

for (const line of [
  '',
  'text',
  '[]',
  '{"log":"a\\n","stream":"stdout"',
  '{}',
  `{"log":1,"stream":"stdout","time":"${time}"}`,
  `{"log":"a\\n","stream":"stdin","time":"${time}"}`,
  `{"log":"a\\n","time":"${time}"}`,
  '{"log":"a\\n","stream":"stdout","time":"yesterday"}',
  '{"log":"a\\n","stream":"stdout","time":5}',
])
  test(`not docker's: ${JSON.stringify(line)}`, () => assert.equal(parse(line), undefined))
