import type { Clock } from '../../lib/io/clock.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'
import { listPages } from '../../lib/kube/list-pages.ts'
import { DEFAULT_TUNING } from '../../lib/kube/tuning.ts'
import { harmless } from '../../lib/terminal/harmless.ts'
import type { Json } from '../cluster.ts'
import type { CoverageCommand } from './coverage-args.ts'
import { coverageJson } from './coverage-json.ts'
import { isUncovered, type Report } from './coverage-report.ts'
import { coverageTable } from './coverage-table.ts'
import { failureText } from './failure-text.ts'
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
/** Between two looks of who waits; each is a list of the nodes and of some pods. */
const WAIT_EVERY_MS = 2_000
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

/** What one look found; `error`: it could not be seen. */
type Sight =
  | { readonly kind: 'reports'; readonly reports: readonly Report[] }
  | { readonly kind: 'error'; readonly error: unknown }

const codeOf = (sight: Sight): number => {
  if (sight.kind === 'error') return COVERAGE_CODES.unreachable
  const { reports } = sight
  const uncovered = reports.length === 0 || reports.some(({ rows }) => rows.some(isUncovered))
  return uncovered ? COVERAGE_CODES.uncovered : COVERAGE_CODES.covered
}

/** Says what was seen. The exit code. */
const tell = (sight: Sight, command: CoverageCommand, { print, say, terminal, colors }: CoverageDeps): number => {
  if (sight.kind === 'error') say(`picket-controller: ${harmless(failureText(sight.error))}\n`)
  else if (sight.reports.length === 0) {
    if (command.output === 'json') print(coverageJson([], false))
    say(`picket-controller: there is ${harmless(wantedText(command))}\n`)
  } else {
    const clear = command.watch && terminal && command.output !== 'json'
    print(`${clear ? CLEAR : ''}${textOf(sight.reports, command, terminal && colors)}`)
  }
  return codeOf(sight)
}

/** undefined: it was stopped in its middle. */
const look = async (
  list: List,
  command: CoverageCommand,
  { clock, stop }: CoverageDeps,
): Promise<Sight | undefined> => {
  try {
    return { kind: 'reports', reports: await readReports(list, command, clock.now) }
  } catch (error) {
    return stop.aborted ? undefined : { kind: 'error', error }
  }
}

/** Whoever watches does so while the API server is restarted, too; but what cannot be seen at all is not waited for. */
const watch = async (list: List, command: CoverageCommand, deps: CoverageDeps): Promise<number> => {
  const first = await look(list, command, deps)
  let code = first ? tell(first, command, deps) : COVERAGE_CODES.unreachable
  if (code === COVERAGE_CODES.unreachable) return code
  for (;;) {
    await deps.clock.sleep(LOOK_EVERY_MS, deps.stop)
    if (deps.stop.aborted) return code
    const next = await look(list, command, deps)
    // Stopped in the middle of a look: the one before it counts.
    if (next) code = tell(next, command, deps)
  }
}

/** Until all is covered, or the time is over. A DaemonSet, and an API server, may come meanwhile. What was seen last is said. */
const waitUntilCovered = async (list: List, command: CoverageCommand, deps: CoverageDeps): Promise<number> => {
  const { clock, stop } = deps
  const endMs = clock.monotonic() + (command.waitMs ?? 0)
  let last: Sight | undefined
  for (;;) {
    last = (await look(list, command, deps)) ?? last
    const restMs = endMs - clock.monotonic()
    if (!last || codeOf(last) === COVERAGE_CODES.covered || restMs <= 0 || stop.aborted) break
    await clock.sleep(Math.min(WAIT_EVERY_MS, restMs), stop)
  }
  return last ? tell(last, command, deps) : COVERAGE_CODES.unreachable
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
  if (!list) return COVERAGE_CODES.unreachable
  return command.watch ? watch(list, command, deps) : waitUntilCovered(list, command, deps)
}
