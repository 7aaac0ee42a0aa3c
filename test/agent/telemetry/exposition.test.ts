import assert from 'node:assert/strict'
import test from 'node:test'
import type { MetricFamily } from '../../../agent/event.ts'
import { exposition } from '../../../agent/telemetry/exposition.ts'

const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'picket_read_bytes_total',
    help: 'Bytes "read"\nfrom C:\\',
    kind: 'counter',
    samples: [{ labels: { source: 'a"b\\c\nd' }, value: 12 }],
  },
  { name: 'picket_build_info', help: 'Build.', kind: 'info', samples: [{ labels: { version: '1' }, value: 1 }] },
  {
    name: 'picket_wait_seconds',
    help: 'Wait.',
    kind: 'histogram',
    samples: [
      { name: 'picket_wait_seconds_bucket', labels: { output: 'x', le: 1 }, value: 2 },
      { name: 'picket_wait_seconds_bucket', labels: { output: 'x', le: 2.5 }, value: 3 },
      { name: 'picket_wait_seconds_bucket', labels: { output: 'x', le: '+Inf' }, value: 3 },
      { name: 'picket_wait_seconds_sum', labels: { output: 'x' }, value: 3.5 },
      { name: 'picket_wait_seconds_count', labels: { output: 'x' }, value: 3 },
    ],
  },
  {
    name: 'node_odd',
    help: 'Odd.',
    kind: 'unknown',
    samples: [Number.NaN, Infinity, -Infinity, 1e21].map((value) => ({ labels: {}, value })),
  },
  { name: 'empty', help: 'None.', kind: 'gauge', samples: [] },
]

test('Prometheus text 0.0.4', () =>
  assert.equal(
    exposition(FAMILIES, 'text'),
    `# HELP picket_read_bytes_total Bytes "read"\\nfrom C:\\\\
# TYPE picket_read_bytes_total counter
picket_read_bytes_total{source="a\\"b\\\\c\\nd"} 12
# HELP picket_build_info Build.
# TYPE picket_build_info gauge
picket_build_info{version="1"} 1
# HELP picket_wait_seconds Wait.
# TYPE picket_wait_seconds histogram
picket_wait_seconds_bucket{output="x",le="1"} 2
picket_wait_seconds_bucket{output="x",le="2.5"} 3
picket_wait_seconds_bucket{output="x",le="+Inf"} 3
picket_wait_seconds_sum{output="x"} 3.5
picket_wait_seconds_count{output="x"} 3
# HELP node_odd Odd.
# TYPE node_odd untyped
node_odd NaN
node_odd +Inf
node_odd -Inf
node_odd 1e+21
# HELP empty None.
# TYPE empty gauge
`,
  ))

test('OpenMetrics 1.0', () =>
  assert.equal(
    exposition(FAMILIES, 'openmetrics'),
    `# HELP picket_read_bytes Bytes \\"read\\"\\nfrom C:\\\\
# TYPE picket_read_bytes counter
# UNIT picket_read_bytes bytes
picket_read_bytes_total{source="a\\"b\\\\c\\nd"} 12
# HELP picket_build Build.
# TYPE picket_build info
picket_build_info{version="1"} 1
# HELP picket_wait_seconds Wait.
# TYPE picket_wait_seconds histogram
# UNIT picket_wait_seconds seconds
picket_wait_seconds_bucket{output="x",le="1.0"} 2
picket_wait_seconds_bucket{output="x",le="2.5"} 3
picket_wait_seconds_bucket{output="x",le="+Inf"} 3
picket_wait_seconds_sum{output="x"} 3.5
picket_wait_seconds_count{output="x"} 3
# HELP node_odd Odd.
# TYPE node_odd unknown
node_odd NaN
node_odd +Inf
node_odd -Inf
node_odd 1e+21
# HELP empty None.
# TYPE empty gauge
# EOF
`,
  ))

test('a label set that comes again is written as the first time, in each format', () => {
  const labels = { le: 1, device: 'a"b' }
  const families = (help: string): readonly MetricFamily[] => [
    { name: 'x_total', help, kind: 'counter', samples: [{ labels, value: 1 }] },
  ]
  const text = (help: string) => `# HELP x_total ${help}\n# TYPE x_total counter\nx_total{le="1",device="a\\"b"} 1\n`
  const open = `# HELP x H.\n# TYPE x counter\nx_total{le="1.0",device="a\\"b"} 1\n# EOF\n`
  for (const _ of [1, 2]) {
    assert.equal(exposition(families('H.'), 'text'), text('H.'))
    assert.equal(exposition(families('H.'), 'openmetrics'), open)
  }
  assert.equal(exposition(families('Other.'), 'text'), text('Other.'))
})
