import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { messageExpression, valueExpression } from '../../../agent/search/pattern.ts'

const patternOf = (text: string) => ({ text, quoted: false })

/** Does the text, or with `whole` all of it, have the form? `*` and `?` tried out place by place. */
const fits = (form: string, text: string, blank: boolean, whole: boolean): boolean => {
  let ends = new Set([0])
  for (const one of form) {
    const next = new Set<number>()
    for (const end of ends) {
      const taken = (k: number): boolean => k < text.length && (blank || text[k] !== ' ')
      if (one === '*') for (let k = end; next.add(k) && taken(k); k++);
      else if (one === '?' ? taken(end) : text[end] === one) next.add(end + 1)
    }
    ends = next
  }
  return whole ? ends.has(text.length) : ends.size > 0
}

const form = fc.string({ unit: fc.constantFrom('-', '=', '*', '?'), minLength: 1, maxLength: 7 })
const text = fc.string({ unit: fc.constantFrom('-', '=', ' '), maxLength: 9 })

test('asterisks find in messages and values what they would if every place were tried', () => {
  fc.assert(
    fc.property(form, text, (asked, said) => {
      const starts = Array.from({ length: said.length + 1 }, (_, k) => said.slice(k))
      assert.deepEqual(
        [messageExpression(patternOf(asked)).test(said), valueExpression(patternOf(asked)).test(said)],
        [starts.some((rest) => fits(asked, rest, false, false)), fits(asked, said, true, true)],
      )
    }),
  )
})

test('many asterisks on a long line without blanks are answered', () => {
  const line = 'a'.repeat(2000)
  assert.equal(messageExpression(patternOf('*a*a*a*a*a*a*b')).test(line), false)
  assert.equal(valueExpression(patternOf('*a*a*a*a*a*a*b')).test(line), false)
  assert.deepEqual([...`x ${line}b y`.matchAll(messageExpression(patternOf('*a*a*b')))][0]?.[0], `${line}b`)
})
