import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { patternMistake, patternsMeet } from '../../../agent/config/tag-pattern.ts'
import { compileMatch } from '../../../agent/feed/match.ts'

test('patterns that meet, and patterns that cannot', () => {
  const table: [string, string, boolean][] = [
    ['**', 'syslog', true],
    ['kube.**', 'kube.*.*.*.**', true],
    ['kubernetes.**', 'kube.*.*.*.**', false],
    ['kube.shop.*', 'kube.*.*.*.**', false],
    ['kube.shop.*.*', 'kube.*.*.*.**', true],
    ['{syslog,auth}', 'auth', true],
    ['{syslog,auth}', 'kern', false],
    ['sys*', 'syslog', true],
    ['sys*', 'auth', false],
    ['**.web', 'kube.*.*.*.**', true],
    ['a.**.b', 'a.b', true],
  ]
  for (const [a, b, meet] of table) {
    assert.deepEqual([a, b, patternsMeet(a, b)], [a, b, meet])
    assert.deepEqual([b, a, patternsMeet(b, a)], [b, a, meet])
  }
})

test('two patterns that take the same tag meet', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '{a,b}', '{a,b.a}')
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  const tag = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(pattern, pattern, tag, (p, q, t) => {
      fc.pre(compileMatch(p)(t) && compileMatch(q)(t))
      assert.ok(patternsMeet(p, q))
    }),
    { numRuns: 500 },
  )
})

test('patterns that are not well formed', () => {
  const table: [string, string | undefined][] = [
    ['** kube.{a,b}.**', undefined],
    ['{a,b', 'has a { without a }'],
    ['a}', 'has a } without a {'],
    ['{a, b}', 'has a blank between { and }; blanks separate patterns'],
  ]
  for (const [pattern, mistake] of table) assert.deepEqual([pattern, patternMistake(pattern)], [pattern, mistake])
})

test('a pattern that explodes is answered at once', () => {
  assert.equal(patternsMeet(`${'{a,b}'.repeat(40)}`, 'x'), true)
})
