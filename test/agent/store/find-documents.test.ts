import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { after, before } from 'node:test'
import fc from 'fast-check'
import { createLocalOutput } from '../../../agent/output/local/local.ts'
import { compileQuery } from '../../../agent/search/compile.ts'
import { parseQuery } from '../../../agent/search/parse-query.ts'
import { findDocuments } from '../../../agent/store/find-documents.ts'
import { openStore, type StoreReader } from '../../../agent/store/read-store.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { bulkBody, bulkText, type LoggedPod } from '../output/local/bulk-body.ts'

const web: LoggedPod = {
  namespace: 'shop',
  pod: 'web-7d4f',
  container: 'web',
  fingerprint: 'AbCdEfGhIjKlMnOp',
  labels: { app_kubernetes_io_name: 'web', tier: 'front' },
}
const cart: LoggedPod = { namespace: 'shop', pod: 'cart-0', container: 'cart', fingerprint: 'ZyXwVuTsRqPoNmLk' }
const api: LoggedPod = { namespace: 'payments', pod: 'api.v2-x', container: 'api', fingerprint: '0123456789abcdef' }

const messages: readonly [LoggedPod, string, ('stdout' | 'stderr')?][] = [
  [web, 'GET /cart timeout after 3000 ms'], // 0
  [web, 'Connection reset by peer 10.0.3.17:8080', 'stderr'], // 1
  [cart, 'Timeout: connection to db-1.internal lost'], // 2
  [cart, 'order_id=1234 accepted'], // 3
  [api, '{"level":"error","status":503,"path":"/pay","user":{"id":7}}'], // 4
  [api, '{"level":"info","status":200,"path":"/health"}'], // 5
  [api, 'reset\nconnection\n  Überlauf', 'stderr'], // 6
  [web, 'WARN timeouts are near: 95%'], // 7
  [web, "it's 'quoted' -- ; DROP TABLE documents \"x\" 🔥"], // 8
]

let folder = ''
let reader: StoreReader

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-find-'))
  const file = path.join(folder, 'store.db')
  const output = createLocalOutput(
    { name: 'local', path: file, maxSizeBytes: 1e9, maxAgeMs: 1e12 },
    { events: { stateDamaged: () => assert.fail() }, clock: realClock },
  )
  const plain = messages
    .map(([pod, message, stream = 'stdout'], index) =>
      bulkText(pod, [{ offset: index * 100, stamp: `2026-11-21T06:00:0${index}.000000000Z`, message, stream }]),
    )
    .join('')
  await output.send(bulkBody(plain), new AbortController().signal)
  await output.close()
  const opened = openStore(file)
  assert.ok(opened.kind === 'store')
  reader = opened.reader
})

after(() => {
  reader.close()
  fs.rmSync(folder, { recursive: true })
})

const anyTime = { sinceMs: undefined, untilMs: undefined, afterRow: undefined, order: 'arrival', limit: 100 } as const

/** The messages' numbers that a query finds. */
const find = (text: string, options = {}): number[] => {
  const parsed = parseQuery(text)
  assert.ok(parsed.kind === 'query', JSON.stringify(parsed))
  return findDocuments(reader, parsed.query, { ...anyTime, ...options }).found.map(({ row }) => row - 1)
}

