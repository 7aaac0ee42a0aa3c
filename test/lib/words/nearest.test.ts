import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { editDistance, nearest } from '../../../lib/words/nearest.ts'

test('edit distance', () => {
  const table: [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['compresion', 'compression', 1],
    ['fats', 'fast', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ]
  for (const [a, b, distance] of table) assert.deepEqual([a, b, editDistance(a, b)], [a, b, distance])
})

test('it is a distance: zero only for equals, the same both ways, at most the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const d = editDistance(a, b)
      return d === editDistance(b, a) && (d === 0) === (a === b) && d <= Math.max(a.length, b.length)
    }),
  )
})

test('the word that was meant', () => {
  const known = ['compression', 'hosts', 'api_key', 'password', 'ca_file', 'data_stream']
  const table: [string, string | undefined][] = [
    ['compresion', 'compression'],
    ['host', 'hosts'],
    ['apiKey', 'api_key'],
    ['api-key', 'api_key'],
    ['PASSWORD', 'password'],
    ['dataStream', 'data_stream'],
    ['x', undefined],
    ['elephant', undefined],
  ]
  for (const [word, meant] of table) assert.deepEqual([word, nearest(word, known)], [word, meant])
})
