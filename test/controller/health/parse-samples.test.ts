import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseSamples } from '../../../controller/health/parse-samples.ts'

const WANTED = new Set(['m'])
const LINES: readonly (readonly [string, readonly object[]])[] = [
  ['m 1', [{ name: 'm', labels: {}, value: 1 }]],
  ['m{} 1', [{ name: 'm', labels: {}, value: 1 }]],
  ['m{a="b",c="d"} 1.5e3 1700000000000', [{ name: 'm', labels: { a: 'b', c: 'd' }, value: 1500 }]],
  ['m{ a = "b" , } +Inf', [{ name: 'm', labels: { a: 'b' }, value: Infinity }]],
  ['m{a="} 7 \\"\\\\\\n"}\t-2', [{ name: 'm', labels: { a: '} 7 "\\\n' }, value: -2 }]],
  ['m{a="__proto__"} 1', [{ name: 'm', labels: { a: '__proto__' }, value: 1 }]],
  ['m NaN', []],
  ['m', []],
  ['m one', []],
  ['m{a="b} 1', []],
  ['m{a} 1', []],
  ['# TYPE m counter', []],
  ['mm 1', []],
  ['other{a="b"} 1', []],
  ['', []],
  [' m 1', []],
]

test('lines of the wanted names are read, and all others passed over', () => {
  for (const [line, samples] of LINES) assert.deepEqual(parseSamples(line, WANTED), samples, line)
  const all = LINES.map(([line]) => line).join('\n')
  assert.deepEqual(
    parseSamples(all, WANTED),
    LINES.flatMap(([, samples]) => samples),
  )
})

test('no text that a pod may answer with makes it fail', () => {
  const line = fc.string().map((rest) => `m${rest}`)
  fc.assert(fc.property(fc.array(line), (lines) => Array.isArray(parseSamples(lines.join('\n'), WANTED))))
})
