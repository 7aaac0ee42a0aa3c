import assert from 'node:assert/strict'
import test from 'node:test'
import { metricItem } from '../../../agent/document/metric-item.ts'

const look = { time: '2026-11-26T10:00:00.000Z', periodMs: 10_000, fields: { host: { name: 'node-1' } } }
const stream = { namespace: 'default', plainIndex: undefined, staticFields: {} }
const memory = { set: 'memory', fields: { system: { memory: { total: 1, used: { bytes: 0, pct: 0 } } } } } as const

test('an action without _id that names the set’s data stream; fractions have a point', () => {
  assert.equal(
    metricItem(memory, look, stream).lines,
    '{"create":{"_index":"metrics-system.memory-default"}}\n' +
      '{"@timestamp":"2026-11-26T10:00:00.000Z",' +
      '"data_stream":{"type":"metrics","dataset":"system.memory","namespace":"default"},' +
      '"event":{"dataset":"system.memory","module":"system"},"metricset":{"name":"memory","period":10000},' +
      '"host":{"name":"node-1"},"system":{"memory":{"total":1,"used":{"bytes":0,"pct":0.0}}}}\n',
  )
})

test('a plain index: the request names it, and no data stream is', () => {
  assert.equal(
    metricItem(memory, look, { ...stream, plainIndex: 'everything' }).lines,
    '{"create":{}}\n' +
      '{"@timestamp":"2026-11-26T10:00:00.000Z",' +
      '"event":{"dataset":"system.memory","module":"system"},"metricset":{"name":"memory","period":10000},' +
      '"host":{"name":"node-1"},"system":{"memory":{"total":1,"used":{"bytes":0,"pct":0.0}}}}\n',
  )
})

test('host’s own fields and those of the set are one object; static fields win, and null takes one out', () => {
  const network = { set: 'network', fields: { host: { network: { ingress: { bytes: 3 } } } } } as const
  const fields = { 'labels.zone': 'a', metricset: { period: null }, data_stream: { type: 'logs' } }
  const [, document = ''] = metricItem(network, look, { ...stream, staticFields: fields }).lines.split('\n')
  assert.deepEqual(JSON.parse(document), {
    '@timestamp': '2026-11-26T10:00:00.000Z',
    data_stream: { type: 'metrics', dataset: 'system.network', namespace: 'default' },
    event: { dataset: 'system.network', module: 'system' },
    metricset: { name: 'network' },
    host: { name: 'node-1', network: { ingress: { bytes: 3 } } },
    labels: { zone: 'a' },
  })
})

test('a hostile name of a device stays one line', () => {
  const disk = { set: 'diskio', fields: { system: { diskio: { name: 'a\n{"create":{}}\n"' } } } } as const
  const lines = metricItem(disk, look, stream).lines.split('\n')
  assert.equal(lines.length, 3)
  assert.equal(JSON.parse(lines[1]!).system.diskio.name, 'a\n{"create":{}}\n"')
})

test('a number of the user’s that JSON writes with an exponent is left as it is', () => {
  const fields = { labels: { usage: 1e21 } }
  const [, document = ''] = metricItem(memory, look, { ...stream, staticFields: fields }).lines.split('\n')
  assert.equal(JSON.parse(document).labels.usage, 1e21)
})
