import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { type MetricDefinition, SELF_METRICS } from '../../../agent/telemetry/self-metrics.ts'
import { selfMetricsPage } from '../../../agent/telemetry/self-metrics-page.ts'

const definitions: readonly MetricDefinition[] = Object.values(SELF_METRICS)
const named = (wrong: (definition: MetricDefinition) => boolean): string[] =>
  definitions.filter(wrong).map(({ name }) => name)

test('docs/self-metrics.md is what the definitions say (npm run golden writes it)', () =>
  assert.equal(readFileSync(new URL('../../../docs/self-metrics.md', import.meta.url), 'utf8'), selfMetricsPage()))

test('names follow the rule: picket_ or process_, counters end in _total, nothing else does', () => {
  assert.deepEqual(
    named(({ name }) => !/^(picket|process)(_[a-z0-9]+)+$/.test(name)),
    [],
  )
  assert.deepEqual(
    named(({ name, kind }) => (kind === 'counter') !== name.endsWith('_total')),
    [],
  )
})

test('no name comes twice', () =>
  assert.deepEqual(
    definitions.map((d) => d.name).filter((name, i, all) => all.indexOf(name) !== i),
    [],
  ))

test('labels are among those that cannot grow with the number of pods', () => {
  const bounded = [
    'action',
    'cause',
    'level',
    'node_version',
    'outcome',
    'output',
    'part',
    'reason',
    'resource',
    'revision',
    'source',
    'state',
    'version',
  ]
  assert.deepEqual([...new Set(definitions.flatMap((d) => d.labels))].sort(), bounded)
})

test('help is a sentence', () =>
  assert.deepEqual(
    named(({ help }) => !/^[A-Z0-9].*\.$|^1 while/.test(help)),
    [],
  ))
