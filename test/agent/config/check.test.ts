import assert from 'node:assert/strict'
import test from 'node:test'
import { checkConfig } from '../../../agent/config/check.ts'
import type { Mistake } from '../../../agent/config/mistake.ts'
import { references } from '../../support/config-references.ts'

/** Where, path, problem, and what is suggested or else allowed. */
type Row = readonly string[]

const row = ({ place, path, problem, suggestion, allowed }: Mistake): Row => [
  place ? `${place.line}:${place.column}` : '',
  path,
  problem,
  ...(suggestion === undefined && allowed === undefined ? [] : [suggestion ?? allowed ?? '']),
]

const mistakesOf = (text: string, environment = {}, files = {}): Row[] => {
  const checked = checkConfig(text, references(environment, files))
  return checked.kind === 'valid' ? [] : checked.mistakes.map(row)
}

/** Sources and an output that are right, for tests of the rest. */
const around = (rest: string): string => `sources: {c: {kind: containers}}\noutputs: {s: {kind: stdout}}\n${rest}`
const output = (options: string): string => `sources: {c: {kind: containers}}\noutputs:\n  o: {${options}}`
const search = (options: string): string => output(`kind: elasticsearch, hosts: ["http://es:9200"], ${options}`)

test('an empty configuration lacks sources and outputs', () => {
  const expected: Row[] = [
    ['', 'sources', 'there is no source: nothing would be read', 'sources: {containers: {kind: containers}}'],
    ['', 'outputs', 'there is no output: nothing would be delivered', 'outputs: {local: {kind: local}}'],
  ]
  assert.deepEqual(mistakesOf(''), expected)
  assert.deepEqual(mistakesOf('# nothing but a comment\n'), expected)
  assert.deepEqual(
    mistakesOf('sources:\noutputs:\n').map(([, path]) => path),
    ['sources', 'outputs'],
  )
})

test('static fields and parts of data streams that would break documents are refused with path, what was found, and what is allowed', () => {
  const free =
    'any but @timestamp, message, stream, data_stream, log.file, log.offset, log.length, log.spans, log.flags, log.lost, log.skipped; log itself only as a block'
  const part =
    'a part of a data stream’s name: lower case, no blanks and none of - \\ / * ? " < > | , # :, at most 100 bytes, not beginning with _ or +'
  const reserved = (path: string, found: string) => [path, 'is a field that the document is made of', found, free]
  const table: [string, (string | undefined)[][]][] = [
    [search('fields: {"message.x": 1}'), [reserved('outputs.o.fields["message.x"]', 'message')]],
    [search('fields: {"@timestamp": now}'), [reserved('outputs.o.fields["@timestamp"]', '@timestamp')]],
    [search('fields: {log: {file: {path: x}}}'), [reserved('outputs.o.fields.log.file', 'log.file')]],
    [search('fields: {log.offset: 1}'), [reserved('outputs.o.fields["log.offset"]', 'log.offset')]],
    [search('fields: {log: text}'), [reserved('outputs.o.fields.log', 'log')]],
    [
      search('fields: {data_stream: {dataset: x}, stream: x}'),
      [reserved('outputs.o.fields.data_stream', 'data_stream'), reserved('outputs.o.fields.stream', 'stream')],
    ],
    [search('fields: {log: {logger: x}, labels: {message: x}}'), []],
    [
      search('data_stream: {namespace: Prod}'),
      [['outputs.o.data_stream.namespace', 'must be lower case', '"Prod"', part]],
    ],
    [search('data_stream: {dataset: É}'), [['outputs.o.data_stream.dataset', 'must be lower case', '"É"', part]]],
    [search('data_stream: {dataset: a-b}'), [['outputs.o.data_stream.dataset', 'must not hold "-"', '"a-b"', part]]],
    [
      search(`data_stream: {dataset: ${'é'.repeat(60)}}`),
      [['outputs.o.data_stream.dataset', 'must not be longer than 100 bytes', `"${'é'.repeat(60)}"`, part]],
    ],
    [search('data_stream: {namespace: a.b_c}'), []],
    [
      'sources: {c: {kind: containers, dataset: _x}}\noutputs: {s: {kind: stdout}}',
      [['sources.c.dataset', 'must not start with "_", "-" or "+"', '"_x"', part]],
    ],
  ]
  for (const [text, expected] of table) {
    const checked = checkConfig(text, references({}, {}))
    const found = checked.kind === 'valid' ? [] : checked.mistakes
    assert.deepEqual(
      found.map((m) => [m.path, m.problem, m.found, m.allowed]),
      expected,
      text,
    )
    for (const { place } of found) assert.notEqual(place, undefined, text)
  }
})

