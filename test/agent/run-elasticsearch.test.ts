import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { parseCommand } from '../../agent/cli/args.ts'
import { loadValue } from '../../agent/config/load.ts'
import { runElasticsearch } from '../../agent/run-elasticsearch.ts'
import { realClock } from '../../lib/io/clock.ts'
import { json, type Responder, startFakeServer } from './output/elasticsearch/fake-server.ts'

interface Body {
  template?: { settings?: Record<string, unknown> }
  [key: string]: unknown
}

/** Enough of a server that has a template for `logs-*-*` of its own where `builtIn`; `refuse` answers in its place. */
const start = async (
  t: TestContext,
  { builtIn, product = 'Elasticsearch' }: { readonly builtIn: boolean; readonly product?: string },
) => {
  const fake = await startFakeServer()
  t.after(fake.close)
  const templates = new Map<string, Body>()
  if (builtIn) templates.set('logs', { index_patterns: ['logs-*-*'], priority: 100, data_stream: {} })
  const streams = new Map<string, Record<string, unknown>>()
  const state: { refuse?: (method: string, path: string) => [number, unknown] | undefined } = {}
  const said = product === 'Elasticsearch' ? { 'x-elastic-product': product } : {}

  /** As servers give settings back: as texts, under one name. */
  const given = (body: Body): Body => ({
    ...body,
    template: {
      ...body.template,
      settings: {
        index: Object.fromEntries(
          Object.entries(body.template?.settings ?? {}).map(([key, value]) => [
            key.replace(/^index\./, ''),
            Array.isArray(value) ? value : String(value),
          ]),
        ),
      },
    },
    data_stream: { hidden: false },
  })
  const templateAnswer = (method: string, name: string, body: string): [number, unknown] => {
    if (method === 'PUT') templates.set(name, JSON.parse(body))
    else if (!templates.has(name)) return [404, {}]
    else if (method === 'DELETE') templates.delete(name)
    const found = templates.get(name)
    return [200, { index_templates: found ? [{ name, index_template: given(found) }] : [] }]
  }
  const streamAnswer = (method: string, name: string, body: string): [number, unknown] => {
    if (method === 'GET' && !streams.has(name)) return [404, { error: { reason: 'no such index' } }]
    streams.set(name, { ...streams.get(name), ...(body === '' ? {} : JSON.parse(body)) })
    return [200, { data_streams: [{ name, applied_to_data_stream: true }] }]
  }
  const answer = (method: string, path: string, body: string): [number, unknown] => {
    const [, api, name] = path.split('/')
    if (api === '_data_stream') return streamAnswer(method, name ?? '', body)
    if (name !== undefined) return templateAnswer(method, name, body)
    return [200, { index_templates: [...templates].map(([one, found]) => ({ name: one, index_template: found })) }]
  }
  const respond: Responder = (seen, response, request) => {
    const [status, body] = state.refuse?.(seen.method, seen.path) ?? answer(seen.method, seen.path, seen.body)
    json(status, body, said)(seen, response, request)
  }
  fake.other = respond
  const writes = (): string[] => fake.seen.filter(({ method }) => method !== 'GET').map((s) => `${s.method} ${s.path}`)
  return { url: fake.url, templates, streams, state, writes }
}

const configOf = (url: string, output: object, more: object) => {
  const loaded = loadValue({
    state_dir: '/nowhere',
    sources: { containers: { kind: 'containers' }, ...more },
    outputs: { search: { kind: 'elasticsearch', hosts: [url], ...output } },
  })
  if (loaded.kind !== 'loaded') throw new Error(JSON.stringify(loaded.mistakes))
  return loaded.config
}

const run = async (words: string, url: string, output: object = {}, more: object = {}) => {
  const command = parseCommand(`elasticsearch ${words} --config x`.split(' '))
  if (command.kind !== 'elasticsearch') throw new Error(JSON.stringify(command))
  let [out, said] = ['', '']
  const code = await runElasticsearch(command, configOf(url, output, more), {
    print: (text) => {
      out += text
    },
    say: (text) => {
      said += `${text}\n`
    },
    clock: realClock,
    signal: new AbortController().signal,
  })
  return { code, out, said }
}

const LOGS = 'logs-kubernetes.container_logs-default'
const METRICS = { node: { kind: 'metrics', sets: ['cpu', 'memory'] } }
const STAYS = 'stays: the data streams, their documents and their retention\n'

