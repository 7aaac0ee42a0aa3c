import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent } from './agent.ts'
import { agentConfig } from './agent-config.ts'
import { perform } from './conductor.ts'
import { startSink, startWriter } from './crowd.ts'
import { createJournal } from './journal.ts'
import type { FromWriter, SinkState } from './messages.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { createProgressBoard } from './progress.ts'
import { createRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import { createStateDisk, type StateDisk } from './state-disk.ts'
import { summaryOf } from './summary.ts'

/** `npm run chaos`: everything goes wrong at once, and at the end every line is there exactly once, and in order. */

/** Without anything new from the agent for so long, what is missing will not come. */
const STALLED_MS = 90_000
const SHOWN_VIOLATIONS = 10

const say = (line: string): void => console.log(line)

const build = (): void => {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, '../../scripts/build.mjs')], {
    stdio: 'ignore',
  })
  if (status !== 0) throw new Error('npm run build fails')
}

const runIn = async (folder: string, options: Options, disk: StateDisk): Promise<number> => {
  const journal = createJournal(say)
  const broken = new AbortController()
  const faults: string[] = []
  const onFault = (reason: string): void => {
    faults.push(reason)
    journal.note(`FAULT: ${reason}`)
    broken.abort()
  }
  for (const name of ['log/containers', 'log/pods']) fs.mkdirSync(join(folder, name), { recursive: true })

  const sink = startSink(options.seed, onFault)
  const agentDeaths: string[] = []
  const agent = await createAgent({
    config: join(folder, 'picket.yaml'),
    logFile: join(folder, 'agent.log'),
    onDeath: (how) => {
      agentDeaths.push(String(how))
      journal.note(`AGENT ENDED BY ITSELF: with ${how}`)
    },
  })
  fs.writeFileSync(join(folder, 'picket.yaml'), agentConfig(folder, disk.folder, await sink.port, agent.port))

  const progress = createProgressBoard()
  const ends: Record<string, number> = {}
  const allEnded = Promise.withResolvers<void>()
  let ended = 0
  const hear = (index: number) => (message: FromWriter) => {
    if (message.kind === 'notes') journal.files(message.notes)
    else if (message.kind === 'progress') progress.hear(index, message)
    else {
      Object.assign(ends, message.ends)
      if (++ended === options.writers) allEnded.resolve()
    }
  }
  const writers = Array.from({ length: options.writers }, (_, index) =>
    startWriter(
      {
        seed: options.seed,
        root: join(folder, 'log'),
        index,
        containers: Math.ceil(options.containers / options.writers),
        linesPerSecond: options.linesPerSecond / options.writers,
      },
      hear(index),
      onFault,
    ),
  )
  const leave = (): void => {
    agent.abandon()
    for (const actor of [...writers, sink]) actor.leave()
  }
  process.once('exit', leave)

  const lookAtSink = async (): Promise<SinkState> => {
    const state = await sink.ask()
    for (const writer of writers) writer.send({ kind: 'delivered', frontiers: state.frontiers })
    if (state.violationCount > 0 && !broken.signal.aborted) {
      journal.note('VIOLATION: the run ends early')
      broken.abort()
    }
    return state
  }
  const looking = setInterval(() => void lookAtSink(), 1_000)

  const beganMs = Date.now()
  agent.start()
  const schedule = createSchedule(createRandom(options.seed), options.minutes * 60_000)
  await perform(schedule, {
    agent,
    sink,
    writers,
    disk,
    journal,
    atRisk: () => progress.sum().atRisk,
    signal: broken.signal,
  })
  for (const writer of writers) writer.send({ kind: 'end' })
  await Promise.race([allEnded.promise, sleep(10_000)])
  const seconds = (Date.now() - beganMs) / 1000
  journal.note('end: of the schedule; everything is to be delivered')
  const final = await settle(sink, ends, broken.signal)
  clearInterval(looking)
  const violations = [...final.violations, ...final.missing]
  const count = final.violationCount + final.missing.length
  const wrong = [
    ...faults,
    ...agentDeaths.map((how) => `the agent ended by itself with ${how}`),
    ...(count > 0 ? [`${count} violations`] : []),
  ]
  for (const violation of violations.slice(0, SHOWN_VIOLATIONS)) {
    say(`${violation.kind}: ${violation.stream} ${violation.sequence}: ${violation.detail}`)
    for (const line of journal.around(violation.stream, violation.sequence)) say(`    ${line}`)
  }
  say(`\nseed ${options.seed}, ${options.minutes} minutes, ${options.containers} containers`)
  for (const line of summaryOf(progress.sum(), final, agent, journal, seconds)) say(line)
  if (disk.skipped) say(`skipped: the full disk: ${disk.skipped}`)
  if (disk.skipped && process.env.CI) wrong.push('the full disk was skipped')
  await agent.end('SIGTERM')
  process.off('exit', leave)
  leave()
  say(
    wrong.length === 0 ? 'every line is there once, in order' : `FAILED: ${wrong.join('; ')} (--seed ${options.seed})`,
  )
  return wrong.length === 0 ? 0 : 1
}

/** Until nothing is missing, or nothing comes any more. */
const settle = async (
  sink: ReturnType<typeof startSink>,
  ends: Readonly<Record<string, number>>,
  signal: AbortSignal,
): Promise<SinkState> => {
  let state = await sink.ask(ends)
  let newsMs = Date.now()
  while (state.missing.length > 0 && !signal.aborted && Date.now() - newsMs < STALLED_MS) {
    await sleep(500)
    const next = await sink.ask(ends)
    if (next.created !== state.created) newsMs = Date.now()
    state = next
  }
  // What comes twice comes late.
  await sleep(2_000)
  return sink.ask(ends)
}

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), () => String(Math.floor(Math.random() * 1e9)))
  say(`seed ${options.seed}`)
  build()
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'picket-chaos-')))
  const disk = createStateDisk(join(folder, 'disk'))
  let keep = options.keep
  const remove = (): void => {
    if (keep && fs.existsSync(disk.folder)) disk.copyTo(join(folder, 'state'))
    disk.unmount()
    if (!keep) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', remove)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const code = await runIn(folder, options, disk)
  keep ||= code !== 0
  if (keep) say(`the agent’s log, its state and the container logs: ${folder}`)
  return code
}

if (process.argv.includes('--help')) say(USAGE)
else process.exit(await main())
