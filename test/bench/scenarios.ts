import { behindWorkload } from './behind.ts'
import { type CatchUpResult, catchUp } from './catch-up.ts'
import { type ChurnResult, churn } from './churn.ts'
import type { Contender } from './contender.ts'
import { controllerScenario } from './controller/scenario.ts'
import { exactCatchUp, exactSteady } from './exactness.ts'
import { hostile } from './hostile.ts'
import { judgePlan, PLAN_SIZES } from './judge-plan.ts'
import { judgeScrape, noExporter, type ScrapeRound } from './judge-scrape.ts'
import {
  judgeBehind,
  judgeCatchUp,
  judgeChurn,
  judgeExactness,
  judgeHostile,
  judgeIdle,
  judgeOneFile,
  judgeSteady,
} from './judgement.ts'
import { timePlans } from './plan.ts'
import { buildHostileWriter, onPath } from './prepare.ts'
import { scrapeAgent, scrapeExporter } from './scrape.ts'
import type { Sink } from './sink.ts'
import { idle, type SteadyResult, steady } from './steady.ts'
import type { Row } from './table.ts'
import { catchUpWorkload, type Workload } from './workload.ts'

export interface Bench {
  readonly agents: readonly Contender[]
  readonly sink: Sink
  readonly sinkProgram: string
  readonly rounds: number
  readonly quick: boolean
  /** What earlier scenarios of this run have found: the yardstick is there. */
  readonly results: Readonly<Record<string, unknown>>
}

export interface ScenarioResult {
  readonly results: unknown
  readonly rows: readonly Row[]
}

type Named<Result> = Record<string, Result>

/** In turns, so that a slow minute of the machine is everybody's. Returns every result of every agent. */
const inTurns = async <Result>(
  agents: readonly Contender[],
  rounds: number,
  measure: (agent: Contender) => Promise<Result>,
): Promise<Named<Result[]>> => {
  const all: Named<Result[]> = {}
  for (let round = 0; round < rounds; round++)
    for (const agent of agents) {
      console.log(`  ${agent.name}, round ${round + 1} of ${rounds}`)
      const result = await measure(agent)
      all[agent.name] = [...(all[agent.name] ?? []), result]
    }
  return all
}

const best = <Result>(all: Named<Result[]>, better: (a: Result, b: Result) => boolean): Named<Result> =>
  Object.fromEntries(
    Object.entries(all).map(([name, results]) => [name, results.reduce((a, b) => (better(b, a) ? b : a))]),
  )

const followers = (agents: readonly Contender[]): Contender[] => agents.filter((agent) => !agent.catchUpOnly)

const fasterPerCpu = (a: CatchUpResult, b: CatchUpResult): boolean => a.megabytesPerCpuSecond > b.megabytesPerCpuSecond

/** A wrong count is kept, however fast another round was. */
const judged = (all: Named<CatchUpResult[]>): Named<CatchUpResult> => {
  const fastest = best(all, fasterPerCpu)
  return Object.fromEntries(
    Object.entries(fastest).map(([name, result]) => {
      const wrong = all[name]?.find((r) => r.surplus !== 0)
      return [name, wrong ? { ...result, surplus: wrong.surplus } : result]
    }),
  )
}

const measureCatchUp = async (bench: Bench, workload: Workload, gzip: boolean): Promise<Named<CatchUpResult[]>> => {
  // The yardstick is always plain: with gzip only those that have it are measured anew.
  const agents = gzip ? bench.agents.filter(({ name }) => name !== 'rsyslog') : bench.agents
  return inTurns(agents, bench.rounds, (agent) => catchUp(agent, bench.sink, workload, gzip))
}

const manyFiles = (quick: boolean): Workload => (quick ? catchUpWorkload(20, 5) : catchUpWorkload(100, 5))

/** rsyslog's figure of the plain catch-up of this run, measured now where that was not chosen. */
const yardstickOf = async (bench: Bench): Promise<CatchUpResult | undefined> => {
  const earlier = bench.results['catch-up'] as Named<CatchUpResult[]> | undefined
  if (earlier) return judged(earlier).rsyslog
  const agents = bench.agents.filter(({ name }) => name === 'rsyslog')
  return judged(await measureCatchUp({ ...bench, agents }, manyFiles(bench.quick), false)).rsyslog
}

const catchUpScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const results = await measureCatchUp(bench, manyFiles(bench.quick), false)
  const judgedResults = judged(results)
  return { results, rows: judgeCatchUp('catch-up', judgedResults, judgedResults.rsyslog, 25) }
}

const gzipScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const results = await measureCatchUp(bench, manyFiles(bench.quick), true)
  return { results, rows: judgeCatchUp('catch-up, gzip', judged(results), await yardstickOf(bench), 12) }
}

const oneFileScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agents = bench.agents.filter(({ name }) => name === 'picket')
  const own = { ...bench, agents }
  const results = await measureCatchUp(own, catchUpWorkload(1, bench.quick ? 100 : 512), false)
  const earlier = bench.results['catch-up'] as Named<CatchUpResult[]> | undefined
  const many = judged(earlier ?? (await measureCatchUp(own, manyFiles(bench.quick), false))).picket
  const one = judged(results).picket
  return {
    results,
    rows: [
      ...judgeCatchUp('one file', judged(results), await yardstickOf(bench), 25),
      ...(one && many ? [judgeOneFile(one, many)] : []),
    ],
  }
}

const behindScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agents = bench.agents.filter(({ name }) => name === 'picket')
  const workload = behindWorkload({ logs: 200, archives: bench.quick ? 4 : 20, kilobytes: 40 })
  const results = await measureCatchUp({ ...bench, agents }, workload, false)
  return { results, rows: judgeBehind(judged(results)) }
}

/** Of the generator's mix, on average. */
const BYTES_PER_LINE = 190

const steadyScenario =
  (title: string, linesPerSecond: number, gzip: boolean, peakMib: number) =>
  async (bench: Bench): Promise<ScenarioResult> => {
    const [files, seconds, leadSeconds] = [50, bench.quick ? 20 : 120, bench.quick ? 0 : 30]
    // A file's turn to be rotated comes once in 50 s, which makes a rotation a second; a short run rotates faster, or not at all.
    const turnSeconds = Math.min(files, seconds / 3)
    const rotateKb = Math.round((linesPerSecond * BYTES_PER_LINE * turnSeconds) / files / 1024)
    const options = { files, linesPerSecond, seconds, leadSeconds, rotateKb, keep: 3 }
    const results = await inTurns(
      followers(bench.agents),
      1,
      (agent): Promise<SteadyResult> =>
        // Against rsyslog without gzip, as the wanted figure is stated.
        steady(agent, bench.sink, options, gzip && agent.name !== 'rsyslog'),
    )
    return {
      results,
      rows: judgeSteady(
        title,
        best(results, (a, b) => a.cpuPercent < b.cpuPercent),
        peakMib,
      ),
    }
  }

const idleScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const results = await inTurns(followers(bench.agents), 1, (agent) =>
    idle(agent, bench.sink, 50, bench.quick ? 20 : 60),
  )
  return { results, rows: judgeIdle(best(results, (a, b) => a.cpuPercent < b.cpuPercent)) }
}

const churnScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agents = bench.agents.filter(({ name }) => name === 'picket')
  const results = await inTurns(
    agents,
    1,
    (agent): Promise<ChurnResult> => churn(agent, bench.sink, bench.quick ? 120 : 600),
  )
  return { results, rows: judgeChurn(best(results, () => false)) }
}

// kubelet's containerLogMonitorInterval is 10 s and may be set to 3; docker's json-file looks at every write.
const KUBELET_LOOKS_EVERY_MS = 3000

const hostileScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agent = bench.agents.find(({ name }) => name === 'picket')
  if (!agent) return { results: undefined, rows: [] }
  const programs = { sink: bench.sinkProgram, writer: buildHostileWriter() }
  const seconds = bench.quick ? 20 : 60
  console.log('  rotated as by the kubelet')
  const kubelet = await hostile(agent, programs, seconds, KUBELET_LOOKS_EVERY_MS)
  console.log('  rotated at 10 MiB at once')
  const storm = await hostile(agent, programs, seconds, 0)
  const rows = [...judgeHostile('hostile', kubelet), ...judgeHostile('hostile, ten rotations a second', storm)]
  return { results: { kubelet, storm }, rows }
}

const exactScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agent = bench.agents.find(({ name }) => name === 'picket')
  if (!agent) return { results: undefined, rows: [] }
  const plain = await exactCatchUp(agent, bench.sinkProgram, false)
  const gzip = await exactCatchUp(agent, bench.sinkProgram, true)
  const rotated = await exactSteady(agent, bench.sinkProgram, bench.quick ? 10 : 30)
  const rows = [
    ...judgeExactness('exact, catch-up', plain),
    ...judgeExactness('exact, catch-up with gzip', gzip),
    ...judgeExactness('exact, rotation with gzip', rotated),
  ]
  return { results: { plain, gzip, rotated }, rows }
}

const scrapeScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const agent = bench.agents.find(({ name }) => name === 'picket')
  if (!agent) return { results: undefined, rows: [] }
  const program = onPath('prometheus-node-exporter') ?? onPath('node_exporter')
  if (program === undefined) return { results: undefined, rows: [noExporter(process.env.CI === 'true')] }
  const rounds = bench.quick ? 1 : bench.rounds
  const all: ScrapeRound[] = []
  for (let round = 0; round < rounds; round++) {
    console.log(`  round ${round + 1} of ${rounds}`)
    all.push({
      exporter: await scrapeExporter(program),
      picket: await scrapeAgent(agent, bench.sink.port, true),
      without: await scrapeAgent(agent, bench.sink.port, false),
    })
  }
  return { results: all, rows: judgeScrape(all) }
}

const planScenario = async (bench: Bench): Promise<ScenarioResult> => {
  const runs = bench.quick ? 50 : 500
  // Once for nothing: the compiler has seen the code by then.
  timePlans(PLAN_SIZES, 50)
  const results = timePlans(PLAN_SIZES, runs)
  return { results, rows: judgePlan(results) }
}

export const SCENARIOS = {
  'catch-up': catchUpScenario,
  gzip: gzipScenario,
  'one-file': oneFileScenario,
  behind: behindScenario,
  steady: steadyScenario('1,000 lines/s', 1000, false, 80),
  'steady-gzip': steadyScenario('10,000 lines/s, gzip', 10_000, true, 85),
  idle: idleScenario,
  churn: churnScenario,
  hostile: hostileScenario,
  scrape: scrapeScenario,
  exact: exactScenario,
  plan: planScenario,
  controller: controllerScenario,
} as const satisfies Record<string, (bench: Bench) => Promise<ScenarioResult>>

export type ScenarioName = keyof typeof SCENARIOS