test('setup leaves Elasticsearch’s own template, and puts the retention on the data stream alone', async (t) => {
  const server = await start(t, { builtIn: true })
  assert.deepEqual(await run('setup --retention 30d', server.url), {
    code: 0,
    out: `search: index template: logs is used for ${LOGS}\nsearch: data stream ${LOGS}: documents are deleted after 30d\n`,
    said: '',
  })
  assert.deepEqual([...server.templates.keys()], ['logs'])
  assert.deepEqual([...server.streams], [[LOGS, { 'index.lifecycle.prefer_ilm': false, data_retention: '30d' }]])
})

test('setup can be repeated, with another retention', async (t) => {
  const server = await start(t, { builtIn: true })
  await run('setup --retention 30d', server.url)
  assert.equal((await run('setup --retention 12h', server.url)).code, 0)
  assert.equal(server.streams.get(LOGS)?.data_retention, '12h')
})

test('without --retention no data stream is made', async (t) => {
  const server = await start(t, { builtIn: false })
  const { code, out } = await run('setup', server.url)
  assert.deepEqual(
    [code, out, server.writes()],
    [0, `search: index template: installed picket-logs for ${LOGS}\n`, ['PUT /_index_template/picket-logs']],
  )
})

test('the streams of the node’s metrics that the output is sent have their template and their retention', async (t) => {
  const server = await start(t, { builtIn: true })
  await run('setup --retention 7d', server.url, {}, METRICS)
  assert.deepEqual(
    [[...server.templates.keys()], [...server.streams.keys()]],
    [
      ['logs', 'picket-metrics-system'],
      [LOGS, 'metrics-system.cpu-default', 'metrics-system.memory-default'],
    ],
  )
})

test('an output for metrics alone has no stream for logs', async (t) => {
  const server = await start(t, { builtIn: true })
  await run('setup --retention 7d', server.url, { match: 'metrics.**', data_stream: { namespace: 'x' } }, METRICS)
  assert.deepEqual([...server.streams.keys()], ['metrics-system.cpu-x', 'metrics-system.memory-x'])
})

test('a dry run only looks', async (t) => {
  const server = await start(t, { builtIn: false })
  assert.deepEqual(await run('setup --retention 30d --dry-run', server.url), {
    code: 0,
    out: `dry run: search: index template: installed picket-logs for ${LOGS}\ndry run: search: data stream ${LOGS}: documents are deleted after 30d\n`,
    said: '',
  })
  await run('setup', server.url)
  const before = server.writes().length
  const { out } = await run('remove --dry-run', server.url)
  assert.match(out, /^dry run: search: index template picket-logs: deleted$/m)
  assert.equal(server.writes().length, before)
})

test('what the server refuses is said in its words, with 1', async (t) => {
  const server = await start(t, { builtIn: true })
  const reason = 'action is unauthorized'
  server.state.refuse = (_, path) => (path.endsWith('/_lifecycle') ? [403, { error: { reason } }] : undefined)
  const { code, said } = await run('setup --retention 30d', server.url)
  assert.deepEqual(
    [code, said],
    [1, `picket: search: data stream ${LOGS}: retention not set: 403: action is unauthorized\n`],
  )
})

test('a setting that the data stream does not take is no success', async (t) => {
  const server = await start(t, { builtIn: true })
  const body = { data_streams: [{ name: LOGS, applied_to_data_stream: false, error: 'not allowed' }] }
  server.state.refuse = (_, path) => (path.endsWith('/_settings') ? [200, body] : undefined)
  const { code, said } = await run('setup --retention 30d', server.url)
  assert.deepEqual([code, /not allowed/.test(said)], [1, true])
})

test('OpenSearch has templates, and no retention: that is said', async (t) => {
  const server = await start(t, { builtIn: false, product: 'OpenSearch' })
  const { code, out, said } = await run('setup --retention 30d', server.url)
  assert.equal(code, 1)
  assert.match(out, /installed picket-logs/)
  assert.deepEqual([...server.streams], [])
  assert.match(said, /OpenSearch has no lifecycle of data streams: let a policy of its index state management/)
})

