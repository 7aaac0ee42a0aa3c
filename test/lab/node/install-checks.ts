import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { searchAll } from '../agent/search-all.ts'
import { agentOn, picketPods } from './agents.ts'
import { allCovered } from './coverage.ts'
import type { NodeLab } from './lab.ts'
import type { Prometheus, Sample } from './prometheus.ts'
import { helm, install } from './release.ts'
import { LABEL, recordsOf, STREAM, startWriter } from './writer.ts'

/** The runtime writes a longer line in pieces of this size (containerd, pkg/cri/io/logger.go). */
const PIECE = 16 * 1024
/** More than the kubelet keeps. */
const ROTATIONS = 10

interface Source {
  readonly kubernetes: {
    readonly labels?: Readonly<Record<string, string>>
    readonly pod: { readonly uid?: string }
    readonly node?: { readonly name: string }
  }
  readonly host: { readonly name: string }
  readonly log: { readonly file: { readonly fingerprint: string } }
  readonly message: string
}

const byPod = (samples: readonly Sample[]): Readonly<Record<string, string>> =>
  Object.fromEntries(samples.map(({ metric, value }) => [metric.pod ?? '', value[1]]).sort())

/** The chart from nothing, and that it does what it is for. */
export const installChecks = async (context: TestContext, lab: NodeLab, prometheus: Prometheus): Promise<void> => {
  const [one] = lab.nodes

  await context.test('helm installs the chart: an agent on each node, and coverage says so', async (sub) => {
    sub.diagnostic(await install(lab))
    await allCovered(lab)
  })

  await context.test(
    'a pod’s log is rotated by the kubelet, and every line is found once, with the pod’s labels',
    async (sub) => {
      const writer = await startWriter(lab, 'rotated', { node: one, linesPerSecond: 1000 })
      await writer.rotates(ROTATIONS)
      await writer.end()
      sub.diagnostic(`${await writer.everyLineOnce()} lines`)
      const found = (await searchAll(lab.server, STREAM, recordsOf('rotated'))).map(
        ({ _source }) => _source as unknown as Source,
      )
      const places = new Set(
        found.map(
          ({ host, kubernetes }) => `${host.name} ${kubernetes.node?.name} ${JSON.stringify(kubernetes.labels)}`,
        ),
      )
      const labels = Object.fromEntries(Object.entries(LABEL).map(([key, value]) => [key.replaceAll('.', '_'), value]))
      assert.deepEqual([...places], [`${one.name} ${one.name} ${JSON.stringify(labels)}`])
      assert.ok(new Set(found.map(({ log }) => log.file.fingerprint)).size >= ROTATIONS, 'lines of all files')
      assert.ok(
        found.some(({ message }) => message.length > 2 * PIECE),
        'lines in several pieces',
      )
    },
  )

  await context.test('Prometheus scrapes agents and controllers', async () => {
    await prometheus.discover()
    const pods = [...(await picketPods(lab, 'agent')), ...(await picketPods(lab, 'controller'))]
    const up = Object.fromEntries(pods.map(({ name }) => [name, '1']).sort())
    await eventually('all are up', async () => {
      assert.deepEqual(byPod(await prometheus.query('up')), up)
      return true
    })
    await eventually('one controller leads', async () => {
      const [leaders] = await prometheus.query('sum(picket_controller_leader)')
      return leaders?.value[1] === '1'
    })
    const [covered] = await prometheus.query('sum(picket_coverage_covered_nodes{daemonset="picket-agent"})')
    const agent = await agentOn(lab, one.name)
    const cores = await prometheus.query(`count(node_cpu_seconds_total{mode="idle", node="${one.name}"}) by (pod)`)
    assert.deepEqual([covered?.value[1], cores[0]?.metric.pod], ['2', agent.name])
  })

  await context.test('helm test', async (sub) => sub.diagnostic(await helm(lab, 'test', '--timeout=120s')))
}
