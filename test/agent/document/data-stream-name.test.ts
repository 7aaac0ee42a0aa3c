import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { dataStreamPartMistake, sanitizeDataStreamPart } from '../../../agent/document/data-stream-name.ts'

const sanitized: [wish: string, part: string | undefined][] = [
  ['nginx.access', 'nginx.access'],
  ['  Team-A ', 'team_a'],
  ['a/b\\c*d?e"f<g>h|i,j#k:l', 'a_b_c_d_e_f_g_h_i_j_k_l'],
  ['__-+x', 'x'],
  ['-', undefined],
  ['', undefined],
  ['a\u0000b\nc', 'a_b_c'],
  ['x'.repeat(300), 'x'.repeat(100)],
  ['é'.repeat(60), 'é'.repeat(50)],
]

test('what an annotation asks for becomes a valid part of a data stream name', () => {
  for (const [wish, part] of sanitized) assert.equal(sanitizeDataStreamPart(wish), part, wish)
})

test('whatever is asked for, the result has no mistake', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (wish) => {
      const part = sanitizeDataStreamPart(wish)
      assert.equal(part === undefined ? undefined : dataStreamPartMistake(part), undefined)
    }),
  )
})

test('mistakes in a configured part are named', () => {
  assert.deepEqual(['default', '', 'Shop', '_x', 'a-b', 'a b', 'y'.repeat(101)].map(dataStreamPartMistake), [
    undefined,
    'must not be empty',
    'must be lower case',
    'must not start with "_", "-" or "+"',
    'must not hold "-"',
    'must not hold " "',
    'must not be longer than 100 bytes',
  ])
})
