import assert from 'node:assert/strict'
import test from 'node:test'
import { failureWords, notSent } from '../../../../agent/output/elasticsearch/failure.ts'

const failures: readonly (readonly [error: unknown, words: string, notSent: boolean])[] = [
  [new Error('connect ECONNREFUSED 127.0.0.1:9200'), 'connect ECONNREFUSED 127.0.0.1:9200', true],
  [new Error('getaddrinfo ENOTFOUND es'), 'getaddrinfo ENOTFOUND es', true],
  [
    new AggregateError([new Error('connect ECONNREFUSED ::1:9200'), new Error('connect ECONNREFUSED 127.0.0.1:9200')]),
    'connect ECONNREFUSED ::1:9200, connect ECONNREFUSED 127.0.0.1:9200',
    true,
  ],
  [new Error('read ECONNRESET'), 'read ECONNRESET', false],
  [new Error('socket hang up'), 'socket hang up', false],
  [new Error(''), 'Error', false],
  ['odd', 'odd', false],
]

for (const [error, words, before] of failures) {
  test(`a failure: ${words}`, () => assert.deepEqual([failureWords(error), notSent(words)], [words, before]))
}
