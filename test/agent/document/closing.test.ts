import assert from 'node:assert/strict'
import test from 'node:test'
import { closingDocument } from '../../../agent/document/closing.ts'
import type { DocumentOptions } from '../../../agent/document/texts.ts'
import type { Ending } from '../../../agent/event.ts'

const options: DocumentOptions = {
  dataset: 'kubernetes.container_logs',
  namespace: 'default',
  plainIndex: undefined,
  requestIndex: 'logs-kubernetes.container_logs-default',
  idempotent: true,
  staticFields: { event: { category: 'x', kind: 'mine' }, log: { lost: 'mine' } },
  filePath: true,
  hostName: 'node-1',
  clusterName: undefined,
}
const file = {
  origin: { kind: 'plain' },
  tag: 'syslog',
  path: '/var/log/syslog',
  fingerprint: 'abcdefghijklmnop',
} as const
const facts = { fields: {}, dataset: undefined, namespace: undefined }

const written = (
  ending: Ending,
): { readonly action: unknown; readonly document: unknown; readonly message: string } => {
  const { texts, message } = closingDocument(file, facts, ending, options)
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
  const lines = `${text(texts.head)}${ending.size}${text(texts.afterId)}T${text(texts.none)}${ending.size}}}`.split(
    '\n',
  )
  return { action: JSON.parse(lines[0]!), document: JSON.parse(lines[1]!), message }
}

test('a file that was read whole', () => {
  assert.deepEqual(written({ size: 12345, began: 0, lost: undefined }), {
    action: { create: { _id: 'abcdefghijklmnop-end-12345' } },
    document: {
      '@timestamp': 'T',
      data_stream: { type: 'logs', dataset: 'kubernetes.container_logs', namespace: 'default' },
      host: { name: 'node-1' },
      tags: ['syslog'],
      event: { category: 'x', kind: 'state', action: 'log_file_closed' },
      log: { file: { path: '/var/log/syslog', fingerprint: 'abcdefghijklmnop' }, offset: 12345 },
    },
    message: 'log file closed: 12345 bytes',
  })
})

test('one that was read from the middle on, and not to its end', () => {
  const { document, message } = written({ size: 100, began: 10, lost: { from: 90, cause: 'truncated' } })
  assert.deepEqual((document as { event: unknown; log: unknown }).event, {
    category: 'x',
    kind: 'state',
    action: 'log_file_closed',
    reason: 'truncated',
  })
  assert.deepEqual((document as { log: unknown }).log, {
    file: { path: '/var/log/syslog', fingerprint: 'abcdefghijklmnop' },
    lost: '90+10',
    skipped: '0+10',
    offset: 100,
  })
  assert.equal(message, 'log file closed: 100 bytes, the first 10 skipped, the last 10 lost (truncated)')
})
