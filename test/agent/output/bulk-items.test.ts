import assert from 'node:assert/strict'
import test from 'node:test'
import { bulkItems, documentLine, itemId } from '../../../agent/output/bulk-items.ts'

test('items are pairs of lines, the last one with or without a newline', () => {
  assert.deepEqual(
    [...bulkItems('a\nb\nc\nd')],
    [
      { action: 'a', document: 'b' },
      { action: 'c', document: 'd' },
    ],
  )
  assert.deepEqual([...bulkItems('a\nb\n')], [{ action: 'a', document: 'b' }])
  assert.deepEqual([...bulkItems('a\nb\nc')], [{ action: 'a', document: 'b' }])
  assert.deepEqual([...bulkItems('')], [])
})

const table: readonly [string, string | undefined][] = [
  ['{"create":{}}', undefined],
  ['{"create":{"_id":"AbC-12"}}', 'AbC-12'],
  ['{"create":{"_index":"logs-x-y","_id":"AbC-12"}}', 'AbC-12'],
  ['{"create":{"_id":"AbC-12","_index":"logs-x-y"}}', 'AbC-12'],
  ['{"create":{"_index":"logs-x-y"}}', undefined],
  [String.raw`{"create":{"_id":"a\"b"}}`, 'a"b'],
  ['{ "index" : { "_id" : "x" } }', 'x'],
]

for (const [action, id] of table)
  test(`the id of ${action}`, () => {
    assert.equal(itemId(action), id)
  })

test('what is no action line throws a SyntaxError', () => {
  for (const action of ['', '{}', 'x', '[]', '{"create":1}']) assert.throws(() => itemId(action), SyntaxError)
})

test('the _id is the first field of a line', () => {
  assert.equal(documentLine('a-1', '{"m":1}'), '{"_id":"a-1","m":1}\n')
  assert.equal(documentLine('a-1', '{}'), '{"_id":"a-1"}\n')
  assert.equal(documentLine(undefined, '{"m":1}'), '{"m":1}\n')
})
