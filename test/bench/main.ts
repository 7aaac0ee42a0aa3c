// npm run bench -- [--only catch-up,gzip,one-file,behind,steady,steady-gzip,idle,churn,hostile,scrape,exact,plan,controller] [--agents picket,rsyslog,…]
//                  [--rounds N] [--quick] [--counts-only] [--json FILE]
// Prints wanted and actual figures and writes them as JSON. docs/performance.md says how they are taken.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Contender } from './contender.ts'
import { fileD } from './contenders/file-d.ts'
import { fluentBit } from './contenders/fluent-bit.ts'
import { picket } from './contenders/picket.ts'
import { prototype } from './contenders/prototype.ts'
import { rsyslog } from './contenders/rsyslog.ts'
import { PROJECT_FOLDER, WORK_FOLDER } from './folder.ts'
import { buildAgent, buildSink, findRsyslog, onPath } from './prepare.ts'
import { SCENARIOS, type ScenarioName } from './scenarios.ts'
import { startSink } from './sink.ts'
import { type Row, tableText } from './table.ts'

const names = Object.keys(SCENARIOS) as ScenarioName[]
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: names.join() },
    agents: { type: 'string', default: 'picket,rsyslog,fluent-bit,file.d,prototype' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'counts-only': { type: 'boolean', default: false },
    json: { type: 'string', default: path.join(PROJECT_FOLDER, 'bench-results.json') },
  },
})

const chosen = values.only.split(',').map((name) => {
  if (names.includes(name as ScenarioName)) return name as ScenarioName
  throw new Error(`no scenario ${name}; there are ${names.join(', ')}`)
})

const found = <T>(what: T | undefined, make: (what: T) => Contender, missing: string): Contender[] => {
  if (what !== undefined) return [make(what)]
  console.log(`skipped: ${missing}`)
  return []
}

const contenders = (): Contender[] => {
  const wanted = values.agents.split(',')
  const makers: Readonly<Record<string, () => Contender[]>> = {
    picket: () => [picket(buildAgent())],
    rsyslog: () => found(findRsyslog(), rsyslog, 'rsyslog (Debian: rsyslog, rsyslog-elasticsearch)'),
    'fluent-bit': () => found(onPath('fluent-bit'), fluentBit, 'fluent-bit is not on the PATH'),
    'file.d': () => found(onPath('file.d'), fileD, 'file.d is not on the PATH'),
    prototype: () => {
      const folder = process.env.PICKET_BENCH_PROTOTYPE
      return found(folder, prototype, 'prototype (PICKET_BENCH_PROTOTYPE names its folder)')
    },
  }
  return wanted.flatMap((name) => makers[name]?.() ?? [])
}

const machine = (): Record<string, unknown> => ({
  cores: os.availableParallelism(),
  model: os.cpus()[0]?.model,
  memoryMb: Math.round(os.totalmem() / 1e6),
  kernel: os.release(),
  node: process.version,
  load: os.loadavg(),
})

fs.mkdirSync(WORK_FOLDER, { recursive: true })
const sinkProgram = buildSink()
// The controller's scenarios have contenders of their own.
const agents = chosen.every((name) => name === 'plan' || name === 'controller') ? [] : contenders()
const results: Record<string, unknown> = { at: new Date().toISOString(), machine: machine() }
const rows: Row[] = []
console.log(JSON.stringify(results.machine))
// A run beside another one's load says nothing; it is told and not judged.
if ((os.loadavg()[0] ?? 0) > 0.5) console.log('the machine is not idle: take the figures for what they are')

const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))

/** A sink for each scenario, and a scenario that fails is a row of its own: the others are still worth having. */
const runScenario = async (name: ScenarioName): Promise<readonly Row[]> => {
  const sink = await startSink(sinkProgram, WORK_FOLDER)
  try {
    const scenario = await SCENARIOS[name]({ agents, sink, sinkProgram, rounds, quick: values.quick, results })
    results[name] = scenario.results
    return scenario.rows
  } catch (error) {
    console.error(error)
    return [{ figure: name, wanted: 'to run', actual: 'failed', ok: false }]
  } finally {
    await sink.stop()
  }
}

for (const name of chosen) {
  const found = await runScenario(name)
  rows.push(...found)
  console.log(`\n${tableText(found)}`)
}
fs.writeFileSync(values.json, `${JSON.stringify({ ...results, rows }, null, 2)}\n`)
/** On a machine that does other things too (CI) only what is missing, doubled or wrong is a failure; speed is told. */
const judged = (row: Row): boolean => !values['counts-only'] || row.wanted === '0' || row.wanted === 'to run'
const missed = rows.filter((row) => row.ok === false && judged(row))
console.log(`\n${rows.filter(({ ok }) => ok).length} figures reached, ${missed.length} missed; ${values.json}`)
if (missed.length > 0) process.exitCode = 1
