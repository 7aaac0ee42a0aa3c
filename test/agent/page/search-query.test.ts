import assert from 'node:assert/strict'
import test from 'node:test'
import { searchQuery } from '../../../agent/page/search-query.ts'

test('what a search asks for; what cannot be read is not said', () => {
  const parse = (text: string) => searchQuery(new URLSearchParams(text))
  const nothing = { query: '', sinceMs: undefined, untilMs: undefined, before: undefined, limit: 100 }
  assert.deepEqual(parse(''), nothing)
  assert.deepEqual(parse('query=a+b&since=5&until=9&before=1795694740243.090476.46&limit=20'), {
    query: 'a b',
    sinceMs: 5,
    untilMs: 9,
    before: { ms: 1_795_694_740_243, nanos: 90_476, row: 46 },
    limit: 20,
  })
  assert.deepEqual(parse('since=--1&until=x&before=1.2&limit=1e9'), nothing)
  // Before 1970: a year that somebody is still typing.
  assert.deepEqual(parse('until=-62135596800000').untilMs, -62_135_596_800_000)
  assert.equal(parse('limit=99999').limit, 500)
  assert.equal(parse('limit=0').limit, 1)
})
