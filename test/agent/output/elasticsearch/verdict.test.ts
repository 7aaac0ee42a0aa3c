import assert from 'node:assert/strict'
import test from 'node:test'
import type { Answer } from '../../../../agent/output/elasticsearch/answer.ts'
import { allCreated, judge, retryAfterMs, type Verdict } from '../../../../agent/output/elasticsearch/verdict.ts'

const nowMs = Date.parse('2026-11-21T10:00:00Z')

const answer = (status: number, body: unknown, headers: Record<string, string> = {}, cut = false): Answer => ({
  status,
  header: (name) => headers[name],
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  cut,
})

const error = (type: string, reason: string) => ({ type, reason })
const created = { create: { status: 201 } }

const items = (counts: Partial<Extract<Verdict, { kind: 'items' }>>): Verdict => ({
  kind: 'items',
  created: 0,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
  ...counts,
})

const heldFor = (reason: string): Verdict =>
  items({ created: 1, retry: [1], held: [{ item: 1, reason }], retryReason: reason })

/** One item beside a created one: what becomes of it. */
const singles: readonly [name: string, result: object, expected: Verdict][] = [
  ['a pipeline dropped it (OpenSearch, noop)', { status: 200 }, items({ created: 2 })],
  ['it went to the failure store', { status: 201, failure_store: 'used' }, items({ created: 1, failureStore: 1 })],
  [
    'it is there already',
    { status: 409, error: error('version_conflict_engine_exception', 'document already exists') },
    items({ created: 1, duplicates: 1 }),
  ],
  [
    'a 409 that is no version conflict',
    { status: 409, error: error('resource_already_exists_exception', 'index exists') },
    items({ created: 1, retry: [1], retryReason: '409 resource_already_exists_exception: index exists' }),
  ],
  [
    'a mapping conflict',
    { status: 400, error: error('document_parsing_exception', 'failed to parse field [x]') },
    items({
      created: 1,
      rejected: [{ item: 1, status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [x]' }],
    }),
  ],
  [
    'a mapping conflict that the failure store could not take',
    { status: 400, failure_store: 'failed', error: error('document_parsing_exception', 'bad') },
    items({ created: 1, rejected: [{ item: 1, status: 400, type: 'document_parsing_exception', reason: 'bad' }] }),
  ],
  [
    'the write queue is full',
    { status: 429, error: error('es_rejected_execution_exception', 'rejected execution of primary operation') },
    items({
      created: 1,
      retry: [1],
      retryReason: '429 es_rejected_execution_exception: rejected execution of primary operation',
    }),
  ],
  [
    'a shard is not there',
    { status: 503, error: error('unavailable_shards_exception', 'primary shard is not active') },
    items({ created: 1, retry: [1], retryReason: '503 unavailable_shards_exception: primary shard is not active' }),
  ],
  [
    'the disk is nearly full (429)',
    {
      status: 429,
      error: error(
        'cluster_block_exception',
        'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];',
      ),
    },
    heldFor(
      '429 cluster_block_exception: index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block]; its disk is nearly full: free space or add nodes; Elasticsearch lifts the block itself below the high watermark (index.blocks.read_only_allow_delete)',
    ),
  ],
  [
    'the index is blocked for writes (403)',
    { status: 403, error: error('cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/8/index write (api)];') },
    heldFor(
      '403 cluster_block_exception: index [x] blocked by: [FORBIDDEN/8/index write (api)]; the index or cluster is blocked for writes: remove the block (index.blocks.write, index.blocks.read_only, cluster.blocks.read_only)',
    ),
  ],
  [
    'the key is too narrow',
    { status: 403, error: error('security_exception', 'action [indices:data/write/bulk[s]] is unauthorized') },
    heldFor(
      '403 security_exception: action [indices:data/write/bulk[s]] is unauthorized; the credentials may not write here: grant auto_configure and create_doc on this data stream (docs/elasticsearch.md, "Least privilege")',
    ),
  ],
  [
    'no template',
    { status: 404, error: error('index_not_found_exception', 'no such index [x]') },
    heldFor(
      '404 index_not_found_exception: no such index [x]; no index template with data_stream matches this name: install one (docs/elasticsearch.md, "Template")',
    ),
  ],
  [
    'the cluster has no room for another shard (400)',
    {
      status: 400,
      error: error(
        'validation_exception',
        'Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;',
      ),
    },
    heldFor(
      '400 validation_exception: Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open; the cluster has reached its shard limit: delete indices, add data nodes or raise cluster.max_shards_per_node',
    ),
  ],
  [
    'the pipeline is missing (400)',
    { status: 400, error: error('illegal_argument_exception', 'pipeline with id [p] does not exist') },
    heldFor(
      '400 illegal_argument_exception: pipeline with id [p] does not exist; create the ingest pipeline, or take `pipeline` out of the output',
    ),
  ],
  [
    'the index is closed (400)',
    { status: 400, error: error('index_closed_exception', 'closed') },
    heldFor('400 index_closed_exception: closed; the index is closed: open it (POST /<index>/_open)'),
  ],
  [
    'a 404 of another kind',
    { status: 404, error: error('data_stream_missing', 'nothing there') },
    heldFor(
      '404 data_stream_missing: nothing there; there is nothing of this name to write to: install an index template with data_stream, or look at `index` (docs/elasticsearch.md, "Template")',
    ),
  ],
  [
    'an error that is text alone',
    { status: 400, error: 'odd' },
    items({ created: 1, rejected: [{ item: 1, status: 400, type: '', reason: 'odd' }] }),
  ],
]

for (const [name, result, expected] of singles) {
  test(`item: ${name}`, () => {
    const body = { errors: true, items: [created, { create: result }] }
    assert.deepEqual(judge(answer(200, body), 2, nowMs), expected)
  })
}

const noTemplate =
  '404 index_not_found_exception: no such index [x]; no index template with data_stream matches this name: install one (docs/elasticsearch.md, "Template")'

test('a reason that asks for a human is named before one that passes by itself', () => {
  const body = {
    errors: true,
    items: [
      { create: { status: 429, error: error('es_rejected_execution_exception', 'full') } },
      { create: { status: 404, error: error('index_not_found_exception', 'no such index [x]') } },
      { create: { status: 503, error: error('unavailable_shards_exception', 'away') } },
    ],
  }
  assert.deepEqual(
    judge(answer(200, body), 3, nowMs),
    items({ retry: [0, 1, 2], held: [{ item: 1, reason: noTemplate }], retryReason: noTemplate }),
  )
})

test('a long reason is cut, for it quotes the document', () => {
  const body = { errors: true, items: [{ create: { status: 400, error: error('t', 'x'.repeat(2000)) } }] }
  assert.deepEqual(
    judge(answer(200, body), 1, nowMs),
    items({ rejected: [{ item: 0, status: 400, type: 't', reason: `${'x'.repeat(499)}…` }] }),
  )
})

const again = (reason: string, hold: boolean, retryAfter?: number): Verdict => ({
  kind: 'again',
  reason,
  retryAfterMs: retryAfter,
  hold,
})
const refusal = (type: string, reason: string) => ({ error: error(type, reason) })

/** Answers to a request of three documents as a whole. */
const wholes: readonly [name: string, answer: Answer, expected: Verdict][] = [
  ['all created', answer(200, { errors: false, items: [created, created, created] }), items({ created: 3 })],
  [
    'all created, told in another order (OpenSearch without filter_path)',
    answer(200, { took: 3, errors: false, items: [created, created, created] }),
    items({ created: 3 }),
  ],
  ['no errors, and no items by a narrower filter', answer(200, { errors: false }), items({ created: 3 })],
  [
    'fewer items than sent',
    answer(200, { errors: false, items: [created, created] }),
    again('answered for 2 of 3 items', false),
  ],
  ['errors, and no items', answer(200, { errors: true, items: [] }), again('answered for 0 of 3 items', false)],
  [
    'an item without a status',
    answer(200, { errors: true, items: [created, { create: {} }, created] }),
    again('an answer without a status for item 1', false),
  ],
  [
    'an item that is null',
    answer(200, { errors: true, items: [null, created, created] }),
    again('an answer without a status for item 0', false),
  ],
  [
    'not JSON',
    answer(200, '<html>login</html>', { 'content-type': 'text/html' }),
    again('answered 200 with something that is no bulk answer (text/html, 18 bytes): is this Elasticsearch?', false),
  ],
  [
    'JSON null',
    answer(200, 'null'),
    again(
      'answered 200 with something that is no bulk answer (no content type, 4 bytes): is this Elasticsearch?',
      false,
    ),
  ],
  ['cut off', answer(200, '{"errors":false,"it', {}, true), again('the answer was cut off after 19 bytes', false)],
  [
    'cut off where it looks whole',
    answer(200, { errors: false, items: [created, created, created] }, {}, true),
    again('the answer was cut off after 104 bytes', false),
  ],
  ['413', answer(413, ''), { kind: 'split', reason: '413: larger than the server takes (3 documents)' }],
  [
    '413, cut off',
    answer(413, '', {}, true),
    { kind: 'split', reason: '413: larger than the server takes (3 documents)' },
  ],
  [
    '429 with Retry-After',
    answer(429, refusal('es_rejected_execution_exception', 'coordinating'), { 'retry-after': '7' }),
    again('429 es_rejected_execution_exception: coordinating', false, 7000),
  ],
  ['503 with a date', answer(503, '', { 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT' }), again('503', false, 30_000)],
  ['502 of a proxy', answer(502, '<html>'), again('502', false)],
  ['408', answer(408, ''), again('408', false)],
  [
    '401 as text (OpenSearch)',
    answer(401, 'Unauthorized'),
    again(
      '401; the server does not accept the credentials: set api_key, username and password, or bearer_token of this output to valid ones',
      true,
    ),
  ],
  [
    '403 of a key without rights',
    answer(403, refusal('security_exception', 'action is unauthorized')),
    again(
      '403 security_exception: action is unauthorized; the credentials may not write: grant auto_configure and create_doc on the data stream (docs/elasticsearch.md, "Least privilege")',
      true,
    ),
  ],
  [
    '403 of a blocked cluster',
    answer(403, refusal('cluster_block_exception', 'blocked by: [FORBIDDEN/6/cluster read-only (api)];')),
    again(
      '403 cluster_block_exception: blocked by: [FORBIDDEN/6/cluster read-only (api)]; the index or cluster is blocked for writes: remove the block (index.blocks.write, index.blocks.read_only, cluster.blocks.read_only)',
      true,
    ),
  ],
  [
    '404',
    answer(404, 'page not found'),
    again('404; there is no _bulk at this address: `hosts` must name the root of Elasticsearch or OpenSearch', true),
  ],
  [
    '406',
    answer(406, { error: 'Content-Type header [x] is not supported' }),
    again(
      '406: Content-Type header [x] is not supported; the server refuses the media type application/x-ndjson: something in between, or not Elasticsearch or OpenSearch',
      true,
    ),
  ],
  ['302', answer(302, ''), again('302; the server sends us elsewhere: set `hosts` to the final address', true)],
  ['418', answer(418, ''), again('418', true)],
  [
    '400 for the body',
    answer(400, refusal('illegal_argument_exception', 'Malformed action/metadata line [1]')),
    { kind: 'doubtful', reason: '400 illegal_argument_exception: Malformed action/metadata line [1]' },
  ],
  [
    '400 for parameters',
    answer(
      400,
      refusal(
        'illegal_argument_exception',
        'request [/x/_bulk] contains unrecognized parameters: [include_source_on_error], [require_data_stream] -> did you mean [require_alias]?',
      ),
    ),
    {
      kind: 'unknown_parameters',
      names: ['include_source_on_error', 'require_data_stream'],
    },
  ],
]

for (const [name, given, expected] of wholes) {
  test(`whole: ${name}`, () => assert.deepEqual(judge(given, 3, nowMs), expected))
}

test('every answer but the exact one for n created documents goes the long way', () => {
  const exact = (n: number): string => `{"errors":false,"items":[${Array(n).fill('{"create":{"status":201}}').join()}]}`
  for (const n of [1, 2, 3, 1000]) assert.equal(allCreated(Buffer.from(exact(n)), n), true, `${n}`)
  assert.equal(allCreated(Buffer.from(exact(3)), 2), false)
  assert.equal(allCreated(Buffer.from(exact(3)), 4), false)
  assert.equal(allCreated(Buffer.from('{"errors":false,"items":[]}'), 0), false)
  const text = exact(4)
  for (let at = 0; at < text.length; at++) {
    const changed = Buffer.from(text)
    changed[at]! ^= 1
    assert.equal(allCreated(changed, 4), false, `byte ${at}`)
  }
})

test('Retry-After: seconds, a date, a date gone by, nonsense', () => {
  assert.deepEqual(
    ['0', '120', 'Sat, 21 Nov 2026 10:01:00 GMT', 'Sat, 21 Nov 2026 09:00:00 GMT', 'soon', undefined].map((value) =>
      retryAfterMs(value, nowMs),
    ),
    [0, 120_000, 60_000, 0, undefined, undefined],
  )
})
