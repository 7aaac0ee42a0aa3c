import assert from 'node:assert/strict'
import test from 'node:test'
import { metricItem } from '../../../../agent/document/metric-item.ts'
import { METRIC_SETS } from '../../../../agent/document/metric-sets.ts'
import { metricDocuments } from '../../../../agent/metrics/documents/documents.ts'
import { decideMetricsTemplate, metricsTemplate } from '../../../../agent/output/elasticsearch/metrics-template.ts'
import type { KnownTemplate } from '../../../../agent/output/elasticsearch/template.ts'
import { busyNode } from '../../../support/busy-node.ts'

const target = 'metrics-system.cpu-default'
const template = (changes: Partial<KnownTemplate>): KnownTemplate => ({
  name: 'some',
  patterns: ['metrics-*-*'],
  priority: 100,
  dataStream: true,
  ownVersion: undefined,
  ...changes,
})
const builtIn = template({ name: 'metrics' })
const integration = template({ name: 'metrics-system.cpu', patterns: ['metrics-system.cpu-*'], priority: 200 })
const plain = template({ name: 'mine', priority: 300, dataStream: false })
const own = template({
  name: 'picket-metrics-system',
  patterns: metricsTemplate('opensearch').index_patterns,
  priority: 150,
  ownVersion: metricsTemplate('opensearch')._meta.picket,
})

const cases: readonly [string, readonly KnownTemplate[], object][] = [
  ['none', [], { kind: 'install' }],
  ['the built-in one, which takes types from values', [builtIn], { kind: 'install' }],
  ['an integration’s', [builtIn, integration, own], { kind: 'keep', name: 'metrics-system.cpu' }],
  ['a higher one that makes a plain index', [plain], { kind: 'plain_index', name: 'mine' }],
  ['ours', [builtIn, own], { kind: 'keep', name: 'picket-metrics-system' }],
  ['ours of an older agent', [builtIn, { ...own, ownVersion: 0 }], { kind: 'install' }],
  ['ours of a newer agent', [{ ...own, ownVersion: 99 }], { kind: 'keep', name: 'picket-metrics-system' }],
]
for (const [title, known, expected] of cases)
  test(`decision: ${title}`, () => assert.deepEqual(decideMetricsTemplate(known, target), expected))

/** Paths of the numbers in a document. */
const numbersIn = (value: unknown, path: string): string[] => {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, path === '' ? key : `${path}.${key}`))
}

test('it says the type of every number that a document can have', () => {
  const { properties } = metricsTemplate('elasticsearch').template.mappings
  const [before, now] = busyNode
  const look = { time: '2026-11-26T10:00:00.000Z', periodMs: 10_000, fields: {} }
  const options = { namespace: 'default', plainIndex: undefined, staticFields: {} }
  const documents = metricDocuments(METRIC_SETS, now, before).map(
    (document) => metricItem(document, look, options).lines,
  )
  const paths = new Set(documents.flatMap((lines) => numbersIn(JSON.parse(lines.split('\n')[1]!), '')))
  assert.deepEqual(
    [...paths].filter((path) => !Object.hasOwn(properties, path)),
    [],
  )
})

test('OpenSearch is asked for nothing that it does not know', () => {
  assert.deepEqual(Object.keys(metricsTemplate('opensearch')), [
    'index_patterns',
    'data_stream',
    'priority',
    'template',
    '_meta',
  ])
  assert.deepEqual(metricsTemplate('elasticsearch').composed_of, ['metrics@settings', 'metrics@custom'])
})