test('mistakes in single values', () => {
  const table: [string, Row[]][] = [
    ['shutdown_grace: 5', [['3:17', 'shutdown_grace', 'needs a unit', 'write 5s']]],
    ['shutdown_grace: 2 hours', [['3:17', 'shutdown_grace', 'is not a duration', 'write 2h']]],
    ['shutdown_grace: 1h', [['3:17', 'shutdown_grace', 'is too large', '0 to 10m']]],
    ['checkpoint_interval: 1ms', [['3:22', 'checkpoint_interval', 'is too small', '100ms to 5m']]],
    ['shutdown_grace:', [['3:16', 'shutdown_grace', 'must be a duration', 'leave the line out for the default']]],
    ['shutdown_grace: [25s]', [['3:17', 'shutdown_grace', 'must be a duration', '0 to 10m']]],
    ['shutdown_grace: 0', []],
    ['state_dir: ""', [['3:12', 'state_dir', 'is empty']]],
    ['state_dir: true', [['3:12', 'state_dir', 'must be text', 'put it in quotes: "true"']]],
    ['state_dir: 0123', []],
    ['log: {level: inf}', [['3:14', 'log.level', 'is not one of the choices', 'did you mean info?']]],
    ['log: {level: loud}', [['3:14', 'log.level', 'is not one of the choices', 'debug, info, warn, error']]],
    ['log: loud', [['3:6', 'log', 'must be a block of options']]],
    ['log:', []],
    ['enrich: {labels: yes}', [['3:18', 'enrich.labels', 'must be true or false', 'write true']]],
    ['enrich: {kubernetes: true, api_server: "https://k8s:6443"}', []],
    [
      'server: {listen: "9464"}',
      [['3:10', 'server.listen', 'is not an address', 'host:port, [ipv6]:port, :port, off']],
    ],
    ['server: {listen: off}', []],
    ['server: {page: "9465"}', [['3:10', 'server.page', 'is not an address', 'host:port, [ipv6]:port, :port, off']]],
    ['server: {page: off}', []],
    ['server: {page: "127.8.8.8:1"}', []],
    ['server: {page: "[::1]:1"}', []],
    ['server: {page: "localhost:1"}', []],
    ['server: {page: ":9465", token: t}', []],
    ...[
      ':9465',
      '10.0.0.7:9465',
      '0.0.0.0:9465',
      '[::]:9465',
      '0:9465',
      '[2001:db8::1]:9465',
      '[::ffff:10.0.0.7]:9465',
      // Names, whatever they resolve to today.
      'node-1:9465',
      'localhost.example:9465',
      '127.0.0.1.evil.example:1',
    ].map((page): [string, Row[]] => [
      `server: {page: "${page}"}`,
      [
        [
          '3:10',
          'server.page',
          'shows the logs to everybody who reaches it: beyond loopback it needs server.token',
          'set server.token, or server.page: 127.0.0.1:9465',
        ],
      ],
    ]),
    ['server: {tls: {cert_file: /c}}', [['3:16', 'server.tls.cert_file', 'needs key_file beside it']]],
    ['server: {tls: {}}', [['3:10', 'server.tls', 'names no certificate', 'cert_file and key_file']]],
    ['lgo: {}', [['3:1', 'lgo', 'is not an option', 'did you mean log?']]],
    [
      '"<b>": 1',
      [
        [
          '3:1',
          '["<b>"]',
          'is not an option',
          'state_dir, node, sources, enrich, outputs, metrics, server, log, shutdown_grace, checkpoint_interval',
        ],
      ],
    ],
  ]
  for (const [text, expected] of table) assert.deepEqual(mistakesOf(around(text)), expected, text)
})

