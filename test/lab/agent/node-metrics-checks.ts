import assert from 'node:assert/strict'
import fs from 'node:fs'
import { cpus } from 'node:os'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import { type LabAgentOptions, labAgent } from './lab-agent.ts'

interface Value {
  readonly value: number | null
}

interface Answer {
  readonly hits: { readonly total: { readonly value: number } }
  readonly aggregations: {
    readonly cpu: Value
    readonly cores: Value
    readonly memoryTotal: Value
    readonly memoryUsed: Value
    readonly disk: Value
    readonly rx: Value
    readonly sets: { readonly buckets: readonly { readonly key: string; readonly ticks: Value }[] }
  }
}

const SETS = ['cpu', 'diskio', 'filesystem', 'load', 'memory', 'network']
const HOST = 'node-of-the-lab'

/** What Kibana's Hosts puts to the documents of one node. */
const asked = {
  size: 0,
  track_total_hits: true,
  query: { bool: { filter: [{ term: { 'host.name': HOST } }, { term: { 'event.module': 'system' } }] } },
  aggs: {
    cpu: { avg: { field: 'system.cpu.total.norm.pct' } },
    cores: { max: { field: 'system.cpu.cores' } },
    memoryTotal: { max: { field: 'system.memory.total' } },
    memoryUsed: { avg: { field: 'system.memory.actual.used.pct' } },
    disk: { max: { field: 'system.filesystem.used.pct' } },
    rx: { sum: { field: 'host.network.ingress.bytes' } },
    sets: {
      terms: { field: 'metricset.name', order: { _key: 'asc' } },
      aggs: { ticks: { cardinality: { field: '@timestamp' } } },
    },
  },
}

const ask = async (server: RunningServer): Promise<Answer> => {
  await server.ask('POST', '/metrics-system.*-lab/_refresh')
  return server.ask<Answer>('POST', '/metrics-system.*-lab/_search', asked)
}

const memoryTotal = (): number =>
  1024 * Number(/^MemTotal:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1])

const isShare = ({ value }: Value): boolean => value !== null && value >= 0 && value <= 1

/** This very machine, as Kibana's Hosts would show it. */
export const nodeMetricsChecks = async (
  context: TestContext,
  server: RunningServer,
  { folder, program }: Pick<LabAgentOptions, 'folder' | 'program'>,
): Promise<void> => {
  await context.test('the node’s metrics arrive as Kibana’s Hosts wants them', async (inner) => {
    const [port = 0] = await freePorts(1)
    const config = `state_dir: ${folder}/metrics-state
node: { name: ${HOST} }
sources:
  node: { kind: metrics, period: 1s }
outputs:
  search: { kind: elasticsearch, hosts: ["${server.url}"], data_stream: { namespace: lab } }
server: { listen: "127.0.0.1:${port}", page: "off" }
`
    const agent = labAgent(inner, { folder, config, port, program })
    await agent.start()
    await eventually('three looks of each set', async () => {
      if ((await agent.metric('picket_delivered_documents_total')) < 30) return false
      const { sets } = (await ask(server)).aggregations
      return sets.buckets.length === SETS.length && sets.buckets.every(({ ticks }) => (ticks.value ?? 0) >= 3)
    })
    assert.equal(await agent.metric('picket_dead_lettered_documents_total'), 0)
    assert.equal(await agent.stop(), 0)
    const { aggregations: found } = await ask(server)
    assert.deepEqual(
      found.sets.buckets.map(({ key }) => key),
      SETS,
    )
    assert.equal(found.memoryTotal.value, memoryTotal())
    assert.equal(found.cores.value, cpus().length)
    for (const share of [found.cpu, found.memoryUsed, found.disk]) assert.ok(isShare(share), JSON.stringify(found))
    assert.ok((found.rx.value ?? -1) >= 0)
  })
}
