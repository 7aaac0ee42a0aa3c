import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { TemplateOutcome } from '../../../../agent/output/elasticsearch/install-template.ts'
import type { ElasticsearchOptions } from '../../../../agent/output/elasticsearch/options.ts'
import { createElasticsearchOutput } from '../../../../agent/output/elasticsearch/output.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { json, type Responder, startFakeServer } from './fake-server.ts'

const stream = 'logs-kubernetes.container_logs-default'
const signal = new AbortController().signal
const body = {
  bytes: Buffer.from('{"create":{}}\n{"@timestamp":"2026-11-21T10:00:00Z"}\n'),
  encoding: 'identity',
  plainBytes: 50,
  documents: 1,
} as const

const listed = (name: string, patterns: readonly string[], priority: number) => ({
  name,
  index_template: { index_patterns: patterns, priority, data_stream: { hidden: false } },
})
const elastic = { 'x-elastic-product': 'Elasticsearch' }

const setUp = async (
  context: TestContext,
  answers: { readonly list: Responder; readonly put?: Responder },
  changes: Partial<ElasticsearchOptions> = {},
) => {
  const server = await startFakeServer()
  const given = { ...answers }
  server.other = (seen, response, request) =>
    (seen.method === 'PUT' ? (given.put ?? json(500, {})) : given.list)(seen, response, request)
  const told: string[] = []
  const tls = {
    ca: undefined,
    caFingerprint: undefined,
    certificate: undefined,
    key: undefined,
    keyPassphrase: undefined,
    verify: true,
  }
  const options: ElasticsearchOptions = {
    name: 'search',
    hosts: [server.url],
    target: { kind: 'data_stream', name: stream },
    auth: { kind: 'none' },
    tls,
    headers: {},
    compression: 'none',
    pipeline: undefined,
    requestTimeoutMs: 10_000,
    requestsInFlight: 2,
    manageTemplate: 'auto',
    requireDataStream: 'auto',
    version: '0.1.0',
    ...changes,
  }
  const onTemplate = (outcome: TemplateOutcome): void => void told.push(`${outcome.kind}: ${outcome.words}`)
  const output = createElasticsearchOutput(options, { clock: realClock, onTemplate })
  context.after(async () => {
    await output.close()
    await server.close()
  })
  const requests = (): string[] => server.seen.map((seen) => `${seen.method} ${seen.path}`)
  return { server, output, told, given, requests }
}

const bulk = `POST /${stream}/_bulk`

test('where a template matches, nothing is installed, and it is asked once', async (context) => {
  const { output, told, requests } = await setUp(context, {
    list: json(200, { index_templates: [listed('logs', ['logs-*-*'], 100)] }, elastic),
  })
  await Promise.all([output.send(body, signal), output.send(body, signal)])
  await output.send(body, signal)
  assert.deepEqual(requests(), ['GET /_index_template', bulk, bulk, bulk])
  assert.deepEqual(told, [`present: index template: logs is used for ${stream}`])
})

test('where none matches, ours is installed before the first document', async (context) => {
  const { server, output, told, requests } = await setUp(context, {
    list: json(200, {}),
    put: json(200, { acknowledged: true }),
  })
  await output.send(body, signal)
  assert.deepEqual(requests(), ['GET /_index_template', 'PUT /_index_template/picket-logs', bulk])
  assert.equal(JSON.parse(server.seen[1]!.body).template.mappings.properties['@timestamp'].type, 'date')
  assert.deepEqual(told, [`installed: index template: installed picket-logs for ${stream}`])
})

test('a server without match_only_text gets text', async (context) => {
  const { server, output, told } = await setUp(context, {
    list: json(200, { index_templates: [] }, elastic),
    put: (seen, response, request) =>
      (seen.body.includes('match_only_text')
        ? json(400, {
            error: {
              reason: 'composable template [picket-logs] template after composition is invalid',
              caused_by: { reason: 'No handler for type [match_only_text]' },
            },
          })
        : json(200, { acknowledged: true }))(seen, response, request),
  })
  await output.send(body, signal)
  assert.equal(JSON.parse(server.seen[2]!.body).template.mappings.properties.message.type, 'text')
  assert.deepEqual(told, [`installed: index template: installed picket-logs for ${stream}`])
})