test('mistakes in outputs', () => {
  const table: [string, Row[]][] = [
    [output('match: "**"'), [['3:6', 'outputs.o', 'has no kind', 'elasticsearch, local, file, stdout']]],
    [
      output('kind: elastic'),
      [['3:13', 'outputs.o.kind', 'is not one of the choices', 'elasticsearch, local, file, stdout']],
    ],
    [
      output('kind: elasticserach'),
      [['3:13', 'outputs.o.kind', 'is not one of the choices', 'did you mean elasticsearch?']],
    ],
    [
      output('kind: elasticsearch'),
      [
        [
          '3:6',
          'outputs.o.hosts',
          'is missing',
          'for instance hosts: ["https://es-0.example:9200","https://es-1.example:9200"]',
        ],
      ],
    ],
    [
      output('kind: elasticsearch, cloud_id: "logs:Zm91bmQuaW8="'),
      [
        [
          '3:28',
          'outputs.o.cloud_id',
          'names no Elasticsearch: take that of the deployment',
          '<name>:<base64>, copied whole from the deployment’s page in Elastic Cloud',
        ],
      ],
    ],
    [
      search('cloud_id: "l:Zm91bmQuaW8kYSRi", proxy_username: u, no_proxy: "*"'),
      [
        ['3:55', 'outputs.o.cloud_id', 'stands beside hosts; one is enough'],
        ['3:87', 'outputs.o.proxy_username', 'needs proxy_password beside it'],
        ['3:87', 'outputs.o.proxy_username', 'needs proxy beside it'],
        ['3:106', 'outputs.o.no_proxy', 'needs proxy beside it'],
      ],
    ],
    [
      search('proxy: "http://u:p@proxy"'),
      [['3:62', 'outputs.o.proxy', 'holds credentials', 'use proxy_username and proxy_password']],
    ],
    [output('kind: elasticsearch, hosts: []'), [['3:35', 'outputs.o.hosts', 'is empty', 'at least 1']]],
    [
      output('kind: elasticsearch, hosts: "http://es"'),
      [['3:35', 'outputs.o.hosts', 'must be a list', 'put it in brackets: ["http://es"]']],
    ],
    [
      output('kind: elasticsearch, hosts: ["es:9200", "http://a", "http://a"]'),
      [
        ['3:36', 'outputs.o.hosts[0]', 'must be a URL that begins with `http://` or `https://`'],
        ['3:59', 'outputs.o.hosts[2]', 'stands in the list twice'],
      ],
    ],
    [
      output('kind: elasticsearch, hosts: ["https://u:p@es"]'),
      [['3:36', 'outputs.o.hosts[0]', 'holds credentials', 'use username and password, or api_key']],
    ],
    [
      search('api_key: a, username: u, password: p'),
      [['3:67', 'outputs.o.username', 'stands beside api_key; one way to log in is enough']],
    ],
    [search('username: u'), [['3:55', 'outputs.o.username', 'needs password beside it']]],
    [search('password: p'), [['3:55', 'outputs.o.password', 'needs username beside it']]],
    [search('key_file: k'), [['3:55', 'outputs.o.key_file', 'needs cert_file beside it']]],
    [search('compression: 10'), [['3:68', 'outputs.o.compression', 'is not one of the choices', 'fast, none, 1 to 9']]],
    [search('compression: 9'), []],
    [
      search('compression: "9"'),
      [['3:68', 'outputs.o.compression', 'is not one of the choices', 'write 9 without quotes']],
    ],
    [
      search('index: a, data_stream: {}'),
      [['3:55', 'outputs.o.index', 'stands beside data_stream; records go to one or the other']],
    ],
    [search('fields: 5'), [['3:63', 'outputs.o.fields', 'must be a block of options']]],
    [
      search('buffer: {retry_initial_interval: 5m}'),
      [['3:55', 'outputs.o.buffer.retry_max_interval', 'is less than retry_initial_interval (5m)']],
    ],
    [
      output('kind: stdout, match: "kubernetes.**"'),
      [
        [
          '3:21',
          'outputs.o.match',
          'takes nothing: no source has such a tag',
          'patterns that meet kube.<namespace>.<container>.<pod>',
        ],
      ],
    ],
    [output('kind: stdout, match: "{a"'), [['3:21', 'outputs.o.match', 'has a { without a }']]],
    [
      output('kind: stdout}\n  p: {kind: stdout, path: /x'),
      [['4:21', 'outputs.p.path', 'is not an option', 'kind, match, buffer, log_file_path, fields']],
    ],
    [
      output('kind: local}\n  p: {kind: file, path: .picket/store.db'),
      [['4:19', 'outputs.p.path', 'writes to the same file as outputs.o']],
    ],
    [
      output('kind: stdout}\n  "a b": {kind: stdout'),
      [['4:3', 'outputs["a b"]', 'must be a name of letters, digits, `_` and `-`, at most 63 of them']],
    ],
  ]
  for (const [text, expected] of table) assert.deepEqual(mistakesOf(text), expected, text)
})

