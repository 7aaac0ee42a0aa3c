import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type DescribedFile, type DocumentOptions, documentTexts } from '../../../agent/document/texts.ts'
import type { DocumentTexts, Facts } from '../../../agent/event.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

const FINGERPRINT = 'aB3-_xyzAB01cdEF'
const ID = '0123456789abcdef'.repeat(4)
const file = {
  origin: {
    kind: 'container',
    namespace: 'shop',
    pod: 'web-7d4b9c6f5d-x2x7p',
    container: 'nginx',
    podUid: '6f0d2f3e-1c1b-4a53-9a63-0a6ff0b0c0de',
    restart: 0,
    containerId: ID,
  },
  tag: 'kube.shop.nginx.web-7d4b9c6f5d-x2x7p',
  path: `/var/log/containers/web-7d4b9c6f5d-x2x7p_shop_nginx-${ID}.log`,
  fingerprint: FINGERPRINT,
} as const

const facts: Facts = {
  fields: {
    container: { id: ID, name: 'nginx' },
    kubernetes: { namespace: 'shop', pod: { name: 'web-7d4b9c6f5d-x2x7p' }, container: { name: 'nginx' } },
    service: { name: 'nginx' },
  },
  dataset: undefined,
  namespace: undefined,
}

const options: DocumentOptions = {
  dataset: 'kubernetes.container_logs',
  namespace: 'default',
  plainIndex: undefined,
  requestIndex: 'logs-kubernetes.container_logs-default',
  idempotent: true,
  staticFields: {},
  filePath: true,
  hostName: 'node-1',
  clusterName: undefined,
}

/** Puts a record between the texts as encoders do (agent/event.ts, DocumentTexts). */
const record = (texts: DocumentTexts, stream: 'stdout' | 'stderr' | 'none'): { action: string; document: string } => {
  const id = texts.idOffset ? `4711${decode(texts.afterId)}` : ''
  const body = `${decode(texts.head)}${id}2026-11-21T06:00:00.123456789Z${decode(texts[stream])}4711,"length":42},"message":"hi"}\n`
  const [action = '', document = '', rest] = body.split('\n')
  assert.equal(rest, '')
  return { action, document }
}

const documentOf = (texts: DocumentTexts, stream: 'stdout' | 'stderr' | 'none' = 'stdout'): Record<string, unknown> =>
  JSON.parse(record(texts, stream).document)

test('a container record is one create action and one lean ECS document', () => {
  const { action, document } = record(documentTexts(file, facts, options), 'stdout')
  assert.equal(action, `{"create":{"_id":"${FINGERPRINT}-4711"}}`)
  assert.equal(
    document,
    '{"@timestamp":"2026-11-21T06:00:00.123456789Z","stream":"stdout",' +
      '"data_stream":{"type":"logs","dataset":"kubernetes.container_logs","namespace":"default"},"host":{"name":"node-1"},' +
      `"container":{"id":"${ID}","name":"nginx"},` +
      '"kubernetes":{"namespace":"shop","pod":{"name":"web-7d4b9c6f5d-x2x7p"},"container":{"name":"nginx"}},' +
      `"service":{"name":"nginx"},"log":{"file":{"path":"${file.path}","fingerprint":"${FINGERPRINT}"},` +
      '"offset":4711,"length":42},"message":"hi"}',
  )
})

test('the constant part of a document stays within its budget', () => {
  const bytes = (filePath: 'auto' | boolean): number => {
    const texts = documentTexts(file, facts, { ...options, filePath })
    return texts.head.length + texts.afterId.length + texts.stdout.length
  }
  assert.deepEqual([bytes('auto'), bytes(true)], [476, 606])
})

test('a container document says its path only where it is asked for, a plain one unless it is not', () => {
  const pathOf = (described: DescribedFile, filePath: 'auto' | boolean): unknown =>
    (documentOf(documentTexts(described, facts, { ...options, filePath })).log as { file: { path?: string } }).file.path
  const plain = { ...file, origin: { kind: 'plain' } as const }
  assert.deepEqual(
    [pathOf(file, 'auto'), pathOf(file, true), pathOf(plain, 'auto'), pathOf(plain, false)],
    [undefined, file.path, file.path, undefined],
  )
})

test('streams differ in their name only, and a record without a stream has none', () => {
  const texts = documentTexts(file, facts, options)
  const { stream, ...rest } = documentOf(texts, 'stderr')
  assert.equal(stream, 'stderr')
  assert.deepEqual(documentOf(texts, 'none'), rest)
})

test('without idempotence the action has no id', () => {
  const texts = documentTexts(file, facts, { ...options, idempotent: false })
  assert.deepEqual(
    [texts.idOffset, decode(texts.head), decode(texts.afterId)],
    [false, '{"create":{}}\n{"@timestamp":"', ''],
  )
})

test('a pod that asks for another dataset gets its own data stream, in the action and in the document', () => {
  const wishes: Facts = { ...facts, dataset: 'Nginx-Access', namespace: 'prod' }
  const texts = documentTexts(file, wishes, options)
  assert.equal(
    record(texts, 'stdout').action,
    `{"create":{"_index":"logs-nginx_access-prod","_id":"${FINGERPRINT}-4711"}}`,
  )
  assert.deepEqual(documentOf(texts).data_stream, { type: 'logs', dataset: 'nginx_access', namespace: 'prod' })
  const plain = documentTexts(file, wishes, { ...options, idempotent: false })
  assert.equal(record(plain, 'stdout').action, '{"create":{"_index":"logs-nginx_access-prod"}}')
})

