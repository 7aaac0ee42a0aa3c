import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type AgentProcess, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'
import { eventually } from '../support/eventually.ts'
import { writeNode } from '../support/write-node.ts'

const config = (folder: string, sink: BulkSink, more = ''): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
node: { name: node-1, cluster_name: blue }
sources: { node: { kind: metrics, period: 1s } }
metrics: { procfs: "${folder}/proc", sysfs: "${folder}/sys", rootfs: "${folder}/root" }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${sink.url}"]
    fields: { labels.zone: a }
    buffer: { flush_interval: 50ms, retry_initial_interval: 100ms, retry_max_interval: 500ms }
${more}
server: { listen: "off", page: "off" }
`,
  )

interface Seen {
  readonly index: string | undefined
  readonly document: MetricDocument
}
interface MetricDocument {
  readonly '@timestamp': string
  readonly event: { readonly dataset: string }
  readonly host: {
    readonly architecture: string
    readonly os: { readonly kernel: string }
    readonly network?: { readonly ingress: { readonly bytes: number } }
  }
  readonly system?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

const withNode = (
  body: (all: { folder: string; sink: BulkSink; seen: Seen[]; agents: AgentProcess[] }) => Promise<void>,
): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const seen: Seen[] = []
    sink.refuse = (document, index) => {
      seen.push({ index, document: document as MetricDocument })
      return undefined
    }
    writeNode(folder, 1)
    const agents: AgentProcess[] = []
    try {
      await body({ folder, sink, seen, agents })
    } finally {
      for (const agent of agents) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      await sink.close()
    }
  })

const ofSet = (seen: readonly Seen[], set: string): Seen[] =>
  seen.filter(({ document }) => document.event.dataset === `system.${set}`)

test('the node’s metrics reach Elasticsearch, each set in its data stream, deltas from the second look on', () =>
  withNode(async ({ folder, sink, seen, agents }) => {
    agents.push(startAgent(['--config', config(folder, sink)], folder))
    await eventually('a first look', () => ofSet(seen, 'memory').length > 0)
    writeNode(folder, 2)
    const host = () => ofSet(seen, 'network').flatMap(({ document }) => document.host.network ?? [])
    await eventually('what was counted since', () => host().some(({ ingress }) => ingress.bytes > 0))
    await eventually('a look more', () => host().length > 2)
    await agents[0]!.stop()

    const [memory] = ofSet(seen, 'memory')
    assert.equal(memory!.index, 'metrics-system.memory-default')
    const { '@timestamp': time, agent, ...document } = memory!.document
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(document, {
      data_stream: { type: 'metrics', dataset: 'system.memory', namespace: 'default' },
      event: { dataset: 'system.memory', module: 'system' },
      metricset: { name: 'memory', period: 1000 },
      host: {
        name: 'node-1',
        hostname: 'node-1',
        id: '0123456789abcdef0123456789abcdef',
        architecture: document.host.architecture,
        ip: ['10.0.0.7', 'fe80::fc:ff:fe00:1'],
        mac: ['02-FC-00-00-00-01'],
        os: {
          type: 'linux',
          platform: 'talos',
          name: 'Talos',
          version: 'v1.9.0',
          kernel: document.host.os.kernel,
        },
      },
      ecs: { version: '8.11.0' },
      orchestrator: { cluster: { name: 'blue' } },
      labels: { zone: 'a' },
      system: {
        memory: {
          total: 8_192_000,
          free: 1_024_000,
          cached: 2_048_000,
          used: { bytes: 7_168_000, pct: 0.875 },
          actual: { free: 6_144_000, used: { bytes: 2_048_000, pct: 0.25 } },
          swap: { total: 0, free: 0, used: { bytes: 0, pct: 0 } },
        },
      },
    })
    // All that was counted, once.
    assert.equal(
      host().reduce((sum, { ingress }) => sum + ingress.bytes, 0),
      600,
    )
    const cpu = ofSet(seen, 'cpu').map((one) => one.document.system?.cpu as { cores: number; total: object })
    assert.deepEqual(cpu[0], {
      cores: 2,
      total: { pct: 0.6, norm: { pct: 0.3 } },
      user: { pct: 0.4, norm: { pct: 0.2 } },
      nice: { pct: 0, norm: { pct: 0 } },
      system: { pct: 0.2, norm: { pct: 0.1 } },
      idle: { pct: 1.2, norm: { pct: 0.6 } },
      iowait: { pct: 0.2, norm: { pct: 0.1 } },
      irq: { pct: 0, norm: { pct: 0 } },
      softirq: { pct: 0, norm: { pct: 0 } },
      steal: { pct: 0, norm: { pct: 0 } },
    })
    assert.deepEqual(ofSet(seen, 'load')[0]!.document.system, {
      load: { 1: 0.5, 5: 0.25, 15: 0.1, norm: { 1: 0.25, 5: 0.125, 15: 0.05 }, cores: 2 },
    })
    assert.deepEqual(ofSet(seen, 'diskio')[0]!.document.system, {
      diskio: {
        name: 'vda',
        read: { count: 100, bytes: 2000 * 512, time: 300 },
        write: { count: 400, bytes: 5000 * 512, time: 600 },
        io: { time: 700 },
      },
    })
    const [filesystem] = ofSet(seen, 'filesystem').map((one) => one.document.system?.filesystem as object)
    assert.deepEqual(Object.keys(filesystem!), [
      ...['device_name', 'mount_point', 'type', 'total', 'free', 'available', 'used', 'files', 'free_files'],
    ])
    // One document of a set and device in a look: else a time series would refuse the second.
    const points = seen.map(({ index, document: { '@timestamp': at, system } }) => {
      const { network, diskio, filesystem: mount } = (system ?? {}) as Record<string, Record<string, string>>
      return [index, at, network?.name, diskio?.name, mount?.mount_point].join()
    })
    assert.equal(new Set(points).size, points.length)
  }))

test('match decides what an output takes; files get JSON lines', () =>
  withNode(async ({ folder, sink, seen, agents }) => {
    const file = join(folder, 'out.ndjson')
    const lines = `  lines: { kind: file, path: ${file}, match: "metrics.{cpu,network}" }\n  store: { kind: local, match: metrics.load }`
    const path = config(folder, sink, lines)
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('    hosts:', '    match: metrics.memory\n    hosts:'))
    agents.push(startAgent(['--config', path], folder))
    const datasetsInFile = (): Set<string> =>
      new Set(
        fs
          .readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).event.dataset),
      )
    await eventually('memory at Elasticsearch', () => seen.length > 0)
    writeNode(folder, 2)
    await eventually('both sets in the file', () => datasetsInFile().size > 1)
    assert.equal(await agents[0]!.stop(), 0)
    assert.deepEqual([...datasetsInFile()].sort(), ['system.cpu', 'system.network'])
    assert.deepEqual([...new Set(seen.map(({ index }) => index))], ['metrics-system.memory-default'])
    assert.doesNotMatch(agents[0]!.output(), /"level":"(warn|error)"/)
  }))

test('an outage, and a stop of the agent in it: the looks are delivered by the next agent', () =>
  withNode(async ({ folder, sink, seen, agents }) => {
    sink.fail = 503
    const path = config(folder, sink)
    agents.push(startAgent(['--config', path], folder))
    await eventually('looks on disk', () => /"kind":"spilled"/.test(agents[0]!.output()))
    assert.equal(await agents[0]!.stop(), 0)
    const stoppedMs = Date.now()
    sink.fail = undefined
    agents.push(startAgent(['--config', path], folder))
    await eventually('a look of the second agent', () =>
      seen.some(({ document }) => Date.parse(document['@timestamp']) > stoppedMs),
    )
    const earlier = new Set(
      ofSet(seen, 'memory')
        .map(({ document }) => document['@timestamp'])
        .filter((time) => Date.parse(time) <= stoppedMs),
    )
    // Three looks fill the memory, then the first are spilled.
    assert.ok(earlier.size >= 3, `${earlier.size} looks of the first agent`)
    await agents[1]!.stop()
  }))
