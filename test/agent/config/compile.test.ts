import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { stringify } from 'yaml'
import { checkConfig } from '../../../agent/config/check.ts'
import { type CompiledConfig, compileConfig } from '../../../agent/config/compile.ts'
import { defaultConfig } from '../../../agent/config/default-config.ts'
import { METRICS_DEFAULTS } from '../../../agent/config/metrics-defaults.ts'
import { references } from '../../support/config-references.ts'

const compile = (text: string, environment: Readonly<Record<string, string>> = {}): CompiledConfig => {
  const checked = checkConfig(text, references(environment, { '/key': 'from-file\n' }))
  if (checked.kind === 'mistaken')
    throw new assert.AssertionError({ message: JSON.stringify(checked.mistakes, undefined, 2) })
  return compileConfig(checked.config, { environment, hostname: 'machine', workingDirectory: '/srv' })
}

const common = {
  readFrom: 'beginning',
  ignoreOlderMs: 0,
  pollIntervalMs: 1000,
  rotateWaitMs: 5000,
  deletedKeepMs: 300_000,
  deletedKeepBytes: 1_073_741_824,
  maxOpenFiles: 4096,
  maxFollowedFiles: 5000,
  maxRecordBytes: 262_144,
  partialFlushMs: 30_000,
}
const all = { namespaces: [], pods: [], containers: [] }

const buffer = {
  totalLimitBytes: 1_073_741_824,
  overflowAction: 'block',
  flushIntervalMs: 200,
  chunkLimitBytes: 786_432,
  spillAfterMs: 5000,
  retryInitialIntervalMs: 1000,
  retryMaxIntervalMs: 60_000,
  deadLetterLimitBytes: 104_857_600,
  deadLetterOverflow: 'drop_oldest',
  maxInFlight: 2,
}

const metrics = {
  enabled: 'auto',
  procfs: '/proc',
  sysfs: '/sys',
  rootfs: '/',
  timeoutMs: 5000,
  collectors: { disable: [] },
  filesystem: { mountTimeoutMs: 5000 },
  diskstats: {},
  netdev: {},
  netclass: { ignoredDevices: '^$' },
  arp: {},
  netstat: { fields: METRICS_DEFAULTS.netstatFields },
  vmstat: { fields: METRICS_DEFAULTS.vmstatFields },
  textfile: { directories: [] },
  cgroup: { podLabels: [] },
}

test('the example of the README means this', () => {
  const text = readFileSync(new URL('../../fixtures/config/whole-node.yaml', import.meta.url), 'utf8')
  assert.deepEqual(compile(text), {
    stateDir: '/var/lib/picket',
    node: { name: 'machine', clusterName: undefined },
    sources: [
      {
        kind: 'containers',
        name: 'containers',
        path: '/var/log/containers',
        allowedRoots: ['/var/log/pods'],
        include: all,
        exclude: all,
        dataset: 'kubernetes.container_logs',
        rescanIntervalMs: 30_000,
        ...common,
      },
      {
        kind: 'files',
        name: 'syslog',
        paths: ['/var/log/syslog'],
        exclude: [],
        allowedRoots: undefined,
        tag: 'syslog',
        dataset: 'syslog',
        rescanIntervalMs: 10_000,
        ...common,
      },
    ],
    metricsSources: [],
    enrich: { kind: 'off' },
    outputs: [
      {
        kind: 'elasticsearch',
        name: 'search',
        match: '**',
        hosts: ['http://127.0.0.1:9200'],
        proxy: undefined,
        authentication: { kind: 'none' },
        insecureSkipVerify: false,
        compression: 'fast',
        closingDocuments: true,
        target: { kind: 'data_stream', dataset: undefined, namespace: 'default' },
        idempotent: true,
        headers: {},
        requestTimeoutMs: 30_000,
        manageTemplate: 'auto',
        requireDataStream: 'auto',
        buffer,
        logFilePath: 'auto',
        fields: {},
      },
    ],
    metrics,
    server: { listen: '127.0.0.1:9464', page: '127.0.0.1:9465', tls: undefined, token: undefined },
    log: { level: 'info' },
    shutdownGraceMs: 25_000,
    checkpointIntervalMs: 5000,
  })
})

test('the embedded default: the containers of this node into the local store', () => {
  const config = compile(stringify(defaultConfig()))
  assert.equal(config.stateDir, '.picket')
  assert.deepEqual(
    config.sources.map((s) => s.kind === 'containers' && [s.path, s.allowedRoots]),
    [['/var/log/containers', ['/var/log/pods', '/var/lib/docker/containers']]],
  )
  assert.deepEqual(config.outputs, [
    {
      kind: 'local',
      name: 'local',
      match: '**',
      path: '.picket/store.db',
      maxBytes: 536_870_912,
      maxAgeMs: 604_800_000,
      closingDocuments: true,
      buffer,
      logFilePath: 'auto',
      fields: {},
    },
  ])
})