test('remove deletes the templates that are as Picket made them, whatever manage_template says now', async (t) => {
  const server = await start(t, { builtIn: true })
  await run('setup', server.url, { manage_template: 'always' }, METRICS)
  assert.deepEqual([...server.templates.keys()], ['logs', 'picket-logs', 'picket-metrics-system'])
  assert.deepEqual(await run('remove', server.url, { manage_template: 'never' }), {
    code: 0,
    out: `search: index template picket-logs: deleted\nsearch: index template picket-metrics-system: deleted\n${STAYS}`,
    said: '',
  })
  assert.deepEqual([...server.templates.keys()], ['logs'])
  const again = await run('remove', server.url)
  assert.deepEqual([again.code, again.out.match(/there is none/g)?.length], [0, 2])
})

const edits: readonly (readonly [string, (body: Body) => Body])[] = [
  ['another priority', (body) => ({ ...body, priority: 300 })],
  ['a setting', ({ template, ...b }) => ({ ...b, template: { ...template, settings: { 'index.codec': 'default' } } })],
  ['a lifecycle', ({ template, ...body }) => ({ ...body, template: { ...template, lifecycle: {} } })],
  ['its own name for it', ({ _meta, ...body }) => body],
]
for (const [what, edit] of edits)
  test(`remove leaves and names a template that somebody has given ${what}`, async (t) => {
    const server = await start(t, { builtIn: false })
    await run('setup', server.url)
    server.templates.set('picket-logs', edit(server.templates.get('picket-logs') as Body))
    const { code, out } = await run('remove', server.url)
    assert.deepEqual([code, server.templates.has('picket-logs')], [0, true])
    assert.match(out, /picket-logs: stays: somebody has changed it/)
  })

test('remove takes away a template of an older version', async (t) => {
  const server = await start(t, { builtIn: false })
  server.templates.set('picket-logs', { index_patterns: ['logs-*-*'], priority: 90, _meta: { picket: 1 } })
  await run('remove', server.url)
  assert.equal(server.templates.has('picket-logs'), false)
})

test('a template without which a data stream could not go on stays, and is no failure', async (t) => {
  const server = await start(t, { builtIn: false })
  await run('setup', server.url)
  const reason = `unable to remove composable templates [picket-logs] as they are in use by a data streams [${LOGS}]`
  server.state.refuse = (method) => (method === 'DELETE' ? [400, { error: { reason } }] : undefined)
  const { code, out } = await run('remove', server.url)
  assert.deepEqual([code, /picket-logs: stays: 400: unable to remove/.test(out)], [0, true])
})

test('remove with a key that may not manage templates leaves them to whoever installed them, and is no failure', async (t) => {
  const server = await start(t, { builtIn: false })
  await run('setup', server.url)
  const reason = 'action [indices:admin/index_template/get] is unauthorized for API key'
  server.state.refuse = () => [403, { error: { reason } }]
  const { code, out } = await run('remove', server.url)
  assert.deepEqual([code, server.templates.has('picket-logs')], [0, true])
  assert.match(out, /picket-logs: these credentials may not look at it, so it is none of theirs: 403: action/)
})

test('a server that is not there is a failure', async () => {
  const { code, said } = await run('setup', 'http://127.0.0.1:1')
  assert.deepEqual([code, /ECONNREFUSED/.test(said)], [1, true])
})

const usage = (message: string) => ({ kind: 'usage', message })
const LINES: readonly (readonly [string, object])[] = [
  [
    'setup -c f --retention 30d',
    { kind: 'elasticsearch', action: 'setup', config: 'f', retention: '30d', dryRun: false },
  ],
  [
    'remove -c f --dry-run',
    { kind: 'elasticsearch', action: 'remove', config: 'f', retention: undefined, dryRun: true },
  ],
  ['', usage('elasticsearch is followed by setup or remove, not nothing')],
  ['setup', usage('elasticsearch setup needs --config FILE')],
  ['setup now -c f', usage('elasticsearch setup takes no arguments, found now')],
  ['setup -c f --retention 30', usage('--retention is a number of days or hours, such as 30d or 12h, not 30')],
  ['remove -c f --retention 3d', usage('--retention is not an option of elasticsearch remove')],
]
for (const [line, command] of LINES)
  test(`picket elasticsearch ${line}`, () =>
    assert.deepEqual(parseCommand(`elasticsearch ${line}`.split(' ').filter((word) => word !== '')), command))
