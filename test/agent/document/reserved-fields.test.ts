import assert from 'node:assert/strict'
import test from 'node:test'
import { reservedStaticFields } from '../../../agent/document/reserved-fields.ts'

test('static fields that would take the place of what makes the document', () => {
  const staticFields = {
    '@timestamp': 'x',
    message: 'x',
    stream: 'x',
    data_stream: { dataset: 'x' },
    'data_stream.namespace': 'x',
    'log.offset': 1,
    log: { file: { path: 'x' }, length: 1, spans: 'x', flags: [] },
    ['__proto__']: { polluted: true },
  }
  assert.deepEqual(reservedStaticFields(staticFields), [
    '@timestamp',
    'message',
    'stream',
    'data_stream',
    'log.file',
    'log.offset',
    'log.length',
    'log.spans',
    'log.flags',
  ])
  assert.deepEqual(reservedStaticFields({ log: 'text', a: 1 }), ['log'])
  assert.deepEqual(reservedStaticFields({ log: { logger: 'x' }, message_id: 1, labels: { message: 'x' } }), [])
})
