import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseQuery } from '../../../agent/search/parse-query.ts'
import { type Query, showQueryError } from '../../../agent/search/query.ts'

const text = (value: string, quoted = false): Query => ({ kind: 'text', pattern: { text: value, quoted } })
const field = (name: string, value: string, quoted = false): Query => ({
  kind: 'field',
  field: name,
  test: { kind: 'like', pattern: { text: value, quoted } },
})
const and = (...parts: Query[]): Query => ({ kind: 'and', parts })
const or = (...parts: Query[]): Query => ({ kind: 'or', parts })
const not = (part: Query): Query => ({ kind: 'not', part })

const table: readonly [string, Query][] = [
  ['', { kind: 'all' }],
  ['  ', { kind: 'all' }],
  ['*', { kind: 'all' }],
  ['timeout', text('timeout')],
  ['timeout AND pod:web*', and(text('timeout'), field('pod', 'web*'))],
  ['timeout pod:web*', and(text('timeout'), field('pod', 'web*'))],
  ['a OR b AND c', or(text('a'), and(text('b'), text('c')))],
  ['(a OR b) c', and(or(text('a'), text('b')), text('c'))],
  ['a || b && c', or(text('a'), and(text('b'), text('c')))],
  ['NOT a -b', and(not(text('a')), not(text('b')))],
  ['a-b', text('a-b')],
  ['constructor', text('constructor')],
  ['and or', and(text('and'), text('or'))],
  ['"two words" x', and(text('two words', true), text('x'))],
  [String.raw`"a \"b\" \\"`, text(String.raw`a "b" \ `.trimEnd(), true)],
  ['message:"two words"', text('two words', true)],
  ['pod:(web* OR cart) -x', and(or(field('pod', 'web*'), field('pod', 'cart')), not(text('x')))],
  ['pod:(-web)', not(field('pod', 'web'))],
  ['labels.app:web', field('labels.app', 'web')],
  ['kubernetes.pod.name:"web-0"', field('kubernetes.pod.name', 'web-0', true)],
  ['url:http://x/y:80', field('url', 'http://x/y:80')],
  ['http://x', field('http', '//x')],
  ['12:30:05', text('12:30:05')],
  ['pod:*', { kind: 'field', field: 'pod', test: { kind: 'exists' } }],
  ['status:>=500', { kind: 'field', field: 'status', test: { kind: 'compare', operator: '>=', value: '500' } }],
  ['status:< 500', { kind: 'field', field: 'status', test: { kind: 'compare', operator: '<', value: '500' } }],
  ['x:-5', field('x', '-5')],
  [String.raw`pod\:x`, text(String.raw`pod\:x`)],
]

for (const [query, expected] of table)
  test(`the query ${JSON.stringify(query)}`, () => {
    assert.deepEqual(parseQuery(query), { kind: 'query', query: expected })
  })

const wrong: readonly [string, string, number][] = [
  ['a "b', 'this quote is not closed', 2],
  ['(a OR b', 'this parenthesis is not closed', 0],
  ['a)', 'there is no parenthesis open here', 1],
  ['()', 'there is nothing before this parenthesis', 1],
  ['AND a', 'AND needs something on both sides', 0],
  ['a OR', 'the query ends where a word is expected', 4],
  ['a AND OR b', 'OR needs something on both sides', 6],
  ['NOT', 'the query ends where a word is expected', 3],
  ['pod:(a pod:b)', 'a field inside the values of pod', 7],
  ['pod:>=', '>= has no value', 6],
  ['pod:)', 'pod: has no value', 4],
  ['""', 'there is nothing between these quotes', 0],
  ['a \\', 'a backslash must be followed by a character', 2],
  ['('.repeat(200), 'too deeply nested', 100],
]

for (const [query, message, at] of wrong)
  test(`the mistake in ${JSON.stringify(query.slice(0, 40))}`, () => {
    assert.deepEqual(parseQuery(query), { kind: 'error', error: { message, at } })
  })

test('a mistake is shown with a caret under its place', () => {
  assert.equal(
    showQueryError('a\n"b', { message: 'this quote is not closed', at: 2 }),
    'this quote is not closed\n  a "b\n    ^',
  )
})

test('any text is either a query or a mistake within it', () => {
  const pieces = fc.array(
    fc.constantFrom('a', ' ', '"', '(', ')', '-', ':', 'x:', 'AND', 'OR ', 'NOT ', '\\', '*', '>', 'é'),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((parts) => parts.join('')),
      ),
      (query) => {
        const parsed = parseQuery(query)
        if (parsed.kind === 'error') assert.ok(parsed.error.at >= 0 && parsed.error.at <= query.length)
      },
    ),
    { numRuns: 2000 },
  )
})
