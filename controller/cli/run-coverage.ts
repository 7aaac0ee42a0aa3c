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
  terminal: boolean,
): string =>
  output === 'json'
    ? coverageJson(reports, onlyUncovered)
    : coverageTable(reports, { wide: output === 'wide', color: color && terminal, onlyUncovered })

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
  const { print, say, terminal, clock } = deps
  const reports = await readReports(list, command, clock.now)
  if (reports.length === 0) {
    if (command.output === 'json') print(coverageJson([], false))
    say(`picket-controller: there is ${harmless(wantedText(command))}\n`)
    return COVERAGE_CODES.uncovered
  }
  const clear = command.watch && terminal && command.output !== 'json'
  print(`${clear ? CLEAR : ''}${textOf(reports, command, terminal)}`)
  return reports.some(({ rows }) => rows.some(isUncovered)) ? COVERAGE_CODES.uncovered : COVERAGE_CODES.covered
}

/** `picket-controller coverage`. The exit code. */
export const runCoverage = async (command: CoverageCommand, deps: CoverageDeps): Promise<number> => {
  let code: number = COVERAGE_CODES.unreachable
  try {
    const list = lister(deps.connect(), deps)
    do {
      code = await look(list, command, deps)
      if (command.watch) await deps.clock.sleep(LOOK_EVERY_MS, deps.stop)
    } while (command.watch && !deps.stop.aborted)
    return code
  } catch (error) {
    // Stopped in the middle of a look: the one before it counts.
    if (deps.stop.aborted) return code
    deps.say(`picket-controller: ${harmless(failureText(error))}\n`)
    return COVERAGE_CODES.unreachable
  }
}
