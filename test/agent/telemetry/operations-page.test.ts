import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { type MetricDefinition, SELF_METRICS } from '../../../agent/telemetry/self-metrics.ts'

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')

test('docs/operations.md says of every kind of log line what to do about it, and of no other', () => {
  const sources = globSync('agent/**/*.ts').map((file) => readFileSync(file, 'utf8'))
  const logged = sources.flatMap((text) =>
    [...text.matchAll(/\blog\(\s*'(?:debug|info|warn|error)',\s*'(\w+)'/g)].map((m) => m[1]),
  )
  const table = page.slice(page.indexOf('| kind | level |')).split('\n').slice(2)
  const described = table.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((m) => m[1]))
  assert.deepEqual(described.sort(), [...logged, 'suppressed'].sort())
})

test('the metrics that docs/operations.md speaks of exist', () => {
  const known = new Set(Object.values<MetricDefinition>(SELF_METRICS).map((d) => d.name))
  const named = [...page.matchAll(/\bpicket_[a-z_]+\b/g)].map((m) => m[0])
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  )
})