test('a key that may not look, or may not install, sends all the same and says so', async (context) => {
  const forbidden = json(403, { error: { type: 'security_exception', reason: 'action is unauthorized' } })
  const looking = await setUp(context, { list: forbidden })
  await looking.output.send(body, signal)
  assert.deepEqual(looking.told, [
    `refused: index template: cannot look whether one matches ${stream}: 403: action is unauthorized`,
  ])
  const installing = await setUp(context, { list: json(200, {}), put: forbidden })
  const outcome = await installing.output.send(body, signal)
  assert.deepEqual(
    [outcome.kind, installing.told],
    [
      'items',
      [
        `refused: index template: none matches ${stream}, and ours could not be installed: 403: action is unauthorized; without one an operator must make it (docs/elasticsearch.md, "Template")`,
      ],
    ],
  )
})

test('a server that is not ready is asked again, and no document goes before', async (context) => {
  const { output, told, given, requests } = await setUp(context, {
    list: json(503, {}, { 'retry-after': '3' }),
  })
  assert.deepEqual(await output.send(body, signal), { kind: 'again', reason: '503', retryAfterMs: 3000, hold: false })
  given.list = json(401, 'Unauthorized')
  assert.deepEqual(await output.send(body, signal), {
    kind: 'again',
    reason:
      '401; the server does not accept the credentials: set api_key, username and password, or bearer_token of this output to valid ones',
    retryAfterMs: undefined,
    hold: true,
  })
  given.list = json(200, { index_templates: [listed('logs', ['logs-*-*'], 100)] }, elastic)
  assert.equal((await output.send(body, signal)).kind, 'items')
  assert.deepEqual(requests(), [...Array(3).fill('GET /_index_template'), bulk])
  assert.deepEqual(told, [`present: index template: logs is used for ${stream}`])
})

test('a stand-in that answers everything with its banner is not written to', async (context) => {
  const { output, told, requests } = await setUp(context, { list: json(200, { tagline: 'You Know, for Search' }) })
  await output.send(body, signal)
  assert.deepEqual(requests(), ['GET /_index_template', bulk])
  assert.deepEqual(told, ['refused: index template: the server does not list its templates; none is installed'])
})

test('a template without data_stream is named', async (context) => {
  const plain = { name: 'everything', index_template: { index_patterns: ['*'], priority: 1 } }
  const { output, told } = await setUp(context, { list: json(200, { index_templates: [plain] }) })
  await output.send(body, signal)
  assert.deepEqual(told, [
    `refused: index template: everything matches ${stream} but has no data_stream: add it, or change the name`,
  ])
})

test('a plain index and `never` look at nothing', async (context) => {
  for (const changes of [{ manageTemplate: 'never' }, { target: { kind: 'index', name: 'x' } }] as const) {
    const { output, requests } = await setUp(context, { list: json(500, {}) }, changes)
    await output.send(body, signal)
    const outcome = await output.installTemplate(signal)
    assert.deepEqual([requests().length, outcome.kind], [1, 'not_wanted'])
  }
})

const metricsStream = 'metrics-system.cpu-default'

test('where the node’s metrics are sent, their template is looked after as well', async (context) => {
  const builtIn = [listed('logs', ['logs-*-*'], 100), listed('metrics', ['metrics-*-*'], 100)]
  const { output, told, requests } = await setUp(
    context,
    { list: json(200, { index_templates: builtIn }, elastic), put: json(200, { acknowledged: true }) },
    { metricsNamespace: 'default' },
  )
  await output.send(body, signal)
  assert.deepEqual(requests(), [
    'GET /_index_template',
    'GET /_index_template',
    'PUT /_index_template/picket-metrics-system',
    bulk,
  ])
  assert.deepEqual(told, [
    `present: index template: logs is used for ${stream}`,
    `installed: index template: installed picket-metrics-system for ${metricsStream}`,
  ])
})

test('a key that may not install the metrics’ template: the words say which one is used, or that there is none', async (context) => {
  const put = json(403, { error: { type: 'security_exception', reason: 'action is unauthorized' } })
  const toldOf = async (templates: readonly object[]): Promise<string | undefined> => {
    const answers = { list: json(200, { index_templates: templates }, elastic), put }
    const { output, told } = await setUp(context, answers, { metricsNamespace: 'default' })
    assert.equal((await output.send(body, signal)).kind, 'items')
    return told.at(-1)
  }
  assert.equal(
    await toldOf([listed('metrics', ['metrics-*-*'], 100)]),
    `refused: index template: metrics is used for ${metricsStream}; ours, which says the type of each field, could not be installed: 403: action is unauthorized`,
  )
  assert.equal(
    await toldOf([]),
    `refused: index template: none matches ${metricsStream}, and ours could not be installed: 403: action is unauthorized; without one an operator must make it (docs/node-metrics-elasticsearch.md, "Template")`,
  )
})
