import type { Clock } from '../../lib/io/clock.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import { listPages } from '../../lib/kube/list-pages.ts'
import { DEFAULT_TUNING } from '../../lib/kube/tuning.ts'
import { harmless } from '../../lib/terminal/harmless.ts'
import type { Json } from '../cluster.ts'
import type { CoverageCommand } from './coverage-args.ts'
import { coverageJson } from './coverage-json.ts'
import { isUncovered, type Report } from './coverage-report.ts'
import { coverageTable } from './coverage-table.ts'
import { type List, readReports } from './read-cluster.ts'

export interface CoverageDeps {
  /** Throws a sentence where there is no configuration to be found. */
  readonly connect: () => KubeClient
  readonly clock: Clock
  /** Ctrl-C, and a reader that has gone. */
  readonly stop: AbortSignal
  readonly print: (text: string) => void
  readonly say: (text: string) => void
  readonly terminal: boolean
  /** false: NO_COLOR. */
  readonly colors: boolean
}

export const COVERAGE_CODES = { covered: 0, uncovered: 1, usage: 2, unreachable: 3 } as const

const LOOK_EVERY_MS = 5_000
/** A person waits: an API server that says nothing for so long is not there. */
const ANSWER_MS = 15_000
/** The cursor home, and nothing below it (ECMA-48). */
const CLEAR = '\u001b[H\u001b[J'

const lister =
  (client: KubeClient, { clock, stop }: CoverageDeps): List =>
  async (path, query) => {
    const tuning = { ...DEFAULT_TUNING, answerMs: ANSWER_MS }
    const resource = { client, path, query, content: 'full' } as const
    // What a server has in its cache may be old: a person wants to see what is.
    const { objects } = await listPages(resource, '', (object) => object as Json, { clock, tuning, signal: stop })
    return objects
  }

const textOf = (
  reports: readonly Report[],
  { output, color, onlyUncovered }: CoverageCommand,
  colors: boolean,
): string =>
  output === 'json'
    ? coverageJson(reports, onlyUncovered)
    : coverageTable(reports, { wide: output === 'wide', color: color && colors, onlyUncovered })

const wantedText = ({ daemonSet, namespace, selector }: CoverageCommand): string =>
  [
    daemonSet === undefined ? 'no DaemonSet' : `no DaemonSet ${daemonSet}`,
    namespace === undefined ? '' : ` in namespace ${namespace}`,
    selector === '' ? '' : ` with labels ${selector}`,
  ].join('')

const failureText = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  const answered = error instanceof KubeError && error.status !== undefined
  return answered ? `the API server says: ${message}` : `the API server cannot be reached: ${message}`
}

const look = async (list: List, command: CoverageCommand, deps: CoverageDeps): Promise<number> => {
  const { print, say, terminal, colors, clock } = deps
  const reports = await readReports(list, command, clock.now)
  if (reports.length === 0) {
    if (command.output === 'json') print(coverageJson([], false))
    say(`picket-controller: there is ${harmless(wantedText(command))}\n`)
    return COVERAGE_CODES.uncovered
  }
  const clear = command.watch && terminal && command.output !== 'json'
  print(`${clear ? CLEAR : ''}${textOf(reports, command, terminal && colors)}`)
  return reports.some(({ rows }) => rows.some(isUncovered)) ? COVERAGE_CODES.uncovered : COVERAGE_CODES.covered
}

/** One that fails says so. undefined: it was stopped in its middle. */
const tryLook = async (list: List, command: CoverageCommand, deps: CoverageDeps): Promise<number | undefined> => {
  try {
    return await look(list, command, deps)
  } catch (error) {
    if (deps.stop.aborted) return undefined
    deps.say(`picket-controller: ${harmless(failureText(error))}\n`)
    return COVERAGE_CODES.unreachable
  }
}

/** Whoever watches does so while the API server is restarted, too; but what cannot be seen at all is not waited for. */
const watch = async (list: List, command: CoverageCommand, deps: CoverageDeps, first: number): Promise<number> => {
  let code = first
  if (code === COVERAGE_CODES.unreachable) return code
  for (;;) {
    await deps.clock.sleep(LOOK_EVERY_MS, deps.stop)
    if (deps.stop.aborted) return code
    // Stopped in the middle of a look: the one before it counts.
    code = (await tryLook(list, command, deps)) ?? code
  }
}

const connected = (deps: CoverageDeps): List | undefined => {
  try {
    return lister(deps.connect(), deps)
  } catch (error) {
    deps.say(`picket-controller: ${harmless(failureText(error))}\n`)
    return undefined
  }
}

/** `picket-controller coverage`. The exit code. */
export const runCoverage = async (command: CoverageCommand, deps: CoverageDeps): Promise<number> => {
  const list = connected(deps)
  const first = (list && (await tryLook(list, command, deps))) ?? COVERAGE_CODES.unreachable
  return list && command.watch ? watch(list, command, deps, first) : first
}
