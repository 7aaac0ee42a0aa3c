import assert from 'node:assert/strict'
import test from 'node:test'
import type { AgentEvents, BulkBody, Outcome, TailedFile } from '../../../agent/event.ts'
import { createTelemetry } from '../../../agent/telemetry/telemetry.ts'
import { createLogger, defaultLoggerOptions } from '../../../lib/log/logger.ts'
import { createModelClock } from '../../support/model-clock.ts'

const setUp = () => {
  const clock = createModelClock()
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({ ...defaultLoggerOptions, level: 'debug' }, clock, {
    write: (line) => {
      const { time, message, ...rest } = JSON.parse(line)
      assert.equal(typeof time, 'string')
      assert.match(message, /^[a-z].+[^.]$/)
      lines.push(rest)
    },
  })
  const build = { version: '1.2.3', revision: 'abc', node: 'node-1' }
  return { clock, lines, telemetry: createTelemetry({ clock, logger, build, proc: undefined }) }
}

/** The samples that are neither zero gauges of the process nor buckets. */
const samples = async (telemetry: ReturnType<typeof setUp>['telemetry']): Promise<string[]> => {
  const { body } = await telemetry.expose(undefined)
  return body
    .split('\n')
    .filter((l) => l !== '' && !/^#|_bucket\{|picket_log_lines|picket_build_info/.test(l) && !l.endsWith(' 0'))
}

const file: TailedFile = {
  source: 'containers',
  origin: {
    kind: 'container',
    namespace: 'shop',
    pod: 'web-1',
    container: 'web',
    podUid: 'u',
    restart: 2,
    containerId: 'c',
  },
  tag: 'kube.shop.web.web-1',
  path: '/var/log/containers/web.log',
  format: 'cri',
  fingerprint: 'f',
  chain: 'c',
  predecessor: undefined,
  size: 100,
  state: 'growing',
  vanishing: false,
  read: () => 0,
}
const body: BulkBody = { bytes: new Uint8Array(10), encoding: 'gzip', plainBytes: 100, documents: 7 }
const items: Outcome = {
  kind: 'items',
  created: 2,
  duplicates: 1,
  failureStore: 1,
  rejected: [{ item: 3, status: 400, type: 't', reason: 'r' }],
  retry: [4, 5],
  retryReason: '429',
}
const enospc = Object.assign(new Error('no space'), { code: 'ENOSPC' })

/** What each event leaves behind: metric samples and a log line. */
const CASES: readonly [
  name: keyof AgentEvents,
  act: (events: AgentEvents) => void,
  samples: string[],
  line?: object,
][] = [
  [
    'fileFound',
    (e) => e.fileFound(file, 5),
    ['picket_files_found_total{source="containers"} 1'],
    {
      level: 'debug',
      kind: 'file_found',
      source: 'containers',
      path: file.path,
      format: 'cri',
      size: 100,
      start_offset: 5,
    },
  ],
  [
    'fileRotated',
    (e) => e.fileRotated('containers', '/a'),
    ['picket_files_rotated_total{source="containers"} 1'],
    { level: 'debug', kind: 'file_rotated', source: 'containers', path: '/a' },
  ],
  [
    'fileFinished',
    (e) => e.fileFinished(file),
    ['picket_files_finished_total{source="containers"} 1'],
    { level: 'debug', kind: 'file_finished', source: 'containers', path: file.path, size: 100 },
  ],
  [
    'fileRefused',
    (e) => e.fileRefused('containers', '/a', 'a directory'),
    ['picket_files_refused_total{source="containers"} 1'],
    { level: 'warn', kind: 'file_refused', source: 'containers', path: '/a', reason: 'a directory' },
  ],
  [
    'pathMissing',
    (e) => e.pathMissing('containers', '/a', 'there is no folder /a'),
    [],
    { level: 'warn', kind: 'path_missing', source: 'containers', path: '/a', reason: 'there is no folder /a' },
  ],
  [
    'pathAppeared',
    (e) => e.pathAppeared('containers', '/a'),
    [],
    { level: 'info', kind: 'path_appeared', source: 'containers', path: '/a' },
  ],
  [
    'logsWaiting',
    (e) => e.logsWaiting('containers', 7, 5000),
    [],
    { level: 'warn', kind: 'logs_waiting', source: 'containers', logs: 7, max_followed_files: 5000 },
  ],
  [
    'logsTakenUp',
    (e) => e.logsTakenUp('containers', 90_000),
    [],
    { level: 'info', kind: 'logs_taken_up', source: 'containers', after_ms: 90_000 },
  ],
  [
    'bytesLost',
    (e) => e.bytesLost('containers', '/a', file.origin, 512, 'truncated'),
    ['picket_lost_bytes_total{source="containers",cause="truncated"} 512'],
    {
      level: 'warn',
      kind: 'bytes_lost',
      source: 'containers',
      path: '/a',
      namespace: 'shop',
      pod: 'web-1',
      container: 'web',
      restart: 2,
      bytes: 512,
      cause: 'truncated',
    },
  ],
  [
    'discoveryFailed',
    (e) => e.discoveryFailed('containers', '/a', enospc),
    ['picket_discovery_failures_total{source="containers"} 1'],
    { level: 'warn', kind: 'discovery_failed', source: 'containers', path: '/a', error: 'no space', code: 'ENOSPC' },
  ],
  [
    'readFailed',
    (e) => e.readFailed('containers', '/a', file.origin, enospc, 2, 2000),
    ['picket_read_failures_total{source="containers"} 1'],
    {
      level: 'warn',
      kind: 'read_failed',
      source: 'containers',
      path: '/a',
      namespace: 'shop',
      pod: 'web-1',
      container: 'web',
      restart: 2,
      error: 'no space',
      code: 'ENOSPC',
      attempt: 2,
      retry_in_ms: 2000,
    },
  ],
  [
    'readResumed',
    (e) => e.readResumed('containers', '/a', 3000),
    [],
    { level: 'info', kind: 'read_resumed', source: 'containers', path: '/a', after_ms: 3000 },
  ],
  [
    'checkpointSaved',
    (e) => e.checkpointSaved(50, 4),
    [
      'picket_checkpoints_total 1',
      'picket_checkpoint_entries 50',
      'picket_checkpoint_duration_seconds_sum 0.004',
      'picket_checkpoint_duration_seconds_count 1',
    ],
  ],
  [
    'checkpointFailed',
    (e) => e.checkpointFailed(enospc),
    ['picket_checkpoint_failures_total 1'],
    { level: 'error', kind: 'checkpoint_failed', error: 'no space', code: 'ENOSPC' },
  ],
  [
    'stateDamaged',
    (e) => e.stateDamaged('/s', 'bad CRC'),
    ['picket_state_damages_total 1'],
    { level: 'error', kind: 'state_damaged', path: '/s', detail: 'bad CRC' },
  ],
  [
    'encoded',
    (e) => e.encoded('containers', 1000, { lines: 10, documents: 8, invalidUtf8: 1, truncated: 0, unparsed: 2 }),
    [
      'picket_read_bytes_total{source="containers"} 1000',
      'picket_read_lines_total{source="containers"} 10',
      'picket_encoded_documents_total{source="containers"} 8',
      'picket_invalid_utf8_lines_total{source="containers"} 1',
      'picket_unparsed_lines_total{source="containers"} 2',
    ],
  ],
  [
    'chunkSealed',
    (e) => e.chunkSealed('search', body, 'age'),
    ['picket_chunks_sealed_total{output="search",reason="age"} 1'],
  ],
  [
    'sent',
    (e) => e.sent('search', items, body, 20),
    [
      'picket_requests_total{output="search",outcome="items"} 1',
      'picket_request_duration_seconds_sum{output="search"} 0.02',
      'picket_request_duration_seconds_count{output="search"} 1',
      'picket_sent_bytes_total{output="search"} 10',
      'picket_sent_plain_bytes_total{output="search"} 100',
      'picket_duplicate_documents_total{output="search"} 1',
      'picket_failure_store_documents_total{output="search"} 1',
      'picket_retried_documents_total{output="search"} 2',
      'picket_rejected_documents_total{output="search"} 1',
    ],
  ],
  [
    'sent',
    (e) => e.sent('search', { kind: 'again', reason: '503', retryAfterMs: undefined, hold: false }, body, 20),
    [
      'picket_requests_total{output="search",outcome="again"} 1',
      'picket_request_duration_seconds_sum{output="search"} 0.02',
      'picket_request_duration_seconds_count{output="search"} 1',
      'picket_sent_bytes_total{output="search"} 10',
      'picket_sent_plain_bytes_total{output="search"} 100',
      'picket_retried_documents_total{output="search"} 7',
    ],
  ],
  [
    'delivered',
    (e) => e.delivered('search', 4, 1500),
    [
      'picket_delivered_documents_total{output="search"} 4',
      'picket_write_to_verdict_seconds_sum{output="search"} 6',
      'picket_write_to_verdict_seconds_count{output="search"} 4',
    ],
  ],
  [
    'held',
    (e) => e.held('search', 'HTTP 503', 3, 1234.5),
    ['picket_output_held{output="search"} 1', 'picket_output_holds_total{output="search"} 1'],
    { level: 'warn', kind: 'output_held', output: 'search', reason: 'HTTP 503', attempt: 3, wait_ms: 1235 },
  ],
  [
    'resumed',
    (e) => e.resumed('search', 99.9),
    [],
    { level: 'info', kind: 'output_resumed', output: 'search', after_ms: 100 },
  ],
  [
    'spilled',
    (e) => e.spilled('search', 100, 7),
    ['picket_spilled_bytes_total{output="search"} 100', 'picket_spilled_documents_total{output="search"} 7'],
    { level: 'info', kind: 'spilled', output: 'search', bytes: 100, documents: 7 },
  ],
  [
    'recovered',
    (e) => e.recovered('search', 2, 200),
    ['picket_recovered_chunks_total{output="search"} 2', 'picket_recovered_bytes_total{output="search"} 200'],
    { level: 'info', kind: 'recovered', output: 'search', chunks: 2, bytes: 200 },
  ],
  [
    'queueFull',
    (e) => e.queueFull('search', 1024, 'block'),
    ['picket_queue_full_total{output="search",action="block"} 1'],
    { level: 'warn', kind: 'queue_full', output: 'search', bytes: 1024, action: 'block' },
  ],
  [
    'dropped',
    (e) => e.dropped('search', 9, 'drop_oldest_chunk'),
    ['picket_dropped_documents_total{output="search",cause="drop_oldest_chunk"} 9'],
    { level: 'error', kind: 'dropped', output: 'search', documents: 9, cause: 'drop_oldest_chunk' },
  ],
  [
    'spillFailed',
    (e) => e.spillFailed('search', enospc),
    ['picket_spill_failures_total{output="search"} 1'],
    { level: 'error', kind: 'spill_failed', output: 'search', error: 'no space', code: 'ENOSPC' },
  ],
  [
    'deadLettered',
    (e) => e.deadLettered('search', { item: 0, status: 400, type: 'mapping', reason: 'no' }),
    ['picket_dead_lettered_documents_total{output="search"} 1'],
    { level: 'warn', kind: 'dead_lettered', output: 'search', status: 400, type: 'mapping', reason: 'no' },
  ],
  [
    'deadLettersDropped',
    (e) => e.deadLettersDropped('search', 3),
    ['picket_dead_letters_dropped_total{output="search"} 3'],
    { level: 'error', kind: 'dead_letters_dropped', output: 'search', documents: 3 },
  ],
  [
    'watchFailed',
    (e) => e.watchFailed('pods', new Error('410'), 1000.4),
    ['picket_watch_failures_total{resource="pods"} 1'],
    { level: 'warn', kind: 'watch_failed', resource: 'pods', retry_in_ms: 1000, error: '410' },
  ],
  [
    'watchEstablished',
    (e) => e.watchEstablished('pods'),
    ['picket_watch_up{resource="pods"} 1'],
    { level: 'info', kind: 'watch_established', resource: 'pods' },
  ],
]

for (const [name, act, expected, line] of CASES)
  test(`${name} counts and logs together`, async () => {
    const { telemetry, lines } = setUp()
    act(telemetry.events)
    assert.deepEqual((await samples(telemetry)).sort(), [...expected].sort())
    assert.deepEqual(lines, line ? [line] : [])
  })

test('every event has a case here', () => {
  const { telemetry } = setUp()
  assert.deepEqual(Object.keys(telemetry.events).sort(), [...new Set(CASES.map(([name]) => name))].sort())
})

test('an outage is told with its first reason’s start and its last reason', async () => {
  const { telemetry, clock } = setUp()
  telemetry.events.held('search', 'refused', 1, 100)
  await clock.advance(5000)
  telemetry.events.held('search', 'HTTP 503', 2, 200)
  assert.deepEqual(telemetry.held(), [{ output: 'search', reason: 'HTTP 503', forMs: 5000 }])
  telemetry.events.resumed('search', 5000)
  assert.deepEqual(telemetry.held(), [])
})

test('stats are read at the scrape, and what is gone from them is gone', async () => {
  const { telemetry } = setUp()
  let gone = false
  telemetry.registerStats('lanes', () => ({
    sources: gone
      ? []
      : [
          {
            source: 'containers',
            trackedFiles: 3,
            openFiles: 2,
            unreadableFiles: 1,
            waitingLogs: 3,
            deletedHeldBytes: 7,
            deletedUnsettledBytes: 5,
          },
        ],
    lags: gone ? [] : [{ source: 'containers', output: 'search', bytes: 10 }],
    ages: gone ? [] : [{ output: 'search', ageMs: 1500 }],
    queues: [{ output: 'search', limitBytes: 1024, states: gone ? {} : { sending: { chunks: 1, bytes: 64 } } }],
    checkpointAgeMs: 2000,
  }))
  assert.deepEqual(await samples(telemetry), [
    'picket_tracked_files{source="containers"} 3',
    'picket_open_files{source="containers"} 2',

    'picket_waiting_logs{source="containers"} 3',
    'picket_unreadable_files{source="containers"} 1',
    'picket_deleted_held_bytes{source="containers"} 7',
    'picket_deleted_unsettled_bytes{source="containers"} 5',
    'picket_lag_bytes{source="containers",output="search"} 10',
    'picket_lag_seconds{output="search"} 1.5',
    'picket_checkpoint_age_seconds 2',
    'picket_queue_chunks{output="search",state="sending"} 1',
    'picket_queue_bytes{output="search",state="sending"} 64',
    'picket_queue_limit_bytes{output="search"} 1024',
  ])
  gone = true
  assert.deepEqual(await samples(telemetry), [
    'picket_checkpoint_age_seconds 2',
    'picket_queue_limit_bytes{output="search"} 1024',
  ])
})

test('a part that fails to report is counted and does not spoil the scrape', async () => {
  const { telemetry } = setUp()
  telemetry.registerStats('broken', () => {
    throw new Error('boom')
  })
  telemetry.registerStats('whole', () => ({ checkpointAgeMs: 1000 }))
  assert.deepEqual(await samples(telemetry), [
    'picket_checkpoint_age_seconds 1',
    'picket_stats_failures_total{part="broken"} 1',
  ])
})

test('a scrape in OpenMetrics leaves the next one in text as it was', async () => {
  const { telemetry } = setUp()
  telemetry.events.checkpointSaved(1, 1)
  const before = await telemetry.expose(undefined)
  const open = await telemetry.expose('application/openmetrics-text; version=1.0.0')
  assert.equal(open.contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  assert.match(open.body, /^# TYPE picket_checkpoints counter\npicket_checkpoints_total 1$/m)
  assert.match(open.body, /\n# EOF\n$/)
  assert.deepEqual(await telemetry.expose(undefined), before)
  assert.equal(before.contentType, 'text/plain; version=0.0.4; charset=utf-8')
})

test('families of other parts follow ours', async () => {
  const { telemetry } = setUp()
  telemetry.registerFamilies(async () => [
    { name: 'node_load1', help: 'Load.', kind: 'gauge', samples: [{ labels: {}, value: 0.5 }] },
  ])
  const { body } = await telemetry.expose(undefined)
  assert.ok(body.endsWith('# HELP node_load1 Load.\n# TYPE node_load1 gauge\nnode_load1 0.5\n'))
})

test('scrapes at the same moment are one, for each format', async () => {
  const { telemetry } = setUp()
  let looks = 0
  telemetry.registerFamilies(async () => {
    looks++
    return []
  })
  const [one, other, open] = await Promise.all([
    telemetry.expose(undefined),
    telemetry.expose('text/plain'),
    telemetry.expose('application/openmetrics-text'),
  ])
  assert.equal(one, other)
  assert.match(open.body, /# EOF/)
  assert.equal(looks, 2)
  assert.notEqual(await telemetry.expose(undefined), one)
})

test('a metric that two parts tell of is exposed once, and told of', async () => {
  const { telemetry, lines } = setUp()
  const load = (value: number) =>
    ({ name: 'node_load1', help: 'L', kind: 'gauge', samples: [{ labels: {}, value }] }) as const
  telemetry.registerFamilies(async () => [load(1), load(2)])
  const { body } = await telemetry.expose(undefined)
  assert.ok(body.endsWith('# TYPE node_load1 gauge\nnode_load1 1\n'))
  assert.deepEqual(lines, [{ level: 'warn', kind: 'family_repeated', name: 'node_load1' }])
})

test('the process’ own figures come from /proc', async () => {
  const clock = createModelClock()
  const logger = createLogger(defaultLoggerOptions, clock, { write: () => {} })
  const texts: Record<string, string> = {
    stat: 'btime 1000\n',
    'self/stat': '7 (picket) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 11 0 200 0 0\n',
    'self/status': 'VmSize:\t 4 kB\nVmRSS:\t 3 kB\nRssAnon:\t 1 kB\n',
    'self/limits':
      'Max open files            1024                 4096                 files     \nMax address space         unlimited            unlimited            bytes     \n',
    'self/net/netstat': 'TcpExt: SyncookiesSent\nTcpExt: 1\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 9 12 34\n',
  }
  const proc = { readText: (path: string) => texts[path] ?? '', countEntries: () => 21 }
  const telemetry = createTelemetry({ clock, logger, build: { version: '1', revision: '', node: 'n' }, proc })
  await telemetry.expose(undefined)
  assert.deepEqual(await samples(telemetry), [
    'process_cpu_seconds_total 2',
    'process_resident_memory_bytes 3072',
    'picket_resident_anonymous_bytes 1024',
    'process_virtual_memory_bytes 4096',
    'process_virtual_memory_max_bytes 18446744073709552000',
    'process_network_receive_bytes_total 12',
    'process_network_transmit_bytes_total 34',
    'process_open_fds 21',
    'process_max_fds 1024',
    'process_start_time_seconds 1002',
  ])
})
