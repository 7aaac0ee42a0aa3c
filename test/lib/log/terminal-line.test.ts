import assert from 'node:assert/strict'
import test from 'node:test'
import { terminalLine } from '../../../lib/log/terminal-line.ts'

const nowMs = new Date(2026, 10, 20, 9, 5, 7).getTime()
const line = (message: string, fields: Record<string, unknown>, colour = false) =>
  terminalLine({ nowMs, level: 'info', kind: 'k', message, fields }, colour)

const CASES: readonly [name: string, message: string, fields: Record<string, unknown>, expected: string][] = [
  ['no data', 'started', {}, '09:05:07 info  started\n'],
  ['bare words', 'started', { n: 1, ok: true, path: '/a/b' }, '09:05:07 info  started n=1 ok=true path=/a/b\n'],
  [
    'spaces, quotes and emptiness are quoted',
    'x',
    { a: 'b c', q: '"', e: '' },
    '09:05:07 info  x a="b c" q="\\"" e=""\n',
  ],
  ['nothing is said of undefined', 'x', { a: undefined }, '09:05:07 info  x\n'],
  ['objects are JSON', 'x', { a: { b: [1] } }, '09:05:07 info  x a={"b":[1]}\n'],
  [
    'escape sequences do not reach the terminal',
    'a\u001b[2Jb',
    { p: '\u001b]0;t\u0007', c: '\u009b2J' },
    '09:05:07 info  a\\x1b[2Jb p=\\x1b]0;t\\x07 c=\\x9b2J\n',
  ],
  ['a line stays one line', 'a\nb', { p: 'c\nd' }, '09:05:07 info  a\\x0ab p="c\\nd"\n'],
]

for (const [name, message, fields, expected] of CASES) test(name, () => assert.equal(line(message, fields), expected))

test('colours', () =>
  assert.equal(
    line('started', { n: 1 }, true),
    '\u001b[2m09:05:07\u001b[22m \u001b[32minfo \u001b[39m started \u001b[2mn=1\u001b[22m\n',
  ))