test('an annotation of which nothing valid is left does not count', () => {
  const texts = documentTexts(file, { ...facts, dataset: '---', namespace: ' ' }, options)
  assert.deepEqual(documentOf(texts).data_stream, {
    type: 'logs',
    dataset: 'kubernetes.container_logs',
    namespace: 'default',
  })
})

test('a plain index takes everything, whatever pods ask for, and documents say their dataset by event.dataset', () => {
  const texts = documentTexts(
    file,
    { ...facts, dataset: 'nginx' },
    { ...options, plainIndex: 'logs', requestIndex: 'logs' },
  )
  const document = documentOf(texts)
  assert.equal(record(texts, 'stdout').action, `{"create":{"_id":"${FINGERPRINT}-4711"}}`)
  assert.deepEqual([document.data_stream, document.event], [undefined, { dataset: 'nginx' }])
})

test('a plain file is known by its tag', () => {
  const texts = documentTexts(
    { origin: { kind: 'plain' }, tag: 'syslog', path: '/var/log/syslog', fingerprint: FINGERPRINT },
    { fields: {}, dataset: undefined, namespace: undefined },
    { ...options, dataset: 'syslog', requestIndex: 'logs-syslog-default', clusterName: 'blue' },
  )
  assert.deepEqual(documentOf(texts, 'none'), {
    '@timestamp': '2026-11-21T06:00:00.123456789Z',
    data_stream: { type: 'logs', dataset: 'syslog', namespace: 'default' },
    host: { name: 'node-1' },
    orchestrator: { cluster: { name: 'blue' } },
    tags: ['syslog'],
    log: { file: { path: '/var/log/syslog', fingerprint: FINGERPRINT }, offset: 4711, length: 42 },
    message: 'hi',
  })
})

test('static fields are merged deeply, dotted or nested, win over facts, and null takes a field out', () => {
  const staticFields = {
    'host.os.name': 'Debian',
    'service.name': 'checkout',
    service: { environment: 'prod' },
    'kubernetes.pod': null,
    container: { id: null, name: null },
    'log.level': 'info',
  }
  const {
    '@timestamp': _time,
    message: _message,
    ...document
  } = documentOf(documentTexts(file, facts, { ...options, staticFields }))
  assert.deepEqual(document, {
    stream: 'stdout',
    data_stream: { type: 'logs', dataset: 'kubernetes.container_logs', namespace: 'default' },
    host: { name: 'node-1', os: { name: 'Debian' } },
    kubernetes: { namespace: 'shop', container: { name: 'nginx' } },
    service: { name: 'checkout', environment: 'prod' },
    log: { level: 'info', file: { path: file.path, fingerprint: FINGERPRINT }, offset: 4711, length: 42 },
  })
})

test('static fields cannot take the place of what makes the document', () => {
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
  const plain = documentTexts(file, facts, options)
  const withFields = documentTexts(file, facts, { ...options, staticFields })
  const { ['__proto__' as string]: odd, ...document } = documentOf(withFields)
  assert.deepEqual(odd, { polluted: true })
  assert.deepEqual(document, documentOf(plain))
})

test('hostile names stay text: quotes, line ends and the fingerprint itself', () => {
  const path = `/var/log/"a"\n\\${FINGERPRINT}${FINGERPRINT}\u2028`
  const labels = { app: `n${FINGERPRINT}\n${FINGERPRINT}` }
  const texts = documentTexts({ ...file, path }, { ...facts, fields: { kubernetes: { labels } } }, options)
  const document = documentOf(texts)
  assert.deepEqual(
    [document.kubernetes, (document.log as { file: unknown }).file],
    [{ labels }, { path, fingerprint: FINGERPRINT }],
  )
  for (const stream of ['stdout', 'stderr', 'none'] as const) {
    assert.equal(decode(texts[stream]).split(FINGERPRINT).length, 2)
    assert.ok(decode(texts[stream]).includes(`"fingerprint":"${FINGERPRINT}"`))
  }
})

test('a fingerprint that begins like the end of an escape is hidden without breaking the escape', () => {
  const fingerprint = 'nu001fABCDEFGHIJ'
  const path = `/x\n${'u001fABCDEFGHIJ'}/\n${fingerprint}/\u001fABCDEFGHIJ`
  const texts = documentTexts({ ...file, path, fingerprint }, facts, options)
  assert.equal((documentOf(texts).log as { file: { path: string } }).file.path, path)
  assert.equal(decode(texts.stdout).split(fingerprint).length, 2)
})

test('any facts and any static fields give one valid line', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (fields, fixed) => {
        const texts = documentTexts(file, { ...facts, fields }, { ...options, staticFields: fixed })
        const document = documentOf(texts)
        assert.deepEqual(Object.keys(document).filter((key) => key === 'message' || key === '@timestamp').length, 2)
        assert.deepEqual((document.log as { file: unknown }).file, { path: file.path, fingerprint: FINGERPRINT })
        assert.equal(document.stream, 'stdout')
      },
    ),
  )
})
