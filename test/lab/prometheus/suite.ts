import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { labAgent } from '../agent/lab-agent.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { Suite } from '../suite.ts'
import { type Compared, compareExpressions } from './expression-checks.ts'
import { EXPRESSIONS, recordingRules } from './expressions.ts'
import type { NodeExporter } from './node-exporter.ts'
import { lint, onPath, startProgram } from './programs.ts'
import { lacking, straying } from './series-checks.ts'

/** Of Debian's package prometheus. */
const PROGRAMS = ['prometheus', 'promtool']

interface Lab {
  readonly nodeExporter: NodeExporter
  readonly folder: string
  readonly exporterPort: number
  readonly picketPort: number
  readonly prometheusPort: number
}

const scrape = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

const prometheusConfig = ({ exporterPort, picketPort }: Lab): object => ({
  global: { scrape_interval: '1s', scrape_timeout: '1s' },
  rule_files: ['rules-exporter.yaml', 'rules-picket.yaml'],
  scrape_configs: [
    { job_name: 'exporter', static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] },
    { job_name: 'picket', static_configs: [{ targets: [`127.0.0.1:${picketPort}`] }] },
  ],
})

const startAll = async (context: TestContext, lab: Lab): Promise<void> => {
  const { nodeExporter, folder, exporterPort, picketPort, prometheusPort } = lab
  const own = (port: number, path: string): string => `http://127.0.0.1:${port}${path}`
  const exporter = [...nodeExporter.argv(), `--web.listen-address=127.0.0.1:${exporterPort}`]
  await startProgram(context, exporter, own(exporterPort, '/metrics'), join(folder, 'node-exporter.log'))
  fs.mkdirSync(join(folder, 'containers'))
  const config = `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${folder}/containers }
outputs:
  file: { kind: file, path: ${folder}/out.ndjson }
server: { listen: "127.0.0.1:${picketPort}" }
`
  await labAgent(context, { folder, config, port: picketPort }).start()
  for (const job of ['exporter', 'picket'])
    fs.writeFileSync(join(folder, `rules-${job}.yaml`), stringify(recordingRules(job)))
  fs.writeFileSync(join(folder, 'prometheus.yaml'), stringify(prometheusConfig(lab)))
  const prometheus = [
    'prometheus',
    `--config.file=${folder}/prometheus.yaml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ]
  await startProgram(context, prometheus, own(prometheusPort, '/-/ready'), join(folder, 'prometheus.log'))
}

const TRIES = 5

/** What strays in one look may be the moment's; what strays in each is wrong. */
const strayingAlways = async ({ exporterPort, picketPort }: Lab): Promise<readonly string[]> => {
  let always: readonly string[] = []
  for (let i = 0; i < TRIES; i++) {
    const before = await scrape(exporterPort)
    const picket = await scrape(picketPort)
    always = straying(before, picket, await scrape(exporterPort))
    if (always.length === 0) return []
  }
  return always
}

const compareNow = ({ nodeExporter, prometheusPort }: Lab): Promise<Compared> =>
  compareExpressions(EXPRESSIONS, {
    prometheus: `http://127.0.0.1:${prometheusPort}`,
    exporterJob: 'exporter',
    picketJob: 'picket',
    laterLabels: nodeExporter.laterLabels,
    at: Date.now() / 1000 - 1,
  })

/** A value that changes fast may differ in one look and not in the next. */
const compareInTime = async (lab: Lab): Promise<Compared> => {
  let compared = await compareNow(lab)
  for (let i = 1; i < TRIES && compared.different.length > 0; i++) {
    await sleep(2000)
    compared = await compareNow(lab)
  }
  return compared
}

/** Rates need samples to be rates of something; then the machine's bursts weigh little. */
const WATCHED_MS = 40_000

const checks = async (context: TestContext, lab: Lab): Promise<void> => {
  const { nodeExporter, exporterPort, picketPort } = lab
  const { laterLabels, laterMetrics, otherLint } = nodeExporter
  const watchedFrom = Date.now()
  await context.test('no series that node_exporter exports is lacking', async () => {
    // The first look finds out what is where.
    await scrape(picketPort)
    assert.deepEqual(lacking(await scrape(exporterPort), await scrape(picketPort), laterLabels), [])
  })
  await context.test('values are those that node_exporter shows before and after', async () =>
    assert.deepEqual(await strayingAlways(lab), []),
  )
  await context.test('promtool has nothing to say that it does not say of node_exporter', async () => {
    const known = new Set(await lint(await scrape(exporterPort)))
    const ours = await lint(await scrape(picketPort))
    assert.deepEqual(
      ours.filter((line) => !known.has(line) && !otherLint.test(line)),
      [],
    )
  })
  await context.test('every expression of the usual dashboards and alerts gives the same result', async (sub) => {
    await sleep(Math.max(0, watchedFrom + WATCHED_MS - Date.now()))
    const compared = await compareInTime(lab)
    sub.diagnostic(`${compared.answered} of ${EXPRESSIONS.length} expressions give a result on node_exporter`)
    const { onlyExporter, onlyPicket, different } = compared
    const surplus = onlyPicket.filter((expression) => !laterMetrics.test(expression))
    assert.deepEqual({ onlyExporter, surplus, different }, { onlyExporter: [], surplus: [], different: [] })
    assert.equal(EXPRESSIONS.length, 408)
    assert.ok(compared.answered > 250, `${compared.answered} expressions have a result`)
  })
}

/** Picket in node_exporter's place, for a real Prometheus. */
export const prometheusSuite = (nodeExporter: NodeExporter): Suite => ({
  name: nodeExporter.name,
  missing: () => [
    ...PROGRAMS.filter((program) => !onPath(program)).map((program) => `there is no ${program} (Debian: prometheus)`),
    ...nodeExporter.missing(),
  ],
  prepare: nodeExporter.prepare,
  run: async (context) => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-'))
    context.after(() => fs.rmSync(folder, { recursive: true, force: true }))
    const [exporterPort = 0, picketPort = 0, prometheusPort = 0] = await freePorts(3)
    const lab = { nodeExporter, folder, exporterPort, picketPort, prometheusPort }
    await startAll(context, lab)
    await checks(context, lab)
  },
})