test('the embedded default on a sample workload reads its folders instead', () => {
  const config = compile(
    stringify(defaultConfig({ stateDir: 'state', sample: { containers: 'w/containers', pods: 'w/pods' } })),
  )
  assert.equal(config.stateDir, 'state')
  assert.deepEqual(
    config.sources.map((s) => s.kind === 'containers' && [s.path, s.allowedRoots]),
    [['/srv/w/containers', ['/srv/w/pods']]],
  )
})

const elasticsearch = (options: string, environment = {}) => {
  const text = `sources: {Nginx-Access: {kind: files, paths: [logs/*.log]}}\noutputs: {o: {kind: elasticsearch, hosts: ["http://es"], ${options}}}`
  const output = compile(text, environment).outputs[0]!
  assert.equal(output.kind, 'elasticsearch')
  return output as Extract<typeof output, { kind: 'elasticsearch' }>
}

test('each way to log in', () => {
  const reveal = (options: string, environment = {}): unknown => {
    const { authentication: a } = elasticsearch(options, environment)
    if (a.kind === 'api_key') return ['api_key', a.apiKey.reveal()]
    if (a.kind === 'basic') return ['basic', a.username, a.password.reveal()]
    return a.kind === 'bearer' ? ['bearer', a.token.reveal()] : a.kind
  }
  assert.deepEqual(reveal('api_key: file:/key'), ['api_key', 'from-file'])
  assert.deepEqual(reveal('api_key: 0123'), ['api_key', '0123'])
  assert.deepEqual(reveal('username: me, password: "$' + '{PW}"', { PW: 'x' }), ['basic', 'me', 'x'])
  assert.deepEqual(reveal('bearer_token: t'), ['bearer', 't'])
  assert.equal(reveal('idempotent: false'), 'none')
})

test('where documents go', () => {
  assert.deepEqual(elasticsearch('index: logs').target, { kind: 'index', index: 'logs' })
  assert.deepEqual(elasticsearch('data_stream: {namespace: prod}').target, {
    kind: 'data_stream',
    dataset: undefined,
    namespace: 'prod',
  })
  assert.deepEqual(elasticsearch('data_stream: {dataset: web.access}').target, {
    kind: 'data_stream',
    dataset: 'web.access',
    namespace: 'default',
  })
})

test('a plain source is its own tag and dataset, and its globs are absolute', () => {
  const text = 'sources: {Nginx-Access: {kind: files, paths: [logs/*.log]}}\noutputs: {o: {kind: stdout}}'
  const [source] = compile(text).sources
  assert.deepEqual(source?.kind === 'files' && [source.tag, source.dataset, source.paths], [
    'Nginx-Access',
    'nginx_access',
    ['/srv/logs/*.log'],
  ])
})

test('pods are looked up in a cluster, where an API server is named, and nowhere else', () => {
  const of = (enrich: string, environment = {}): unknown => {
    const c = compile(
      `sources: {c: {kind: containers}}\noutputs: {o: {kind: stdout}}\nenrich: {${enrich}}`,
      environment,
    )
    return c.enrich.kind === 'on' ? c.enrich.apiServer : c.enrich.kind
  }
  const cluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }
  assert.deepEqual(
    [
      of(''),
      of('', cluster),
      of('kubernetes: off', cluster),
      of('kubernetes: false', cluster),
      of('api_server: "http://127.0.0.1:8001"'),
      of('api_server: "http://127.0.0.1:8001"', cluster),
      of('', { KUBERNETES_SERVICE_HOST: 'fd00::1' }),
    ],
    [
      'off',
      'https://10.0.0.1:6443',
      'off',
      'off',
      'http://127.0.0.1:8001',
      'http://127.0.0.1:8001',
      'https://[fd00::1]:443',
    ],
  )
})

test('the node is called as configured, else as the environment says, else as the machine', () => {
  const name = (node: string, environment = {}): string =>
    compile(`sources: {c: {kind: containers}}\noutputs: {o: {kind: stdout}}\nnode: {${node}}`, environment).node.name
  assert.deepEqual(
    [name('name: n1', { NODE_NAME: 'n2' }), name('', { NODE_NAME: 'n2' }), name('', { NODE_NAME: '' })],
    ['n1', 'n2', 'machine'],
  )
})
