import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  decideTemplate,
  type KnownTemplate,
  logTemplate,
  matchesPattern,
  templatePatterns,
  templateVersion,
} from '../../../../agent/output/elasticsearch/template.ts'

const target = 'logs-kubernetes.container_logs-default'
const template = (changes: Partial<KnownTemplate>): KnownTemplate => ({
  name: 'some',
  patterns: ['logs-*-*'],
  priority: 100,
  dataStream: true,
  ownVersion: undefined,
  ...changes,
})
const builtIn = template({ name: 'logs' })
const integration = template({
  name: 'logs-kubernetes.container_logs',
  patterns: ['logs-kubernetes.container_logs-*'],
  priority: 200,
})
const catchAll = template({ name: 'everything', patterns: ['*'], priority: 0, dataStream: false })
const metrics = template({ name: 'metrics', patterns: ['metrics-*-*'], priority: 500 })
const own = template({ name: 'picket-logs', priority: 90, ownVersion: templateVersion })

const cases: readonly [string, readonly KnownTemplate[], 'auto' | 'always', object][] = [
  ['none at all', [], 'auto', { kind: 'install' }],
  ['none that matches', [metrics], 'auto', { kind: 'install' }],
  ['the built-in one', [metrics, builtIn], 'auto', { kind: 'keep', name: 'logs' }],
  ['an integration wins over it', [builtIn, integration], 'auto', { kind: 'keep', name: integration.name }],
  ['one without a data stream', [catchAll], 'auto', { kind: 'plain_index', name: 'everything' }],
  ['one without a data stream, outranked', [catchAll, builtIn], 'auto', { kind: 'keep', name: 'logs' }],
  ['ours', [own], 'auto', { kind: 'keep', name: 'picket-logs' }],
  ['ours of an older agent', [{ ...own, ownVersion: 0 }], 'auto', { kind: 'install' }],
  ['ours of a newer agent', [{ ...own, ownVersion: 9 }], 'auto', { kind: 'keep', name: 'picket-logs' }],
  ['always, beside the built-in one', [builtIn], 'always', { kind: 'install' }],
  ['always, ours there already', [builtIn, { ...own, priority: 150 }], 'always', { kind: 'keep', name: 'picket-logs' }],
]
for (const [name, known, manage, expected] of cases) {
  test(`decision: ${name}`, () => assert.deepEqual(decideTemplate(known, target, manage), expected))
}

test('patterns: a star is any run of characters, and nothing else is special', () => {
  const table = [
    ['logs-*-*', target, true],
    ['logs-*-*', 'logs-x', false],
    ['*', '', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c', false],
    ['*bc*bc', 'abc', false],
    ['*.container_logs-*', target, true],
    ['logs-kubernetes?container_logs-default', target, false],
    [target, target, true],
  ] as const
  assert.deepEqual(
    table.map(([pattern, name]) => [pattern, name, matchesPattern(pattern, name)]),
    table,
  )
})

test('patterns match as the regular expression does', () => {
  const letters = (extra: string) => fc.string({ unit: fc.constantFrom('a', 'b', '-', extra), maxLength: 8 })
  fc.assert(
    fc.property(letters('*'), letters('.'), (pattern, name) => {
      const expression = new RegExp(`^${pattern.replace(/[.-]/g, '\\$&').replaceAll('*', '.*')}$`)
      assert.equal(matchesPattern(pattern, name), expression.test(name))
    }),
  )
})

test('our patterns cover the streams of other datasets, where the name follows the scheme', () => {
  assert.deepEqual(
    [target, 'my-stream', 'a-b-c-d'].map((name) => templatePatterns(name)),
    [['logs-*-*'], ['my-stream'], ['a-b-c-d']],
  )
})

test('the template of each product', () => {
  const { template: body, ...head } = logTemplate('opensearch', target, 'auto', 'match_only_text')
  assert.deepEqual(head, {
    index_patterns: ['logs-*-*'],
    data_stream: {},
    priority: 90,
    _meta: { description: 'Container logs, installed by picket', picket: 2 },
  })
  assert.deepEqual(
    [body.mappings.properties['@timestamp'], body.mappings.properties.kubernetes.properties.labels],
    [{ type: 'date' }, { type: 'flat_object' }],
  )
  const elastic = logTemplate('elasticsearch', target, 'always', 'text')
  assert.deepEqual(
    [elastic.priority, elastic.template.mappings.properties],
    [
      150,
      {
        '@timestamp': { type: 'date_nanos' },
        message: { type: 'text' },
        stream: { type: 'keyword', ignore_above: 1024 },
        log: {
          properties: {
            level: { type: 'keyword', ignore_above: 1024 },
            offset: { type: 'long' },
            length: { type: 'long', index: false },
            spans: { type: 'keyword', index: false, doc_values: false },
            lost: { type: 'keyword', index: false, doc_values: false },
            skipped: { type: 'keyword', index: false, doc_values: false },
            flags: { type: 'keyword', ignore_above: 1024 },
            file: {
              properties: {
                path: { type: 'keyword', ignore_above: 1024 },
                fingerprint: { type: 'keyword', ignore_above: 1024 },
              },
            },
          },
        },
        kubernetes: {
          properties: {
            labels: { type: 'flattened' },
            annotations: { type: 'flattened' },
            namespace_labels: { type: 'flattened' },
            namespace_annotations: { type: 'flattened' },
            node: { properties: { labels: { type: 'flattened' } } },
          },
        },
      },
    ],
  )
})
