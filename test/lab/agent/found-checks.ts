import assert from 'node:assert/strict'
import fs from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { discover } from '../elasticsearch/discover.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import { type Found, searchAll } from './search-all.ts'
import type { Expected, Workload } from './workload.ts'

export const containerStream = 'logs-kubernetes.container_logs-default'
export const syslogStream = 'logs-syslog-default'
const both = `${containerStream},${syslogStream}`

interface Source {
  readonly message: string
  readonly tags?: readonly string[]
  readonly kubernetes?: { readonly pod: { readonly name: string } }
}

const sourceOf = (hit: Found): Source => hit._source as unknown as Source

const asExpected = (hit: Found): Expected => {
  const { message, kubernetes } = sourceOf(hit)
  return { from: kubernetes?.pod.name ?? 'syslog', message }
}

const tally = (lines: readonly Expected[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { from, message } of lines) {
    const key = `${from}: ${message.slice(0, 200)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Lines whose number of documents is not that of the lines written, with both. */
const differences = (written: readonly Expected[], found: readonly Expected[]): readonly string[] => {
  const [expected, actual] = [tally(written), tally(found)]
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter((key) => expected.get(key) !== actual.get(key))
    .map((key) => `${key} (written ${expected.get(key) ?? 0}, found ${actual.get(key) ?? 0})`)
}

const count = async (server: RunningServer): Promise<number> => {
  await server.ask('POST', `/${both}/_refresh`)
  const query = { bool: { must_not: { term: { 'event.action': 'log_file_closed' } } } }
  return (await server.ask<{ count: number }>('POST', `/${both}/_count`, { query })).count
}

const isRecord = (hit: Found): boolean =>
  (hit._source as { event?: { action?: string } }).event?.action !== 'log_file_closed'

/** Waits until as many documents are there as lines were written, and returns all of them: each line once, in its stream. */
export const allFound = async (server: RunningServer, workload: Workload): Promise<readonly Found[]> => {
  const written = workload.written()
  const enough = async (): Promise<boolean> => {
    const found = await count(server)
    if (found < written.length) throw new Error(`${found} of ${written.length} documents`)
    return true
  }
  let found: readonly Found[] = []
  try {
    await eventually('every line is found', enough, 90_000)
  } finally {
    found = (await searchAll(server, both)).filter(isRecord)
    const wrong = differences(written, found.map(asExpected))
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} lines were lost or doubled`)
  }
  assert.deepEqual([found.length, new Set(found.map(({ _id: id }) => id)).size], [written.length, written.length])
  return found
}

/** A record as it stood in its file, and the link that led there. */
export interface FirstRecord {
  readonly line: string
  readonly link: string
}

/** Another pod's first record, kept before rotations take its file away. */
export const writeFirstRecord = (workload: Workload): FirstRecord => {
  const writer = workload.addPod('first-0', 'main')
  writer.line('the first line of a pod')
  const line = fs.readFileSync(writer.file, 'utf8').slice(0, -1)
  const log = join(writer.file, '../../../..')
  return { line, link: fs.globSync(join(log, 'containers/first-0_*'))[0] as string }
}

/** The documents of a pod's first line and of syslog's first line, whole. */
export const wholeDocuments = (folder: string, { line, link }: FirstRecord, found: readonly Found[]): void => {
  const [time, stream, , ...words] = line.split(' ')
  const of = (hit: Found) => (hit._source.log as { file: { fingerprint: string } }).file.fingerprint
  const first = found.find((hit) => sourceOf(hit).message === 'the first line of a pod') as Found
  assert.deepEqual(
    { _id: first._id, ...first._source },
    {
      _id: `${of(first)}-0`,
      '@timestamp': time,
      stream,
      data_stream: { type: 'logs', dataset: 'kubernetes.container_logs', namespace: 'default' },
      host: { name: hostname() },
      container: { id: /-([0-9a-f]{64})\.log$/.exec(basename(link))?.[1], name: 'main' },
      kubernetes: { namespace: 'shop', pod: { name: 'first-0' }, container: { name: 'main' } },
      service: { name: 'main' },
      log: { file: { fingerprint: of(first) }, offset: 0, length: Buffer.byteLength(line) + 1 },
      message: words.join(' '),
    },
  )
  const syslog = found.find((hit) => sourceOf(hit).message.endsWith('sshd[1]: session 1 opened')) as Found
  const { '@timestamp': readAt, ...rest } = syslog._source
  assert.match(readAt as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
  assert.deepEqual(rest, {
    data_stream: { type: 'logs', dataset: 'syslog', namespace: 'default' },
    host: { name: hostname() },
    tags: ['syslog'],
    log: {
      file: { path: join(folder, 'log/syslog'), fingerprint: of(syslog) },
      offset: 0,
      length: sourceOf(syslog).message.length + 1,
    },
    message: sourceOf(syslog).message,
  })
}

/** Each stream has its own, and it is a data stream. */
export const streamsAreApart = async (server: RunningServer, found: readonly Found[]): Promise<void> => {
  const misplaced = found.filter((hit) => hit._index.includes(syslogStream) !== (sourceOf(hit).tags?.[0] === 'syslog'))
  assert.deepEqual(misplaced.slice(0, 3), [])
  const resolved = await server.ask<{ data_streams: readonly { name: string }[] }>('GET', '/_resolve/index/logs-*')
  assert.deepEqual(resolved.data_streams.map(({ name }) => name).sort(), [containerStream, syslogStream])
}

/** What a person types into Discover's bar, over the last day: as many hits as lines like that were written. */
export const discoverQueries = async (server: RunningServer, workload: Workload): Promise<void> => {
  const written = workload.written()
  const pods = written.filter(({ from }) => from !== 'syslog')
  const like = (part: string, from = ''): number =>
    pods.filter((line) => line.from.startsWith(from) && line.message.includes(part)).length
  const queries: readonly (readonly [string, string, number])[] = [
    [containerStream, 'message:timeout AND kubernetes.pod.name:web*', like('timeout', 'web')],
    [containerStream, 'message:"has no owner"', like('has no owner')],
    [containerStream, 'kubernetes.namespace:shop AND kubernetes.container.name:app', like('', 'cart-0')],
    [containerStream, 'kubernetes.pod.name:"api.v2-5f6d8" AND stream:stdout', like('', 'api.v2')],
    [containerStream, 'service.name:nginx AND NOT message:timeout', like('', 'web') - like('timeout', 'web')],
    [syslogStream, 'tags:syslog AND message:sshd AND host.name:*', written.length - pods.length],
  ]
  const found: unknown[] = []
  for (const [stream, query] of queries) {
    const records = `(${query}) AND NOT event.action:log_file_closed`
    const { total } = await discover(server, stream, records, 1, { gte: 'now-1d', lte: 'now+1d' })
    found.push([query, total])
  }
  assert.deepEqual(
    found,
    queries.map(([, query, total]) => [query, total]),
  )
}
