import { styleText } from 'node:util'
import { harmless } from '../../lib/terminal/harmless.ts'
import type { CoverageRow, Deed } from '../guard/coverage.ts'
import { reasonWords } from '../guard/reason.ts'
import { type Cell, cell, columns } from './columns.ts'
import { isNotable, nodeSelectorOf, type Report, totalsOf } from './coverage-report.ts'
import { duration } from './duration.ts'

export interface TableOptions {
  /** Every rule by its name, and the whole of what was done. */
  readonly wide: boolean
  readonly color: boolean
  /** Only nodes that need a look. */
  readonly onlyUncovered: boolean
}

const COLOURS = { covered: 'green', not_covered: 'red', not_eligible: 'gray', misplaced: 'yellow' } as const

type Paint = (colour: 'bold' | (typeof COLOURS)[keyof typeof COLOURS]) => Cell['paint']

const painter =
  (color: boolean): Paint =>
  (colour) =>
  (text) =>
    color ? styleText(colour, text, { validateStream: false }) : text

const oneLine = (text: string): string => harmless(text.replace(/\s+/g, ' ').trim())

const age = (sinceMs: number | undefined, nowMs: number): string =>
  sinceMs === undefined ? '-' : duration(nowMs - sinceMs)

const selectorText = (selector: Readonly<Record<string, string>>): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '<none>'

/** The columns of `kubectl get daemonsets -A`. */
const headOf = ({ daemonSet, nowMs }: Report, paint: Paint): string => {
  const { namespace, name, status, createdMs } = daemonSet
  const titles = ['NAMESPACE', 'NAME', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'NODE SELECTOR', 'AGE']
  const values = [
    namespace,
    name,
    status.desiredNumberScheduled,
    status.currentNumberScheduled,
    status.numberReady,
    status.updatedNumberScheduled,
    status.numberAvailable,
    selectorText(nodeSelectorOf(daemonSet)),
    duration(nowMs - createdMs),
  ]
  return columns([titles.map((t) => cell(t, paint('bold'))), values.map((v) => cell(String(v)))])
}

const STATES = {
  covered: 'covered',
  not_covered: 'not covered',
  not_eligible: 'not eligible',
  misplaced: 'misplaced',
} as const

const deedText = (deed: Deed | undefined, nowMs: number, wide: boolean): string => {
  if (!deed) return '-'
  const short = `${deed.kind.replace('_', ' ')} ${duration(nowMs - deed.atMs)} ago`
  return wide ? `${short}: ${oneLine(deed.words)}` : short
}

const rowCells = (row: CoverageRow, nowMs: number, { wide }: TableOptions, paint: Paint): readonly Cell[] => {
  const { node, eligibility, state, reason, sinceMs, pod, deed } = row
  return [
    cell(node),
    cell(eligibility.run ? 'yes' : 'no'),
    ...(wide ? [cell(eligibility.rule)] : []),
    cell(STATES[state], paint(COLOURS[state])),
    cell(reason?.kind ?? '-'),
    cell(age(sinceMs, nowMs)),
    cell(pod?.name ?? '-'),
    cell(deedText(deed, nowMs, wide)),
    cell(oneLine(reason ? reasonWords(reason) : eligibility.detail) || '-'),
  ]
}

const nodesOf = ({ rows, nowMs }: Report, options: TableOptions, paint: Paint): string => {
  const shown = options.onlyUncovered ? rows.filter(isNotable) : rows
  if (shown.length === 0) return ''
  const rule = options.wide ? ['RULE'] : []
  const titles = ['NODE', 'ELIGIBLE', ...rule, 'STATE', 'REASON', 'SINCE', 'POD', 'ACTION', 'DETAIL']
  const head = titles.map((title) => cell(title, paint('bold')))
  return `\n${columns([head, ...shown.map((row) => rowCells(row, nowMs, options, paint))])}`
}

const verdictOf = (report: Report, paint: Paint): string => {
  const { eligible, covered, uncovered } = totalsOf(report)
  if (eligible === 0) return 'No node is eligible.\n'
  if (uncovered.length === 0) return `${paint('green')(`All ${eligible} eligible nodes are covered.`)}\n`
  const reasons = uncovered.map(([reason, nodes]) => `${nodes} ${reason}`).join(', ')
  return `${paint('red')(`${covered} of ${eligible} eligible nodes are covered.`)} Not covered: ${reasons}.\n`
}

/** For people. */
export const coverageTable = (reports: readonly Report[], options: TableOptions): string => {
  const paint = painter(options.color)
  return reports
    .map((report) => `${headOf(report, paint)}${nodesOf(report, options, paint)}\n${verdictOf(report, paint)}`)
    .join('\n')
}
