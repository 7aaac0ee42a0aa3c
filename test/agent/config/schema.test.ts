import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { parse } from 'yaml'
import { jsonSchema } from '../../../agent/config/json-schema.ts'
import { rootSchema } from '../../../agent/config/schema.ts'
import { mapOf, type SchemaNode } from '../../../agent/config/schema-node.ts'
import { parseSize } from '../../../agent/config/size.ts'
import { parseDuration } from '../../../lib/words/duration.ts'

/** Every piece of the schema with its path. */
const everyOption = (schema: SchemaNode, path = ''): [string, SchemaNode][] => [
  [path, schema],
  ...Object.entries(schema.properties ?? {}).flatMap(([key, option]) => everyOption(option, `${path}.${key}`)),
  ...(schema.anyOf ?? []).flatMap((variant) => everyOption(variant, path)),
  ...(mapOf(schema) ? everyOption(mapOf(schema)![1], `${path}.*`) : []),
]

test('every option says what it is', () => {
  const silent = everyOption(rootSchema).filter(
    ([, option]) => !option.anyOf && !/^[A-Z`].*\.$/s.test(option.description ?? ''),
  )
  assert.deepEqual(
    silent.map(([path]) => path),
    [],
  )
})

test('every number, duration and size has a range, and its default lies in it', () => {
  const parse = { duration: parseDuration, size: parseSize }
  const wrong = everyOption(rootSchema).filter(
    ([, { unit, least, most, minimum, maximum, type, default: standIn }]) => {
      if (unit === 'duration' || unit === 'size') {
        const [from, value, to] = [least, standIn, most].map((text) => parse[unit](String(text)))
        return from === undefined || value === undefined || to === undefined || from > value || value > to
      }
      if (type !== 'integer') return false
      return minimum === undefined || maximum === undefined || minimum > Number(standIn) || Number(standIn) > maximum
    },
  )
  assert.deepEqual(
    wrong.map(([path]) => path),
    [],
  )
})

test('the published schema takes the example and refuses what the check refuses', () => {
  const schema = jsonSchema() as TSchema
  const text = readFileSync(new URL('../../fixtures/config/whole-node.yaml', import.meta.url), 'utf8')
  const example = parse(text) as Record<string, unknown>
  const takes = (change: object): boolean => Check(schema, { ...example, ...change })
  assert.equal(takes({}), true)
  assert.equal(takes({ shutdown_grace: 0 }), true)
  assert.equal(takes({ shutdown_grace: '$' + '{GRACE}' }), true)
  assert.equal(takes({ shutdown_grace: 5 }), false)
  assert.equal(takes({ shutdown_grace: 'soon' }), false)
  assert.equal(takes({ unknown: 1 }), false)
  assert.equal(takes({ outputs: { o: { kind: 'elasticsearch' } } }), false)
  assert.equal(takes({ outputs: { o: { kind: 'elasticsearch', cloud_id: 'a:Yg==' } } }), true)
  assert.equal(takes({ outputs: { o: { kind: 'elasticsearch', hosts: ['http://es'], compression: 10 } } }), false)
  assert.equal(takes({ outputs: { o: { kind: 'stdout', fields: { labels: { a: 1 } } } } }), true)
  assert.equal(takes({ sources: { 'a b': { kind: 'containers' } } }), false)
})