const table: readonly [string, number[]][] = [
  ['', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['timeout', [0, 2]],
  ['TIMEOUT', [0, 2]],
  ['timeout*', [0, 2, 7]],
  ['time*', [0, 2, 7]],
  ['*out', [0, 2]],
  ['t*ts', [7]],
  ['time?ut', [0, 2]],
  ['timeout AND pod:web*', [0]],
  ['timeout -pod:web*', [2]],
  ['timeout OR reset', [0, 1, 2, 6]],
  ['(timeout OR reset) AND (connection OR GET)', [0, 1, 2, 6]],
  ['timeout OR "connection reset"', [0, 1, 2]],
  ['timeout OR pod:api*', [0, 2, 4, 5, 6]],
  ['connection reset', [1, 6]],
  ['"connection reset"', [1]],
  ['"reset connection"', [6]],
  ['"connection res"', []],
  ['überlauf', [6]],
  ['10.0.3.17', [1]],
  ['10.0.*', [1]],
  ['10.0.3.1', []],
  ['10.0.3.17:8080', [1]],
  ['order_id', [3]],
  ['order', []],
  ['1234', [3]],
  ['db-1', [2]],
  ['db-1.internal', [2]],
  ['95%', [7]],
  ['🔥', [8]],
  ['"\'quoted\'"', [8]],
  ['"; DROP TABLE documents"', [8]],
  [String.raw`"\"x\""`, [8]],
  ['namespace:shop', [0, 1, 2, 3, 7, 8]],
  ['namespace:SHOP pod:CART-0', [2, 3]],
  ['namespace:pay*', [4, 5, 6]],
  ['pod:(web* OR cart*) -namespace:payments timeout', [0, 2]],
  ['container:api', [4, 5, 6]],
  ['stream:stderr', [1, 6]],
  ['node:node-1 stream:stderr container:web', [1]],
  ['tag:kube.shop.*', [0, 1, 2, 3, 7, 8]],
  ['labels.tier:front timeout', [0]],
  ['labels.app.kubernetes.io/name:*', []],
  ['labels.app_kubernetes_io_name:web', [0, 1, 7, 8]],
  ['kubernetes.pod.name:api.v2-x stream:stdout', [4, 5]],
  ['status:503', [4]],
  ['status:>=500', [4]],
  ['status:<500', [5]],
  ['user.id:7', [4]],
  ['path:/health', []],
  ['level:error', [4]],
  ['level:warn', [7]],
  ['level:(info OR error)', [4, 5]],
  ['offset:<200', [0, 1]],
  ['log.offset:300', [3]],
  ['NOT namespace:*', []],
  ['nothing:here', []],
  ['NOT (timeout OR namespace:payments OR stream:stderr)', [3, 7, 8]],
]

for (const [query, expected] of table)
  test(`finds ${JSON.stringify(query)}`, () => {
    assert.deepEqual(find(query), expected)
  })

test('a walk by time finds the same as the word index', () => {
  for (const [text, expected] of table) {
    const parsed = parseQuery(text)
    assert.ok(parsed.kind === 'query')
    const condition = compileQuery(parsed.query, reader.layout(), 'time')
    const found = reader.find(condition, { ...anyTime, order: 'time' })
    assert.deepEqual(found.map(({ row }) => row - 1).reverse(), expected, text)
  }
})

test('since, until, order, limit', () => {
  const at = (second: number): number => Date.parse(`2026-11-21T06:00:0${second}Z`)
  assert.deepEqual(find('', { sinceMs: at(2), untilMs: at(4) }), [2, 3])
  assert.deepEqual(find('timeout*', { order: 'time', limit: 2 }), [7, 2])
  assert.deepEqual(find('', { afterRow: 7 }), [7, 8])
})

test('how many more there are is counted up to a limit', () => {
  const count = (limit: number, countLimit: number): number =>
    findDocuments(reader, { kind: 'all' }, { ...anyTime, limit }, countLimit).more
  assert.deepEqual([count(100, 10), count(4, 100), count(4, 3), count(9, 3)], [0, 5, 3, 0])
})

test('a document has its _id', () => {
  const { found } = findDocuments(reader, { kind: 'all' }, { ...anyTime, limit: 1 })
  assert.equal(found[0]?.id, 'AbCdEfGhIjKlMnOp-0')
})

test('whatever is typed never breaks the store', () => {
  const pieces = fc.array(
    fc.constantFrom(
      'a',
      ' ',
      "'",
      '"',
      '"x"',
      '*',
      '?',
      '(',
      ')',
      'NEAR(',
      '^',
      'pod:',
      'x:>',
      ':',
      ';',
      '--',
      '%',
      '\0',
      '{',
      '\\x',
      'OR ',
    ),
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const parsed = parseQuery(parts.join(''))
      if (parsed.kind === 'query') findDocuments(reader, parsed.query, anyTime)
    }),
    { numRuns: 500 },
  )
})
