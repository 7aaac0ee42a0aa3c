import assert from 'node:assert/strict'
import test from 'node:test'
import type { Located } from '../../../agent/config/located.ts'
import { readYaml } from '../../../agent/config/read-yaml.ts'

const plain = (node: Located): unknown => {
  if (node.kind === 'list') return node.items.map(plain)
  if (node.kind === 'map') return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]))
  return node.value
}

const read = (text: string): unknown => {
  const { root, mistakes } = readYaml(text)
  return mistakes.length > 0 || root === undefined ? mistakes.map((m) => m.problem) : plain(root)
}

test('aliases and merge keys are followed; what stands in the map itself wins', () => {
  const text = 'base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nboth: {<<: [*b, *o], x: 0}\none: {<<: *b}\nlist: [*b]'
  assert.deepEqual(read(text), {
    base: { x: 1, y: 2 },
    other: { y: 3, z: 4 },
    both: { x: 0, y: 2, z: 4 },
    one: { x: 1, y: 2 },
    list: [{ x: 1, y: 2 }],
  })
})

test('YAML 1.2: yes, on and 0777 are not what YAML 1.1 made of them', () => {
  assert.deepEqual(read('a: yes\nb: on\nc: 012\nd: ~\ne: 1_000'), { a: 'yes', b: 'on', c: 12, d: null, e: '1_000' })
})

const TOO_LARGE = ['the configuration is too large once its aliases are followed']

test('an alias bomb is refused at once', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`)
  const started = performance.now()
  assert.deepEqual(read(['l0: &l0 lol', ...levels].join('\n')), TOO_LARGE)
  assert.ok(performance.now() - started < 2000)
})

test('a document that holds itself, and one that is very deep, are refused', () => {
  assert.deepEqual(read('a: &a {b: *a}'), TOO_LARGE)
  assert.deepEqual(read(`a: ${'['.repeat(40)}${']'.repeat(40)}`), TOO_LARGE)
})

test('a file that is larger than any configuration is not parsed', () => {
  assert.deepEqual(read('#'.repeat(2 * 1024 * 1024)), ['the file is too large for a configuration'])
})

test('__proto__ is a key like any other', () => {
  const { root } = readYaml('__proto__: {polluted: 1}')
  assert.deepEqual(root?.kind === 'map' && [...root.entries.keys()], ['__proto__'])
  assert.equal((Object.prototype as unknown as Record<string, unknown>).polluted, undefined)
})
