import assert from 'node:assert/strict'
import test from 'node:test'
import { type RenderOptions, renderJson, renderText } from '../../../agent/cli/render.ts'
import type { Found } from '../../../agent/store/read-store.ts'

process.env.TZ = 'Asia/Kolkata'

const at = Date.parse('2026-11-21T06:00:01.042Z')

const found = (message: string, more: Partial<Found> = {}, fields = {}): Found => ({
  row: 1,
  id: 'AbCdEfGhIjKlMnOp-0',
  ms: at,
  nanos: 0,
  message,
  document: {
    '@timestamp': '2026-11-21T06:00:01.042Z',
    stream: 'stdout',
    kubernetes: { namespace: 'shop', pod: { name: 'web-0' }, container: { name: 'web' } },
    message,
    ...fields,
  },
  ...more,
})

const plain: RenderOptions = { color: false, matches: [], nowMs: at }
const colored: RenderOptions = { color: true, matches: [/time\S*/gi, /out/gi], nowMs: at }

const table: readonly [string, Found, RenderOptions, string][] = [
  ['a line', found('hello'), plain, '11:30:01.042 shop/web-0 web | hello\n'],
  ['stderr', found('hello', {}, { stream: 'stderr' }), plain, '11:30:01.042 shop/web-0 web ! hello\n'],
  ['another day', found('x'), { ...plain, nowMs: at + 86_400_000 }, '2026-11-21 11:30:01.042 shop/web-0 web | x\n'],
  ['several lines', found('a\nb\n\tc\n'), plain, '11:30:01.042 shop/web-0 web | a\n    | b\n    | \tc\n'],
  [
    'what would harm a terminal',
    found('\u001b]0;title\u0007\r\u009b2J\u202edesrever\u0000'),
    plain,
    '11:30:01.042 shop/web-0 web | \\x1b]0;title\\x07\\x0d\\x9b2J\\u202edesrever\\x00\n',
  ],
  [
    'colours and matches, which never span lines',
    found('a Timeout\nTIME'),
    colored,
    '\u001b[2m11:30:01.042\u001b[22m \u001b[36mshop\u001b[39m/\u001b[32mweb-0\u001b[39m \u001b[34mweb\u001b[39m \u001b[2m|\u001b[22m a \u001b[1;33mTimeout\u001b[22;39m\n    \u001b[2m|\u001b[22m \u001b[1;33mTIME\u001b[22;39m\n',
  ],
  [
    'a plain file',
    found('x', {}, { kubernetes: undefined, stream: undefined, tags: ['syslog'] }),
    plain,
    '11:30:01.042 syslog | x\n',
  ],
  [
    'names that would harm a terminal',
    found('x', {}, { kubernetes: { namespace: 'a\u001b[2J', pod: { name: 'p' }, container: { name: 'c' } } }),
    plain,
    '11:30:01.042 a\\x1b[2J/p c | x\n',
  ],
]

for (const [name, document, options, expected] of table)
  test(`renders ${name}`, () => {
    assert.equal(renderText(document, options), expected)
  })

test('JSON has the document and its _id, on one line', () => {
  assert.equal(
    renderJson(found('a\nb', { document: { message: 'a\nb', log: { offset: 0 } } })),
    '{"_id":"AbCdEfGhIjKlMnOp-0","message":"a\\nb","log":{"offset":0}}\n',
  )
  assert.equal(renderJson(found('', { id: undefined, document: { message: '' } })), '{"message":""}\n')
})