test('references to the environment', () => {
  const environment = { LEVEL: 'debug', N: '4096', NO: 'false', BAD: 'hunter2' }
  const references: [string, Row[]][] = [
    ['log: {level: "$' + '{LEVEL}"}', []],
    ['enrich: {labels: "$' + '{NO}"}', []],
    ['log: {level: "$' + '{BAD}"}', [['3:14', 'log.level', 'is not one of the choices', 'debug, info, warn, error']]],
    [
      'state_dir: $' + '{GONE}/x',
      [
        [
          '3:12',
          'state_dir',
          'refers to the environment variable GONE, which is not set',
          'set it, or give a default: $' + '{GONE:-…}',
        ],
      ],
    ],
    [
      'state_dir: $' + '{my var}',
      [
        [
          '3:12',
          'state_dir',
          'is not a reference to an environment variable',
          '$' + '{NAME} or $' + '{NAME:-default}; $$' + '{ for a plain $' + '{',
        ],
      ],
    ],
    ['state_dir: $$' + '{GONE}', []],
  ]
  for (const [text, expected] of references) assert.deepEqual(mistakesOf(around(text), environment), expected, text)
})

test('secrets from files', () => {
  assert.deepEqual(mistakesOf(search('api_key: file:/key'), {}, { '/key': 'abc\n' }), [])
  assert.deepEqual(mistakesOf(search('api_key: file:/key'), {}, { '/key': '\n' }), [
    ['3:64', 'outputs.o.api_key', 'refers to the file /key, which is empty'],
  ])
  assert.deepEqual(mistakesOf(search('api_key: file:/gone')), [
    ['3:64', 'outputs.o.api_key', 'refers to the file /gone, which cannot be read (ENOENT)'],
  ])
})

test('what is not YAML is told with its place', () => {
  const table: [string, Row[]][] = [
    [
      'sources: [',
      [
        [
          '1:11',
          '',
          'not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
        ],
      ],
    ],
    ['a: b: c', [['1:4', '', 'not valid YAML: nested mappings are not allowed in compact mappings']]],
    ['a: 1\n\tb: 2', [['2:1', '', 'not valid YAML: a tab is used to indent', 'use blanks']]],
    ['a: 1\n---\nb: 2', [['2:1', '', 'only one document may stand in the file']]],
    [
      'log: {level: $' + '{L}}',
      [
        [
          '1:15',
          '',
          'not valid YAML: unexpected flow-map-start at node end',
          'inside { } and [ ] write references in quotes: "$' + '{NAME}"',
        ],
      ],
    ],
  ]
  for (const [text, expected] of table) assert.deepEqual(mistakesOf(text).slice(0, 1), expected, text)
})

test('a key that stands there twice hides no other mistake', () => {
  assert.deepEqual(mistakesOf(around('log: {level: info, level: warn}\nlgo: 1')), [
    ['3:20', 'log.level', 'stands here twice', 'keep one of them'],
    ['4:1', 'lgo', 'is not an option', 'did you mean log?'],
  ])
})

test('the wrong kind of document is a mistake, not a crash', () => {
  for (const text of [
    '5',
    '[]',
    'text',
    '? [a]\n: b',
    '!!binary aGk=',
    '*a',
    '&a [*a]',
    '{{}: 1}',
    '\u0000',
    '---\n...\n---',
  ]) {
    assert.equal(checkConfig(text, references()).kind, 'mistaken', text)
  }
})
